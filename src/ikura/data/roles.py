"""What else is known of each example: how much it counts, to which group it belongs, and when it happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.data.arrays import plain_array
from ikura.data.columns import read_column
from ikura.data.matching import in_order_of
from ikura.data.naming import Naming
from ikura.errors import DataError
from ikura.wording import count

if TYPE_CHECKING:
    import pandas as pd

ByExample: TypeAlias = Any
"""A column of a table by name or position, or an array [example]; None where nothing is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Roles:
    """As the user gives them."""

    weights: ByExample = None
    groups: ByExample = None
    time: ByExample = None

    @property
    def given(self) -> dict[str, ByExample]:
        """Those that are given, by their names."""
        pairs = (("weights", self.weights), ("groups", self.groups), ("time", self.time))
        return {name: value for name, value in pairs if value is not None}

    @property
    def columns(self) -> dict[str, str | int]:
        """Those that are columns of a table."""
        return {name: value for name, value in self.given.items() if isinstance(value, str | int)}


class Known(NamedTuple):
    """What is known of the examples [example], checked; None of what is not."""

    weights: NDArray[np.float64] | None = None
    groups: NDArray[np.intp] | None = None
    """The number of each example's group."""
    time: NDArray[np.float64] | None = None


NO_ROLES = Roles()
NOTHING_KNOWN = Known()


def check_roles(roles: Roles) -> None:
    """Raise DataError where two of them cannot be together."""
    if roles.groups is not None and roles.time is not None:
        raise DataError(
            "groups: they are given, and time as well; the split is by one of them: leave the other out, or give your "
            "own split"
        )


def roles_in_order_of(index: Any, roles: Roles, owner: str, source: str) -> tuple[Roles, tuple[str, ...]]:
    """Return the roles in the order of the examples' index, where they have an index too, with notes.

    Raises:
        DataError: the rows of one are not those of the other.
    """
    matched = {role: in_order_of(index, value, (owner, role), source) for role, value in roles.given.items()}
    notes = tuple(note for _, told in matched.values() for note in told)
    return replace(roles, **{role: value for role, (value, _) in matched.items()}), notes


def known_of(roles: Roles, rows: int, naming: Naming, table: "pd.DataFrame | None", places: dict[str, int]) -> Known:
    """Return what is known of the examples.

    Args:
        roles: as the user gives them.
        rows: how many examples there are.
        naming: of the table, its names complete.
        table: where columns are found; None where there is none.
        places: the positions of those that are columns.

    Raises:
        DataError: a column or an array that cannot be that.
    """
    check_roles(roles)
    return Known(**dict(_known(roles, rows, naming, table, places)))


def _known(
    roles: Roles, rows: int, naming: Naming, table: "pd.DataFrame | None", places: dict[str, int]
) -> Iterator[tuple[str, Any]]:
    import pandas as pd

    for role, value in roles.given.items():
        if role in places:
            assert table is not None
            series, words = table.iloc[:, places[role]].reset_index(drop=True), naming.column(places[role])
        elif isinstance(value, str | int):
            raise DataError(
                f"{role}: {value!r} is given; only tables have columns, and arrays bring theirs: give an array "
                "[example]"
            )
        else:
            series, words = pd.Series(_array(value, role, rows, naming)), f"the array {role}"
        if series.isna().any():
            raise DataError(
                f"{naming.source}: {words} has no value in {naming.row(int(series.isna().argmax()))}; "
                f"{role} must be known of every example: fill it in, or leave those rows out"
            )
        yield role, _READ[role](series, words, naming)


def _array(value: Any, role: str, rows: int, naming: Naming) -> NDArray[Any]:
    array = np.asarray(plain_array(value, naming.source))
    if array.shape != (rows,):
        raise DataError(
            f"{naming.source}: {role} has shape {array.shape} for {count(rows, 'example')}; it must be a value for "
            "each of them: give an array [example]"
        )
    return array


def _weights(series: "pd.Series", words: str, naming: Naming) -> NDArray[np.float64]:
    numbers = _numbers(series, words, naming, ("number",), "a weight is a number, 0 or more")
    if (numbers < 0).any():
        row = int((numbers < 0).argmax())
        raise DataError(
            f"{naming.source}: {words} is {numbers[row]:g} in {naming.row(row)}; a weight is a number, 0 or more: "
            "correct it"
        )
    if not numbers.any():
        raise DataError(f"{naming.source}: {words} is 0 in all rows; some example must count: leave the weights out")
    return numbers


def _groups(series: "pd.Series", words: str, naming: Naming) -> NDArray[np.intp]:
    import pandas as pd

    codes, found = pd.factorize(series)
    if len(found) < 3:
        raise DataError(
            f"{naming.source}: {words} has {count(len(found), 'group')}; no group is in two parts, so that there must "
            "be three or more: leave the groups out, or give your own split"
        )
    return codes.astype(np.intp)


def _time(series: "pd.Series", words: str, naming: Naming) -> NDArray[np.float64]:
    return _numbers(series, words, naming, ("number", "date"), "time is numbers or dates")


def _numbers(series: "pd.Series", words: str, naming: Naming, kinds: Sequence[str], rule: str) -> NDArray[np.float64]:
    column = read_column(series, naming, 0)
    if column.kind not in kinds:
        raise DataError(f"{naming.source}: {words} holds {column.kind}; {rule}: give another column")
    return column.values.astype(np.float64)


_READ = {"weights": _weights, "groups": _groups, "time": _time}
