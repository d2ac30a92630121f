"""New values near old ones, for a network that is under training."""

from typing import Any

from numpy.random import Generator

from ikura.records import Config, Value
from ikura.space import Choice, Dimension, Float, Int, Space

RESAMPLE = 0.25
"""How often a value is drawn from the whole dimension instead."""

FACTORS = (0.8, 1.2)
"""By one of these a number is changed."""


def explore(space: Space, free: frozenset[str], config: Config, rng: Generator) -> dict[str, Value]:
    """Return the configuration with each of its `free` values moved or drawn anew (Jaderberg et al., 2017)."""
    present = [(name, dimension) for name, dimension in space.items if name in config]
    found = {
        name: _moved(dimension, config[name], rng) if name in free else config[name] for name, dimension in present
    }
    # Of a space of before there may be more.
    return {**found, **{name: value for name, value in config.items() if name not in found}}


def _moved(dimension: Dimension, value: Any, rng: Generator) -> Value:
    if rng.random() < RESAMPLE or not dimension.accepts(value):
        return dimension.from_unit([rng.random()]).tolist()[0]
    factor = FACTORS[int(rng.integers(len(FACTORS)))]
    match dimension:
        case Float():
            # On the scale for what is near 1, the distance to 1 is what counts.
            moved = 1 - (1 - value) * factor if dimension.scale == "one-minus-log" else value * factor
            return float(min(max(moved, dimension.low), dimension.high))
        case Int():
            return _moved_level(dimension, value, factor)
        case Choice():
            return _neighbour(dimension, value, factor) if dimension.ordinal else value


def _moved_level(dimension: Int, value: int, factor: float) -> int:
    """Multiply, and move by one step at least; the lowest and the highest level may stay."""
    steps = round(value * (factor - 1) / dimension.step) or (1 if factor > 1 else -1)
    return min(max(value + steps * dimension.step, dimension.low), dimension.high)


def _neighbour(dimension: Choice, value: Value, factor: float) -> Value:
    """Return the next larger or the next smaller option; the smallest and the largest may stay."""
    side = 1 if factor > 1 else -1
    return dimension.from_unit(dimension.to_unit([value]) + side / dimension.levels).tolist()[0]
