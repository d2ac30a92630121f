"""The best trials of a search, and new points drawn around them."""

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ikura.records import Config, History
from ikura.samplers.untried import BLOCK
from ikura.space import Choice, Space

FEWEST, MOST = 4, 24
"""How many elites there are at least, where so many trials were measured, and at most."""

OTHER_PARENT = 0.5
"""How often a dimension is taken from another elite than the point's first."""

REDRAW = 0.5
"""How often a nominal dimension is drawn by the elites' frequencies instead."""

WIDE = 0.1
"""The share of points drawn from the whole space."""

UNIFORM_VARIANCE = 1 / 12
"""The variance of a dimension of which nothing is known."""


@dataclass(frozen=True, eq=False)
class Elites:
    """The best trials, best first."""

    configs: list[Config]
    unit: NDArray[np.float64]
    """[elite, dimension]; NaN where a dimension does not exist."""
    weights: NDArray[np.float64]
    """[elite], falling with the logarithm of the rank; they sum to 1."""
    center: NDArray[np.float64]
    """The weighted mean [dimension] of the elites that have the dimension."""
    spread: NDArray[np.float64]
    """The weighted standard deviation [dimension]: the step of the new points."""


def choose_elites(space: Space, history: History, ranking: NDArray[np.intp]) -> Elites:
    """Take the best of the trials, whose numbers are given best first; at least one."""
    count = min(max(FEWEST, min(MOST, ceil(0.5 * sqrt(len(ranking))))), len(ranking))
    configs = [history.config(int(number)) for number in ranking[:count]]
    unit = space.encode(configs)
    weights = np.log(count + 0.5) - np.log(np.arange(1, count + 1))
    weights /= weights.sum()

    weight = np.where(np.isnan(unit), 0.0, weights[:, None])
    share = weight.sum(axis=0)
    filled = np.nan_to_num(unit, nan=0.5)
    center = np.divide((weight * filled).sum(axis=0), share, out=np.full(len(space), 0.5), where=share > 0)
    # An elite without the dimension says nothing about it: it counts as if it were uniform.
    variance = (weight * (filled - center) ** 2).sum(axis=0) + (1 - share) * UNIFORM_VARIANCE
    floor = np.array([0.4 / dimension.levels if dimension.levels else 0.01 for _, dimension in space.items])
    return Elites(configs, unit, weights, center, np.maximum(np.sqrt(np.maximum(variance, 0.0)), floor))


def draw_around(space: Space, elites: Elites, rng: Generator) -> NDArray[np.float64]:
    """Draw new points [BLOCK, dimension] around the elites, a few of them anywhere."""
    shape = (BLOCK, len(space))
    first, other = (rng.choice(len(elites.weights), size=n, p=elites.weights) for n in ((BLOCK, 1), shape))
    parent = np.where(rng.random(shape) < OTHER_PARENT, other, first)
    uniform = rng.random(shape)
    base = np.take_along_axis(elites.unit, parent, axis=0)
    unit = np.where(np.isnan(base), uniform, _reflected(base + elites.spread * rng.standard_normal(shape)))
    for column, (_, dimension) in enumerate(space.items):
        if isinstance(dimension, Choice) and not dimension.ordinal:
            options = _draw_options(elites.unit[:, column], dimension, rng)
            inherited = np.where(np.isnan(base[:, column]), uniform[:, column], base[:, column])
            unit[:, column] = np.where(rng.random(BLOCK) < REDRAW, options, inherited)
    return np.where(rng.random((BLOCK, 1)) < WIDE, rng.random(shape), unit)


def _draw_options(unit: NDArray[np.float64], dimension: Choice, rng: Generator) -> NDArray[np.float64]:
    """Draw places [BLOCK] of a nominal dimension by the smoothed frequency of its options among the elites [elite]."""
    counts, edges = np.histogram(unit[~np.isnan(unit)], bins=dimension.levels, range=(0.0, 1.0))
    frequency = (counts + 1) / (counts + 1).sum()
    return edges[rng.choice(dimension.levels, size=BLOCK, p=frequency)] + 0.5 / dimension.levels


def _reflected(unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fold the line into the unit interval, as between two mirrors."""
    folded = np.mod(unit, 2.0)
    return np.minimum(folded, 2.0 - folded)
