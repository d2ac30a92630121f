"""How each dimension is drawn: its place is the space's unit cube, so its scale is the space's own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ikura.records import Value
from ikura.space import Choice, Dimension, Float, Int, Space
from ikura.wording import listing, number

FEW_LEVELS = 12
"""Up to so many levels, trials of one level are spread sideways: else they would hide each other."""

MOST_TICKS = 6


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension's axis over the unit interval."""

    name: str
    scale: str
    """In words: `log scale`."""
    ticks: tuple[tuple[float, str], ...]
    """Position in the unit interval and the value's text."""
    spread: float
    """How far to each side the trials of one level may be spread; 0 for a dimension with many levels."""
    condition: str | None
    """When the dimension exists, in words: `only when optimizer is adam or rmsprop`."""


def axes(space: Space) -> tuple[Axis, ...]:
    """Return one axis for each dimension, in the space's order."""
    return tuple(_axis(name, dimension) for name, dimension in space.dimensions.items())


def _axis(name: str, dimension: Dimension) -> Axis:
    values = _tick_values(dimension)
    places = np.asarray(dimension.to_unit(values), dtype=float)
    levels = dimension.levels
    return Axis(
        name=name,
        scale=_scale(dimension),
        ticks=tuple((float(place), number(value)) for place, value in zip(places, values, strict=True)),
        spread=0.35 / levels if levels is not None and levels <= FEW_LEVELS else 0.0,
        condition=condition_in_words(dimension),
    )


def _scale(dimension: Dimension) -> str:
    if isinstance(dimension, Choice):
        return "choice"
    return {"linear": "linear scale", "log": "log scale", "one-minus-log": "log scale of 1 − x"}[dimension.scale]


def condition_in_words(dimension: Dimension) -> str | None:
    """Return when a dimension exists: `only when optimizer is adam or rmsprop`; None where it always does."""
    if not dimension.when:
        return None
    parents = [
        f"{parent} is {listing([number(value) for value in values], 'or')}" for parent, values in dimension.when.items()
    ]
    return f"only when {listing(parents, 'and')}"


def _tick_values(dimension: Dimension) -> list[Value]:
    if isinstance(dimension, Choice):
        return list(dimension.options)
    if isinstance(dimension, Int):
        steps = range(dimension.low, dimension.high + 1, dimension.step)
        if len(steps) <= MOST_TICKS:
            return list(steps)
        wanted = ladder(dimension.low, dimension.high) if dimension.scale == "log" else even(steps[0], steps[-1])
        nearest = (round((value - dimension.low) / dimension.step) for value in wanted)
        return sorted({steps[min(max(index, 0), len(steps) - 1)] for index in nearest})
    return [min(max(value, dimension.low), dimension.high) for value in _float_ticks(dimension)]


def _float_ticks(dimension: Float) -> Sequence[float]:
    low, high = dimension.low, dimension.high
    if dimension.scale == "log":
        return ladder(low, high)
    if dimension.scale == "one-minus-log":
        return [round(1 - rest, 12) for rest in reversed(ladder(1 - high, 1 - low))]
    return even(low, high)


def even(low: float, high: float) -> list[float]:
    """Return the multiples of 1, 2 or 5 times a power of ten from low to high, up to MOST_TICKS steps."""
    if low == high:
        return [low]
    rough = (high - low) / MOST_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def ladder(low: float, high: float) -> list[float]:
    """Return powers of ten where they suffice, else powers of two between powers of two, else 1-2-5 or even steps."""
    powers = [
        10.0**power for power in range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
    ]
    if len(powers) >= 3:
        return powers[:: math.ceil(len(powers) / MOST_TICKS)]
    if low >= 1 and math.log2(low).is_integer() and math.log2(high).is_integer():
        twos = [2.0**power for power in range(int(math.log2(low)), int(math.log2(high)) + 1)]
        return twos[:: math.ceil(len(twos) / MOST_TICKS)]
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    finer = [factor * 10.0**power for power in range(first, last + 1) for factor in (1, 2, 5)]
    finer = [value for value in finer if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
    return finer if len(finer) >= 3 else even(low, high)
