"""Spaces of one study, one after the other: whether one may follow another, what changed, and what holds them all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import gcd
from typing import Any

from ikura.errors import SpaceError
from ikura.records import Settings, Value
from ikura.space.dimensions import Choice, Dimension, Float, Int, is_integer
from ikura.space.narrowing import under
from ikura.space.space import Space


def check_follows(before: Space, after: Space) -> None:
    """Raise SpaceError unless a study may go on in another space.

    A dimension stays, but where its condition can hold no more: else nobody could say what it is from then on. Numbers
    stay numbers, so that what was tried has a place among them.
    """
    for name in before.parents_first:
        dimension, now = before.dimensions[name], after.dimensions.get(name)
        if now is None and _may_exist(dimension, after):
            raise SpaceError(
                f"{name}: is not in the new space; a dimension of a study stays: keep it, or fix it as a choice of one "
                "option"
            )
        if now is not None and _is_of_numbers(dimension) is not _is_of_numbers(now):
            raise SpaceError(
                f"{name}: was {dimension.describe()}, and is {now.describe()} in the new space; numbers stay numbers, "
                "and words stay words: give it another name in another study"
            )


def spaces_of(settings: Settings, space: str) -> list[Space]:
    """Return what a study has searched, one after the other; the last is its space now, which is given as TOML.

    Raises:
        SpaceError: one of them is none.
    """
    return [Space.from_toml(text) for text in (*(each.space for each in settings.earlier), space)]


def united(spaces: Sequence[Space]) -> Space:
    """Return a space that holds what is in any of them; scales and conditions are those of the last that has any."""
    newest_first = list(reversed(spaces))
    names = list(dict.fromkeys(name for space in newest_first for name in space.names))
    found = {name: joined([space.dimensions[name] for space in spaces if name in space.dimensions]) for name in names}
    return Space(**{name: _with_condition(dimension, found) for name, dimension in found.items()})


def joined(definitions: Sequence[Dimension]) -> Dimension:
    """Return a dimension that takes every value of any of them, in words or in numbers; the last one leads."""
    *_, last = definitions
    if all(isinstance(each, Choice) for each in definitions):
        options = dict.fromkeys(option for each in reversed(definitions) for option in _values(each))
        role = _role(last.role, len(options))
        return Choice(*options, when=last.when, static=last.static, role=role)
    values = [value for each in definitions for value in _values(each)]
    low, high = min(values), max(values)
    role = _role(last.role, len(set(values)))
    scales = [each.scale for each in reversed(definitions) if not isinstance(each, Choice)]
    if any(isinstance(each, Float) for each in definitions) or not all(map(is_integer, values)):
        scale = next(scale for scale in (*scales, "linear") if _has_room(scale, low, high))
        return Float(low, high, scale=scale, when=last.when, static=last.static, role=role)
    scale = next(scale for scale in (*scales, "linear") if _has_room(scale, low, high) and scale != "one-minus-log")
    steps = [each.step for each in definitions if isinstance(each, Int)]
    step = gcd(*steps, *(value - low for value in values)) or 1
    return Int(low, high, scale=scale, step=step, when=last.when, static=last.static, role=role)


def holding(dimension: Dimension, values: Iterable[Value]) -> Dimension:
    """Return a dimension that takes these values as well: what was in force before it was searched may lie beyond."""
    beyond = dict.fromkeys(value for value in values if not dimension.accepts(value))
    return joined([Choice(*beyond), dimension]) if beyond else dimension


def differences(before: Space, after: Space) -> Iterator[str]:
    """Yield in words what is another in a space than it was."""
    for name, dimension in after.items:
        was = before.dimensions.get(name)
        if was is None:
            yield f"{name} is new: {dimension.describe()}"
        elif was.describe() != dimension.describe():
            yield f"{name} is {dimension.describe()} (before: {was.describe()})"
        elif getattr(was, "scale", None) != getattr(dimension, "scale", None):
            yield f"{name} is drawn on another scale"
        elif was.role != dimension.role:
            yield f"{name} is {dimension.role} (before: {was.role})"
        elif was != dimension:
            yield f"{name} exists on another condition" if was.when != dimension.when else f"{name} is programmed anew"
    yield from (f"{name} is left out" for name in before.names if name not in after.names)


def _may_exist(dimension: Dimension, space: Space) -> bool:
    """Return whether a condition can hold in a space."""
    return all(
        other in space.dimensions and any(map(space.dimensions[other].accepts, values))
        for other, values in (dimension.when or {}).items()
    )


def _with_condition(dimension: Dimension, found: Mapping[str, Dimension]) -> Dimension:
    """Return a dimension whose condition asks for no more than the others can be."""
    when = {
        other: [value for value in values if found[other].accepts(value)]
        for other, values in (dimension.when or {}).items()
        if other in found and not isinstance(found[other], Float)
    }
    return under(dimension, {other: values for other, values in when.items() if values})


def _is_of_numbers(dimension: Dimension) -> bool:
    return not isinstance(dimension, Choice) or dimension.ordinal


def _role(role: str, values: int) -> str:
    """Return the role of what has so many values: one that was fixed at last had others before."""
    return "nuisance" if role == "fixed" and values > 1 else role


def _values(dimension: Dimension) -> tuple[Any, ...]:
    """Return the options, or the bounds."""
    return dimension.options if isinstance(dimension, Choice) else (dimension.low, dimension.high)


def _has_room(scale: str, low: float, high: float) -> bool:
    return {"log": low > 0, "one-minus-log": high < 1}.get(scale, True)
