"""Cutting a space down to a box."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from ikura.errors import SpaceError
from ikura.records import Value
from ikura.space.conditions import parents_first
from ikura.space.dimensions import Choice, Dimension, Float, Int
from ikura.wording import quoted, remedy

Box: TypeAlias = Mapping[str, Sequence[Any]]
"""For each named dimension (low, high), or for a choice the options that stay."""


def narrowed(dimensions: Mapping[str, Dimension], box: Box) -> dict[str, Dimension]:
    """Cut the dimensions to the box, leaving out those whose condition can no longer hold."""
    for name in box:
        if name not in dimensions:
            raise SpaceError(
                f"{name}: the box names it, but the space has no such dimension; a box may only name dimensions: "
                f"{remedy(name, dimensions)}"
            )
    kept: dict[str, Dimension] = {}
    for name in parents_first(dimensions):
        dimension = _settled(_cut(name, dimensions[name], box[name])) if name in box else dimensions[name]
        when = {
            other: [value for value in values if other in kept and kept[other].accepts(value)]
            for other, values in (dimension.when or {}).items()
        }
        if all(when.values()):
            kept[name] = under(dimension, when)
    return {name: kept[name] for name in dimensions if name in kept}


def under(dimension: Dimension, when: Mapping[str, Sequence[Value]]) -> Dimension:
    """Put the dimension under another condition."""
    if isinstance(dimension, Choice):
        return dimension.changed(dimension.options, when)
    return replace(dimension, when=when)


def _settled(dimension: Dimension) -> Dimension:
    """Return the dimension as fixed where it was the question and only one value is left of it."""
    if dimension.role != "scientific" or dimension.levels != 1:
        return dimension
    if isinstance(dimension, Choice):
        return Choice(*dimension.options, when=dimension.when, static=dimension.static, role="fixed")
    return replace(dimension, role="fixed")


def _cut(name: str, dimension: Dimension, part: Sequence[Any]) -> Dimension:
    if isinstance(dimension, Choice):
        return _cut_choice(name, dimension, part)
    low, high = part
    if low > high:
        raise SpaceError(f"{name}: the box runs from {low} to {high}; its low must be below its high: swap them")
    if not dimension.low <= low <= high <= dimension.high:
        raise SpaceError(
            f"{name}: the box from {low} to {high} reaches outside the space; it must lie within "
            f"{dimension.low} and {dimension.high}: cut it, or widen the space"
        )
    if isinstance(dimension, Float):
        return replace(dimension, low=low, high=high)
    return _cut_int(name, dimension, low, high)


def _cut_int(name: str, dimension: Int, low: float, high: float) -> Int:
    """Keep the levels inside; a region's bounds need not be levels themselves."""
    first = dimension.low - dimension.step * int((dimension.low - low) // dimension.step)
    last = dimension.low + dimension.step * int((high - dimension.low) // dimension.step)
    if first > last:
        raise SpaceError(
            f"{name}: the box from {low} to {high} holds none of its values; it must hold at least one of "
            f"{dimension.describe()}: widen the box"
        )
    return replace(dimension, low=first, high=last)


def _cut_choice(name: str, dimension: Choice, options: Sequence[Value]) -> Choice:
    for option in options:
        if not dimension.accepts(option):
            raise SpaceError(
                f"{name}: the box lists {option!r}; it may only list options of the choice: "
                f"use {quoted(dimension.options)}"
            )
    return dimension.changed(options, dimension.when)
