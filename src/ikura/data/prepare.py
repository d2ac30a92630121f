"""A source -> three preprocessed splits, ready for training."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from ikura.data.fitting import fit
from ikura.data.labels import Label
from ikura.data.preprocessing import Preprocessing
from ikura.data.sources import Source, load, origin_of
from ikura.data.split import check_fractions, split_parts
from ikura.data.table import Table
from ikura.records import Origin


@dataclass(frozen=True, eq=False)
class Split:
    """Examples of one part."""

    x: NDArray[np.float32]
    """Inputs [example, feature], C-contiguous."""
    y: NDArray[np.int32]
    """The index of each example's class [example]."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """What a study needs of its data."""

    name: str
    """The source: a bundled name, a path, `arrays` or `frame`."""
    train: Split
    dev: Split
    test: Split
    classes: tuple[Label, ...]
    """The labels in natural order, as they were given: `classes[y]` is an example's label."""
    preprocessing: Preprocessing
    """Fitted on the training part alone."""
    notes: tuple[str, ...]
    """What was done to the data that its user should know, a line each."""
    fingerprint: str
    """SHA-256 over x and y of train, dev and test, in hexadecimal."""
    origin: Origin = Origin.MEMORY
    """Where the examples came from."""


def prepare(
    source: Source,
    *,
    target: str | int | None = None,
    seed: int = 0,
    fractions: Sequence[float] = (0.6, 0.2, 0.2),
) -> Dataset:
    """Load a data set, split it by class, and preprocess it with what its training part shows.

    Args:
        source: A bundled name, a path, a frame, `(x, y)`, or the user's own split (see `load`).
        target: The column of the labels in a file or frame, by name or position; by default the last.
        seed: Of the split.
        fractions: Of train, dev and test in every class. Where the source brings its own test part, dev is cut from
            its train part in the ratio of the first two.

    Raises:
        DataError: the source cannot be read, split or learned from.

    """
    check_fractions(fractions)
    table = load(source, target=target)
    parts = split_parts(table.y, table.classes, table.own, fractions, seed, table.naming)
    preprocessing, notes = fit(table, parts[0])
    train, dev, test = (_split(table, preprocessing, rows) for rows in parts)
    digest = sha256()
    for split in (train, dev, test):
        digest.update(split.x.data)
        digest.update(split.y.data)
    notes = (*table.notes, *notes)
    return Dataset(
        name=table.name,
        train=train,
        dev=dev,
        test=test,
        classes=table.classes,
        preprocessing=preprocessing,
        notes=notes,
        fingerprint=digest.hexdigest(),
        origin=origin_of(source),
    )


def _split(table: Table, preprocessing: Preprocessing, rows: NDArray[np.intp]) -> Split:
    if isinstance(table.columns, np.ndarray):
        matrix = table.columns[rows]
        x = preprocessing.encode(lambda j: matrix[:, j], len(rows), table.naming)
    else:
        columns = table.columns
        x = preprocessing.encode(lambda j: columns[j].values[rows], len(rows), table.naming)
    return Split(x, table.y[rows])
