"""Ranges of other frameworks as dimensions, and values that fit them."""

import zlib
from collections.abc import Mapping
from decimal import Decimal
from math import gcd
from typing import Any

import numpy as np

from ikura.errors import SpaceError
from ikura.frameworks.names import identifier
from ikura.records import Value
from ikura.space import Choice, Dimension, Float, Int
from ikura.wording import listing

MOST_STEPS = 64
"""A number in more steps than these is no choice, but a number that is rounded to its steps."""

KINDS: Mapping[type, str] = {Float: "a number", Int: "an integer", Choice: "a choice"}


def integers(low: int, high: int, *, step: int = 1, log: bool = False) -> Int:
    """Return the integers from low to at most high, in steps."""
    low, high, step = int(low), int(high), int(step)
    if step > 0 and high >= low:
        high -= (high - low) % step
    return Int(low, high, scale="log" if log else "linear", step=step)


def numbers(low: float, high: float, *, step: float | None = None, log: bool = False) -> Float | Choice:
    """Return the numbers from low to at most high; in steps, a choice where they are few (see `on_step`)."""
    low, high = float(low), float(high)
    if step is None or step <= 0 or high <= low:
        return Float(low, high, scale="log" if log else "linear")
    first, width = Decimal(str(low)), Decimal(str(float(step)))
    last = int((Decimal(str(high)) - first) // width)
    if last < MOST_STEPS and not log:
        return Choice(*(float(first + width * place) for place in range(last + 1)))
    return Float(low, float(first + width * last), scale="log" if log else "linear") if last else Choice(low)


def on_step(value: float, low: float, step: float | None) -> float:
    """Return the number of low, low + step, ... that is nearest; without a step the value."""
    if not step:
        return float(value)
    first, width = Decimal(str(float(low))), Decimal(str(float(step)))
    return float(first + width * round((Decimal(str(float(value))) - first) / width))


def widened(name: str, one: Dimension, other: Dimension) -> Dimension:
    """Return the dimension that takes the values of both. Raises SpaceError where they are of different kinds."""
    match one, other:
        case Choice(), Choice():
            return Choice(*dict.fromkeys((*one.options, *other.options)))
        case Float(), Float():
            return Float(min(one.low, other.low), max(one.high, other.high), scale=_scale(one, other))
        case Int(), Int():
            steps = [dimension.step for dimension in (one, other) if dimension.low < dimension.high]
            return Int(
                min(one.low, other.low),
                max(one.high, other.high),
                scale=_scale(one, other),
                step=gcd(*steps, one.low - other.low) or 1,
            )
    kinds = listing((KINDS[type(one)], KINDS[type(other)]), "and")
    raise SpaceError(
        f"{name}: is asked for as {kinds}; a hyperparameter must be one of number, integer and choice: use two names"
    )


def settled(dimension: Dimension) -> Dimension:
    """Return a constant as the choice of one that it is, everything else as it is."""
    if isinstance(dimension, Float | Int) and dimension.low == dimension.high:
        return Choice(dimension.low)
    return dimension


def fitted(dimension: Dimension, value: Any) -> Value | None:
    """Return the value, or the one nearest to it, that the dimension takes; None where a choice has no such option."""
    if isinstance(dimension, Choice):
        return value if dimension.accepts(value) else None
    inside = min(max(value, dimension.low), dimension.high)
    if isinstance(dimension, Float):
        return float(inside)
    return dimension.low + dimension.step * round((inside - dimension.low) / dimension.step)


class Answers:
    """Answers what code asks for from a configuration; what that lacks is drawn, always the same for the same trial."""

    def __init__(self, config: Mapping[str, Value], seed: int) -> None:
        self._config = config
        self._seed = seed

    def __call__(self, name: str, dimension: Dimension) -> Value:
        """Return the value, which the dimension takes."""
        key = identifier(name)
        value = fitted(dimension, self._config[key]) if key in self._config else None
        return self._drawn(name, dimension) if value is None else value

    def _drawn(self, name: str, dimension: Dimension) -> Value:
        unit = np.random.default_rng([self._seed, zlib.crc32(name.encode())]).random(1)
        return dimension.from_unit(unit).tolist()[0]


def _scale(one: Float | Int, other: Float | Int) -> str:
    return one.scale if one.scale == other.scale else "linear"
