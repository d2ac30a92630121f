"""The search space: named dimensions, and the map between configurations and the unit cube."""

import keyword
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from ikura.errors import SpaceError
from ikura.records import Config, Value
from ikura.space import toml
from ikura.space.conditions import activity, check_conditions, holds, parents_first
from ikura.space.dimensions import Choice, Dimension, Float, Int
from ikura.space.narrowing import Box, narrowed
from ikura.space.rules import check_size, problems
from ikura.wording import quoted, remedy


@dataclass(frozen=True, init=False, repr=False)
class Space:
    """Named dimensions, in order. Raises SpaceError, in one line, where a definition breaks a rule.

    Spaces are equal where their dimensions and their order are. `repr` gives the Python that makes the space.
    """

    items: tuple[tuple[str, Dimension], ...]
    parents_first: tuple[str, ...]
    """The names, each after those that its condition names."""

    def __init__(self, /, **dimensions: Dimension) -> None:
        if not dimensions:
            raise SpaceError("the space is empty; it needs at least one dimension: add a Float, an Int or a Choice")
        check_size(len(dimensions))
        for name, dimension in dimensions.items():
            _check_definition(name, dimension)
        order = parents_first(dimensions)
        check_conditions(dimensions)
        object.__setattr__(self, "items", tuple(dimensions.items()))
        object.__setattr__(self, "parents_first", order)

    def __repr__(self) -> str:
        return f"Space({', '.join(f'{name}={dimension!r}' for name, dimension in self.items)})"

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def dimensions(self) -> Mapping[str, Dimension]:
        """Name -> dimension."""
        return dict(self.items)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The dimensions' names."""
        return tuple(name for name, _ in self.items)

    def active(self, unit: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which dimensions exist [trial, dimension] at points of the unit cube [trial, dimension]."""
        return activity(self.dimensions, self.parents_first, self._columns(unit))

    def decode(self, unit: NDArray[np.float64]) -> list[dict[str, Value]]:
        """Turn points of the unit cube [trial, dimension] into configurations, without what does not exist."""
        columns = self._columns(unit)
        active = activity(self.dimensions, self.parents_first, columns).tolist()
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        return [dict(compress(zip(columns, row, strict=True), exist)) for row, exist in zip(rows, active, strict=True)]

    def encode(self, configs: Sequence[Config]) -> NDArray[np.float64]:
        """Turn configurations into points [trial, dimension], NaN where one does not exist.

        One that does not pass `check`, as of a space of before, has NaN for an option that is none, and the bound
        for what lies beyond it.
        """
        unit = np.full((len(configs), len(self)), np.nan)
        for column, (name, dimension) in enumerate(self.items):
            rows = [row for row, config in enumerate(configs) if name in config]
            unit[rows, column] = dimension.to_unit([configs[row][name] for row in rows])
        return unit

    def check(self, config: Config) -> None:
        """Raise SpaceError where the configuration is not one of the space's."""
        for name in config:
            if name not in self.dimensions:
                raise SpaceError(
                    f"{name}: the space has no such dimension; a configuration may name no other: "
                    f"{remedy(name, self.names)}"
                )
        for name in self.parents_first:
            dimension = self.dimensions[name]
            exists = holds(dimension.when, config)
            if exists and name not in config:
                raise SpaceError(
                    f"{name}: has no value; every dimension that exists needs one: give {dimension.describe()}"
                )
            if not exists and name in config:
                raise SpaceError(
                    f"{name}: is given as {config[name]!r}, but its condition does not hold; a dimension exists only "
                    f"{_in_words(dimension)}: leave it out"
                )
            if exists and not dimension.accepts(config[name]):
                raise SpaceError(
                    f"{name}: {config[name]!r} is not in the space; it must be {dimension.describe()}: change it"
                )

    def filled(self, config: Config, values: Mapping[str, Value]) -> dict[str, Value]:
        """Return a configuration with what it lacks of the space, taken from other values.

        Raises:
            KeyError: the name of a dimension that exists and has no value there either.
        """
        found = dict(config)
        for name in self.parents_first:
            if name not in found and holds(self.dimensions[name].when, found):
                found[name] = values[name]
        return found

    def narrow(self, box: Box) -> "Space":
        """Cut the space to a box: for each named dimension (low, high), or for a choice the options that stay.

        Dimensions whose condition can no longer hold are left out. Raises SpaceError where the box reaches outside.
        """
        return Space(**narrowed(self.dimensions, box))

    def to_toml(self) -> str:
        """Write the space as TOML, one table a dimension."""
        return toml.write(self.dimensions)

    @classmethod
    def from_toml(cls, text: str) -> "Space":
        """Read a space from TOML. Raises SpaceError, with the line where TOML itself is broken."""
        return cls(**toml.read(text))

    def _columns(self, unit: NDArray[np.float64]) -> dict[str, NDArray]:
        # Encoded points have NaN where a dimension does not exist; any value will do there, since it is dropped again.
        unit = np.nan_to_num(np.asarray(unit, dtype=np.float64), nan=0.5)
        return {name: dimension.from_unit(unit[:, column]) for column, (name, dimension) in enumerate(self.items)}


def _check_definition(name: str, dimension: Dimension) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise SpaceError(
            f"{name!r} cannot name a dimension; names must be Python identifiers: use letters, digits and _"
        )
    if not isinstance(dimension, Float | Int | Choice):
        raise SpaceError(
            f"{name}: {dimension!r} is not a dimension; it must be a Float, an Int or a Choice: make it one"
        )
    for problem in problems(dimension):
        raise SpaceError(f"{name}: {problem}")


def _in_words(dimension: Dimension) -> str:
    return " and ".join(f"when {other} is {quoted(values)}" for other, values in (dimension.when or {}).items())
