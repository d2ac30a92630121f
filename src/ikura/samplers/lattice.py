"""The configurations of a space in which every dimension takes a few values."""

import math
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.space import Choice, Float, Space

Places: TypeAlias = Mapping[str, NDArray[np.float64]]
"""For each dimension the places [level] in the unit interval that it takes."""


def every_level(space: Space, most: int) -> Places | None:
    """Give every level of every dimension; None where one is continuous, or their product is above `most`."""
    places = {}
    product = 1
    for name, dimension in space.items:
        if isinstance(dimension, Float) or (product := product * dimension.levels) > most:
            return None
        ordered = isinstance(dimension, Choice)
        values = dimension.options if ordered else range(dimension.low, dimension.high + 1, dimension.step)
        places[name] = dimension.to_unit(values)
    return places


def size(space: Space, places: Places) -> int:
    """Count the configurations. Dimensions that do not exist do not multiply."""
    named = {other for _, dimension in space.items for other in dimension.when or ()}
    parents = [name for name in space.parents_first if name in named]
    exists = dict(zip(space.names, space.active(_crossed(space, parents, places)).T, strict=True))
    factors = [np.where(exists[name], len(places[name]), 1).tolist() for name in space.names if name not in named]
    return sum(math.prod(row) for row in zip(*factors, strict=True)) if factors else len(exists[parents[0]])


def points(space: Space, places: Places) -> NDArray[np.float64]:
    """List the configurations as points of the unit cube [configuration, dimension], each once."""
    return _crossed(space, space.parents_first, places)


def _crossed(space: Space, names: Iterable[str], places: Places) -> NDArray[np.float64]:
    unit = np.full((1, len(space)), 0.5)
    for name in names:
        column = space.names.index(name)
        exists = space.active(unit)[:, column]
        copies = np.where(exists, len(places[name]), 1)
        unit = np.repeat(unit, copies, axis=0)
        unit[np.repeat(exists, copies), column] = np.tile(places[name], np.count_nonzero(exists))
    return unit
