"""The three kinds of dimension, and how each maps its values to the unit interval and back.

A dimension is a declaration. `Space` checks it (see rules.py), because only the space knows its name. `static` says
that its value changes a network's shapes or code, so that each value needs a program of its own. `role` says what the
dimension is for: `scientific`, where its effect is the question; `nuisance`, where it is tuned so that values of the
others are compared each at its best; `fixed`, where it has one value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ikura.records import Value
from ikura.space.scales import SCALES
from ikura.wording import quoted

ROLES = ("scientific", "nuisance", "fixed")

When: TypeAlias = Mapping[str, Sequence[Value]]
"""Which values other dimensions must have, all of them, for a dimension to exist."""


@dataclass(frozen=True)
class Float:
    """A number from low to high, both included, drawn uniformly on its scale.

    Scales: `linear`; `log` for what spans orders of magnitude, such as a learning rate; `one-minus-log`, uniform in
    log(1 - x), for what lives near 1, such as a momentum.
    """

    low: float
    high: float
    scale: str = "linear"
    when: When | None = field(default=None, hash=False)
    static: bool = False
    role: str = "nuisance"

    def __post_init__(self) -> None:
        _set(self, low=_plain(self.low), high=_plain(self.high), when=_with_tuples(self.when))

    levels = None
    """How many values there are; None where they are continuous."""

    ordinal = True
    """Whether neighbours in the unit interval are neighbours in value."""

    def to_unit(self, values: ArrayLike) -> NDArray[np.float64]:
        """Map values [n] to places [n] in the unit interval; what lies beyond a bound has the bound's."""
        return SCALES[self.scale].to_unit(values, self.low, self.high)

    def from_unit(self, unit: ArrayLike) -> NDArray[np.float64]:
        """Map places [n] in the unit interval to values [n]."""
        return SCALES[self.scale].from_unit(unit, self.low, self.high)

    def accepts(self, value: object) -> bool:
        """Tell whether the value is a number from low to high."""
        return is_number(value) and self.low <= value <= self.high

    def describe(self) -> str:
        """Say which values it takes."""
        return f"a number from {self.low} to {self.high}"


@dataclass(frozen=True)
class Int:
    """An integer from low to high, both included, in steps; drawn uniformly on its scale, `linear` or `log`.

    The unit interval is cut into one cell a level. On the log scale a cell reaches half a step to either side of its
    level, so that all have the width that their share of the logarithm gives them.
    """

    low: int
    high: int
    scale: str = "linear"
    step: int = 1
    when: When | None = field(default=None, hash=False)
    static: bool = True
    role: str = "nuisance"

    def __post_init__(self) -> None:
        _set(self, low=_plain(self.low), high=_plain(self.high), step=_plain(self.step), when=_with_tuples(self.when))

    ordinal = True

    @property
    def levels(self) -> int:
        """How many values there are."""
        return (self.high - self.low) // self.step + 1

    def to_unit(self, values: ArrayLike) -> NDArray[np.float64]:
        """Map values [n] to places [n] inside their cells; on the linear scale, the middles."""
        return SCALES[self.scale].to_unit(values, *self._outer_edges)

    def from_unit(self, unit: ArrayLike) -> NDArray[np.int64]:
        """Map places [n] in the unit interval to the values [n] of their cells."""
        nearest = SCALES[self.scale].from_unit(unit, *self._outer_edges)
        level = np.rint((nearest - self.low) / self.step).astype(np.int64)
        return self.low + self.step * np.clip(level, 0, self.levels - 1)

    def accepts(self, value: object) -> bool:
        """Tell whether the value is one of the levels."""
        return is_integer(value) and self.low <= value <= self.high and (value - self.low) % self.step == 0

    def describe(self) -> str:
        """Say which values it takes."""
        return f"an integer from {self.low} to {self.high}" + (f" in steps of {self.step}" if self.step > 1 else "")

    @property
    def _outer_edges(self) -> tuple[float, float]:
        below = self.low - self.step / 2
        if self.scale == "log":  # A wide step must not take the lowest cell down to 0.
            below = max(below, self.low / 2)
        return below, self.high + self.step / 2


@dataclass(frozen=True, init=False)
class Choice:
    """One of a few options: strings, numbers or booleans. Options that are all numbers are ordinal, by their value."""

    options: tuple[Value, ...]
    when: When | None = field(default=None, hash=False)
    static: bool = True
    role: str = "nuisance"

    def __init__(self, *options: Value, when: When | None = None, static: bool = True, role: str = "nuisance") -> None:
        _set(self, options=tuple(map(_plain, options)), when=_with_tuples(when), static=static, role=role)

    def __repr__(self) -> str:
        options = ", ".join(map(repr, self.options))
        return f"Choice({options}, when={self.when!r}, static={self.static!r}, role={self.role!r})"

    def changed(self, options: Sequence[Value], when: When | None) -> "Choice":
        """Return a choice of other options, under another condition; dataclasses.replace knows no positional ones."""
        return Choice(*options, when=when, static=self.static, role=self.role)

    @property
    def levels(self) -> int:
        """How many options there are."""
        return len(self.options)

    @cached_property
    def ordinal(self) -> bool:
        """Whether all options are numbers."""
        return all(map(is_number, self.options))

    def to_unit(self, values: Sequence[Value]) -> NDArray[np.float64]:
        """Map options [n] to the middles [n] of their cells in the unit interval, and what is none to NaN."""
        cells = [self._cells.get(value, np.nan) for value in values]
        return (np.array(cells, dtype=np.float64) + 0.5) / self.levels

    def from_unit(self, unit: ArrayLike) -> NDArray[np.object_]:
        """Map places [n] in the unit interval to the options [n] of their cells."""
        cells = np.floor(np.asarray(unit, dtype=np.float64) * self.levels).astype(np.int64)
        return self._ranked[np.clip(cells, 0, self.levels - 1)]

    def accepts(self, value: object) -> bool:
        """Tell whether the value is one of the options; True is not taken for 1."""
        plain = _plain(value)
        return (
            isinstance(plain, str | int | float)
            and plain in self._kinds
            and self._kinds[plain] is isinstance(plain, bool)
        )

    def describe(self) -> str:
        """Say which values it takes."""
        return quoted(self.options)

    @cached_property
    def _ranked(self) -> NDArray[np.object_]:
        return np.array(sorted(self.options) if self.ordinal else self.options, dtype=np.object_)

    @cached_property
    def _kinds(self) -> dict[Value, bool]:
        """Whether each option is a boolean."""
        return {option: isinstance(option, bool) for option in self.options}

    @cached_property
    def _cells(self) -> dict[Value, int]:
        return {option: cell for cell, option in enumerate(self._ranked)}


Dimension: TypeAlias = Float | Int | Choice


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether the value is a real number; booleans are not."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def is_integer(value: object) -> TypeGuard[int]:
    """Tell whether the value is an integer; booleans are not."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _set(dimension: Float | Int | Choice, **fields: object) -> None:
    for name, value in fields.items():
        object.__setattr__(dimension, name, value)


def _plain(value: Any) -> Any:
    """Turn numpy's scalars into Python's, which TOML and JSON can write."""
    return value.item() if isinstance(value, np.generic) else value


def _with_tuples(when: When | None) -> When | None:
    """Make equal conditions compare equal, whether they were written with lists or with tuples."""
    if not isinstance(when, Mapping):
        return when
    return {
        name: tuple(values) if isinstance(values, list | tuple) else values for name, values in when.items()
    } or None
