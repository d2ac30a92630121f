"""The rules that the definition of a single dimension must keep, each with its message."""

import sys
from collections.abc import Iterator, Mapping

from ikura.errors import SpaceError
from ikura.records import Value
from ikura.space.dimensions import ROLES, Choice, Dimension, Float, Int, is_integer, is_number
from ikura.space.scales import SCALES
from ikura.wording import quoted, remedy

LARGEST_INT = 2**40
"""Beyond it, an integer on the log scale would not survive the way to the unit interval and back."""

MOST_OPTIONS = 1_000
"""Of a choice: no search tries more, and no report shows them."""


MOST_DIMENSIONS = 1_000
"""Of a space: a configuration of more says nothing to anybody."""


def check_size(dimensions: int) -> None:
    """Raise SpaceError where a space has too many dimensions."""
    if dimensions > MOST_DIMENSIONS:
        raise SpaceError(
            f"the space has {dimensions:,} dimensions; at most {MOST_DIMENSIONS:,} can be searched: leave out those "
            "that matter least"
        )


def problems(dimension: Dimension) -> Iterator[str]:
    """Find what is wrong with the definition, most basic first. Stop at the first: the rest rely on it."""
    match dimension:
        case Float():
            yield from _float_problems(dimension)
        case Int():
            yield from _int_problems(dimension)
        case Choice():
            yield from _choice_problems(dimension.options)
    if not isinstance(dimension.static, bool):
        yield f"static is {dimension.static!r}; it must be true or false: use one of them, or leave it out"
    yield from _role_problems(dimension)
    yield from _when_problems(dimension.when)


def _float_problems(dimension: Float) -> Iterator[str]:
    for bound, value in (("low", dimension.low), ("high", dimension.high)):
        if not is_number(value):
            yield f"{bound} is {value!r}; bounds must be finite numbers: give a number"
        if not abs(value) <= sys.float_info.max:
            yield f"{bound} is {value}; bounds must be finite numbers: give the outermost value worth trying"
    yield from _scale_problems(dimension.scale, tuple(SCALES))
    yield from _order_problems(dimension.low, dimension.high)
    if dimension.low == dimension.high:
        yield f"low and high are both {dimension.low}; low must be below high: use a choice of one option instead"
    yield from _log_problems(dimension.low, dimension.scale)
    if dimension.scale == "one-minus-log" and dimension.high >= 1:
        yield (
            f"high {dimension.high} is not below 1; the one-minus-log scale needs high below 1: "
            "lower high, say to 0.999, or use the linear scale"
        )
    if not 0 < SCALES[dimension.scale].span(dimension.low, dimension.high) < float("inf"):
        yield (
            f"low {dimension.low} and high {dimension.high} are too close or too far apart for double precision; "
            f"the {dimension.scale} scale must tell values between them apart: move the bounds"
        )


def _int_problems(dimension: Int) -> Iterator[str]:
    low, high, step = dimension.low, dimension.high, dimension.step
    for field, value in (("low", low), ("high", high), ("step", step)):
        if not is_integer(value):
            yield f"{field} is {value!r}; an integer dimension needs integers: round it, or use a float dimension"
        if abs(value) > LARGEST_INT:
            yield f"{field} is {value}; integers must lie within plus or minus 2**40: use a float dimension"
    yield from _scale_problems(dimension.scale, ("linear", "log"))
    yield from _order_problems(low, high)
    yield from _log_problems(low, dimension.scale)
    if step < 1:
        yield f"step is {step}; it must be at least 1: leave it out for steps of 1"
    if (high - low) % step:
        fitting = high - (high - low) % step
        yield (
            f"step {step} does not divide the way from low {low} to high {high}; high must be reached in whole steps: "
            f"set high to {fitting} or {fitting + step}"
        )


def _choice_problems(options: tuple[Value, ...]) -> Iterator[str]:
    if not options:
        yield "the choice has no options; it needs at least one: list them"
    if len(options) > MOST_OPTIONS:
        yield (
            f"the choice has {len(options):,} options; at most {MOST_OPTIONS:,} can be told apart: leave some out, or "
            "use an integer dimension"
        )
    for option in options:
        if isinstance(option, list | tuple | set | dict):
            yield (
                f"option {option!r} is a {type(option).__name__}; options must be strings, numbers or booleans, "
                "given one by one: write Choice(a, b), not Choice([a, b])"
            )
        if type(option) not in (str, int, float, bool):
            yield (
                f"option {option!r} is of type {type(option).__name__}; options must be strings, numbers or booleans: "
                "name it by a string"
            )
        if isinstance(option, float) and not abs(option) <= sys.float_info.max:
            yield f"option {option} is not finite; numbers must be finite: leave it out"
    yield from _repetitions(options)


def _repetitions(options: tuple[Value, ...]) -> Iterator[str]:
    seen: dict[Value, Value] = {}
    for option in options:
        if option in seen:
            first = seen[option]
            same = "twice" if repr(first) == repr(option) else f"beside {first!r}, which equals it"
            yield f"option {option!r} is listed {same}; options must differ: remove one"
        seen[option] = option


def _scale_problems(scale: str, known: tuple[str, ...]) -> Iterator[str]:
    if scale not in known:
        yield f"scale {scale!r} is unknown; it must be {quoted(known)}: {remedy(scale, known)}"


def _order_problems(low: float, high: float) -> Iterator[str]:
    if low > high:
        yield f"low {low} is above high {high}; low must be below high: swap them"


def _log_problems(low: float, scale: str) -> Iterator[str]:
    if scale == "log" and low <= 0:
        yield f"low {low} is not above 0; the log scale needs low above 0: raise low, or use the linear scale"


def _role_problems(dimension: Dimension) -> Iterator[str]:
    role, values = dimension.role, dimension.levels
    if not isinstance(role, str) or role not in ROLES:
        yield f"role is {role!r}; it must be {quoted(ROLES)}: {remedy(role, ROLES)}"
    if role == "fixed" and values != 1:
        yield (
            f"role is 'fixed', but it is {dimension.describe()}; what is fixed has one value: make it a choice of one "
            "option, or leave role out"
        )
    if role == "scientific" and values == 1:
        yield (
            f"role is 'scientific', but it is always {dimension.describe()}; a question needs at least two values to "
            "compare: add some, or say role 'fixed'"
        )


def _when_problems(when: object) -> Iterator[str]:
    if when is None:
        return
    if not isinstance(when, Mapping):
        yield f"when is {when!r}; it must name dimensions, each with a list of values: write {{name: [value, ...]}}"
        return
    for name, values in when.items():
        if not isinstance(values, tuple):
            yield f"when: {name} has {values!r}; a condition needs a list of values: write [{values!r}]"
        elif not values:
            yield f"when: {name} has no values; a condition needs at least one: list them, or leave {name} out"
