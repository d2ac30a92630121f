"""Columns that only number the rows, as pandas, R and polars write them: in a sorted table they give the class away."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ikura.data.naming import Naming

if TYPE_CHECKING:
    import pandas as pd

_PANDAS_INDEX = re.compile(r"__index_level_\d+__")
_UNNAMED = re.compile(r"|Unnamed: \d+(\.\d+)*(_level_\d+)*|\.\.\.\d+")
_NAMED = re.compile(
    r"level_\d|row_nr|row_index|row[._]?names?|row_?number|X(\.\d+)?|V1|"
    r"(?i:index|idx|ix|row|id|.*[ _.-]id|no|nr|num|number|#)|.*[a-z]I[dD]"
)
"""What people, pandas, polars and R call the numbers of rows: these must count without a gap, or in order."""

_FEWEST = 5
"""Fewer rows count by chance."""


def find_row_numbers(frame: "pd.DataFrame", naming: Naming, targets: Sequence[int]) -> list[int]:
    """Return the positions of columns that only number the rows."""
    if naming.names is None:
        return []
    index = range(_index_width(naming.names, targets))
    return [
        position
        for position, name in enumerate(naming.names)
        if position not in targets and (position in index or _numbers_rows(frame, position, name))
    ]


def note_on(positions: list[int], frame: "pd.DataFrame", naming: Naming) -> tuple[str, ...]:
    """Say what was left out."""
    names = naming.names or ()
    return tuple(
        f"{_called(position, naming)} only counts the rows, and was left out"
        if _numbers_rows(frame, position, names[position])
        else f"{_called(position, naming)} is an index, and was left out: give it a name to learn from it"
        for position in positions
    )


def find_empty(frame: "pd.DataFrame", naming: Naming, targets: Sequence[int]) -> list[int]:
    """Return the positions of columns without a name and without a value, such as spreadsheets leave behind."""
    return [
        position
        for position, name in enumerate(naming.names or ())
        if position not in targets and _UNNAMED.fullmatch(name) and bool(frame.iloc[:, position].isna().all())
    ]


def note_on_empty(positions: list[int]) -> tuple[str, ...]:
    """Say what was left out."""
    return tuple(
        f"column {position} (counted from 0) has no name and no value, and was left out" for position in positions
    )


def note_on_suspects(frame: "pd.DataFrame", naming: Naming, kept: list[int]) -> tuple[str, ...]:
    """Warn of columns that count the rows in their order, and may yet be something else."""
    if len(frame) < _FEWEST:
        return ()
    suspects = [
        naming.column(position)
        for position in kept
        if (naming.names is not None or position == 0)
        and (numbers := _whole_numbers(frame.iloc[:, position])) is not None
        and _counts_by_one(numbers)
    ]
    return tuple(f"{name} counts the rows in their order: leave it out if it is but their number" for name in suspects)


def _index_width(names: Sequence[str], targets: Sequence[int]) -> int:
    """Return how many of the first columns are an index: those without a name, or named as pandas does several.

    Where no other column has a name, those without are all that there is.
    """
    unnamed = [_UNNAMED.fullmatch(name) is not None for name in names]
    if all(nameless for position, nameless in enumerate(unnamed) if position not in targets):
        return 0
    levels = next((width for width, name in enumerate(names) if name != f"level_{width}"), len(names))
    return unnamed.index(False) or (levels if levels > 1 else 0)


def _numbers_rows(frame: "pd.DataFrame", position: int, name: str) -> bool:
    if _PANDAS_INDEX.fullmatch(name):
        return True
    unnamed = _UNNAMED.fullmatch(name) is not None
    if not unnamed and not _NAMED.fullmatch(name):
        return False
    numbers = _whole_numbers(frame.iloc[:, position])
    if numbers is None or len(numbers) < 2:
        return False
    if _is_permutation(numbers) or (len(numbers) >= _FEWEST and _counts_by_one(numbers)):
        return True
    if (
        unnamed and position == 0 and numbers.min() >= 0
    ):  # of some of the rows, or of several tables one below the other
        return len(np.unique(numbers)) == len(numbers) or _is_made_of_counts(numbers)
    return bool((np.diff(numbers) > 0).all()) and (unnamed or name.lower().startswith(("index", "level_")))


def _whole_numbers(series: "pd.Series") -> NDArray[np.int64] | None:
    """Return the values, which may be floats or text, if all are whole numbers."""
    import pandas as pd

    if isinstance(series.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(series.dtype):
        return None
    if not pd.api.types.is_numeric_dtype(series.dtype):
        if pd.api.types.infer_dtype(series, skipna=False) not in ("string", "integer", "mixed-integer"):
            return None
        if not all(re.fullmatch(r"-?[0-9]{1,15}(\.0)?", str(value)) for value in series):
            return None
    if series.dtype.kind == "c":
        return None
    with np.errstate(over="ignore"):  # what only a long double holds
        numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
    if not (np.isfinite(numbers) & (numbers == np.trunc(numbers)) & (np.abs(numbers) < 2**53)).all():
        return None
    return numbers.astype(np.int64)


def _counts_by_one(numbers: NDArray[np.int64]) -> bool:
    """Tell whether they go up, or down, by one from row to row."""
    steps = np.diff(numbers)
    return bool((steps == 1).all() or (steps == -1).all())


def _is_permutation(numbers: NDArray[np.int64]) -> bool:
    """Tell whether they are 0, 1, 2... or 1, 2, 3... in any order."""
    ordered = np.sort(numbers)
    return bool(ordered[0] in (0, 1) and (np.diff(ordered) == 1).all())


def _is_made_of_counts(numbers: NDArray[np.int64]) -> bool:
    """Tell whether they count up again and again from where they began."""
    starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 2) != 1)
    return bool(numbers[0] in (0, 1) and (numbers[starts] == numbers[0]).all() and 2 * len(starts) <= len(numbers))


def _called(position: int, naming: Naming) -> str:
    name = "" if naming.names is None else naming.names[position]
    if not _UNNAMED.fullmatch(name):
        return f"column {name!r}"
    return "the unnamed first column" if position == 0 else f"the unnamed column {position} (counted from 0)"
