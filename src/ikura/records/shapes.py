"""What documents must hold before anything is made of them: any program may change a database.

A shape is a function that tells whether a value fits, or a list of one shape, a dict of several or a tuple of two, of
which a value fits when its parts do.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

JSON: TypeAlias = Any
"""Whatever JSON can say: None, bool, int, float, str, and lists and mappings of these."""

Shape: TypeAlias = "Callable[[JSON], bool] | list[Shape] | dict[str, Shape] | tuple[Shape, Shape]"


class DamagedError(ValueError):
    """A document is not what Ikura wrote: the message says what is wrong with it."""


def check(document: JSON, shape: Shape, what: str) -> None:
    """Raise DamagedError, with the place, unless the document fits the shape."""
    for place in _misfits(document, shape, what):
        raise DamagedError(f"{place} is not what it must be")


def fits(value: JSON, shape: Shape) -> bool:
    """Return whether the value fits the shape."""
    return next(_misfits(value, shape, ""), None) is None


def _misfits(value: JSON, shape: Shape, place: str) -> Iterator[str]:
    """Yield the places that do not fit."""
    if isinstance(shape, dict):
        if not isinstance(value, Mapping):
            yield place
            return
        for key, part in shape.items():
            yield from _misfits(value[key], part, f"{place}.{key}") if key in value else (f"{place}.{key}",)
    elif isinstance(shape, list | tuple):
        if not isinstance(value, list | tuple) or (isinstance(shape, tuple) and len(value) != len(shape)):
            yield place
            return
        parts = shape if isinstance(shape, tuple) else tuple(shape) * len(value)
        for number, (each, part) in enumerate(zip(value, parts, strict=True)):
            yield from _misfits(each, part, f"{place}[{number}]")
    elif not shape(value):
        yield place


def is_text(value: JSON) -> bool:
    """Return whether it is a text."""
    return isinstance(value, str)


def is_flag(value: JSON) -> bool:
    """Return whether it is true or false."""
    return isinstance(value, bool)


def is_whole(value: JSON) -> bool:
    """Return whether it is a whole number that is not negative."""
    return type(value) is int and 0 <= value < 2**63


def is_number(value: JSON) -> bool:
    """Return whether it is a number."""
    # Of whole numbers beyond them, too, doubles are none.
    return type(value) in (int, float) and abs(value) < 1e300


def is_share(value: JSON) -> bool:
    """Return whether it is a number from 0 to 1."""
    return is_number(value) and 0 <= value <= 1


def is_value(value: JSON) -> bool:
    """Return whether it can be a hyperparameter's value."""
    return isinstance(value, str | bool) or is_number(value)


def maybe(shape: Shape) -> Shape:
    """Return the shape of what may be null instead."""
    return lambda value: value is None or fits(value, shape)


def table(shape: Shape) -> Shape:
    """Return the shape of a mapping whose values all have this shape."""
    return lambda value: isinstance(value, Mapping) and all(fits(each, shape) for each in value.values())


def either(*shapes: Shape) -> Shape:
    """Return the shape of what has one of these."""
    return lambda value: any(fits(value, shape) for shape in shapes)


def one_of(*values: JSON) -> Shape:
    """Return the shape of what is one of these values."""
    return lambda value: isinstance(value, str) and value in values
