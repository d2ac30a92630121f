"""The preprocessing as steps that every framework can do on a table's columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.data import OneHot, Preprocessing, Scaled
from ikura.model.model import Model
from ikura.records import JSON


@dataclass(frozen=True, eq=False)
class Numbers:
    """Columns side by side: (value - mean) / scale, with `fill` for missing ones; arrays are float64 [column]."""

    columns: tuple[int, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    fill: NDArray[np.float64]


@dataclass(frozen=True)
class Categories:
    """A column of text: a 1 in the place of its category, None standing for missing; zeros for what is none of them."""

    column: int
    categories: tuple[str | None, ...]


Step: TypeAlias = Numbers | Categories


def steps_of(preprocessing: Preprocessing) -> list[Step]:
    """Return the steps whose results, side by side, are the network's inputs; dropped columns are in none of them."""
    steps: list[Step] = []
    for scaled, group in groupby(enumerate(preprocessing.columns), key=lambda pair: isinstance(pair[1], Scaled)):
        pairs = list(group)
        if scaled:
            steps.append(_numbers([(column, encoder) for column, encoder in pairs if isinstance(encoder, Scaled)]))
        else:
            steps += [
                Categories(column, encoder.categories) for column, encoder in pairs if isinstance(encoder, OneHot)
            ]
    return steps


def column_name(preprocessing: Preprocessing, column: int) -> str:
    """Return a column's name, or its position where there are none."""
    return str(column) if preprocessing.names is None else preprocessing.names[column]


def document(model: Model) -> dict[str, JSON]:
    """Return what a user of the network must know of its inputs and outputs, in JSON's own types."""
    preprocessing = model.preprocessing
    columns: list[JSON] = []
    for column, encoder in enumerate(preprocessing.columns):
        facts: dict[str, JSON] = {"name": column_name(preprocessing, column), "kind": "unused"}
        if isinstance(encoder, Scaled):
            facts["kind"] = encoder.kind
        elif isinstance(encoder, OneHot):
            facts |= {"kind": "text", "categories": list(encoder.categories)}
        columns.append(facts)
    return {"columns": columns, "targets": [target.to_json() for target in model.targets]}


def _numbers(pairs: Sequence[tuple[int, Scaled]]) -> Numbers:
    encoders = [encoder for _, encoder in pairs]
    return Numbers(
        tuple(column for column, _ in pairs),
        np.array([encoder.mean for encoder in encoders]),
        np.array([encoder.scale for encoder in encoders]),
        np.array([encoder.fill for encoder in encoders]),
    )
