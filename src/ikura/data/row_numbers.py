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
_NAMED = re.compile(r"index|level_\d|row_nr|row_index|row[._]?names?|row_?number|X(\.\d+)?|V1")
"""What pandas, polars and R call an index that becomes a column: these must count without a gap, or in order."""

_IDENTIFIER = re.compile(r"id|.*[ _.-]id|.*[a-z]I[dD]|no|nr|num|number|#", re.IGNORECASE)
"""Names of columns that may number the rows, and may be something else."""

_FEWEST = 5
"""Fewer rows count by chance."""


def find_row_numbers(frame: "pd.DataFrame", naming: Naming, targets: Sequence[int]) -> list[int]:
    """Return the positions of columns that only number the rows."""
    if naming.names is None:
        return []
    return [
        position
        for position, name in enumerate(naming.names)
        if position not in targets and _numbers_rows(frame, position, name)
    ]


def note_on(positions: list[int], naming: Naming) -> tuple[str, ...]:
    """Say what was left out."""
    return tuple(f"{_called(position, naming)} only counts the rows, and was left out" for position in positions)


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
    named = [0] if naming.names is None else [i for i, name in enumerate(naming.names) if _IDENTIFIER.fullmatch(name)]
    suspects = [
        naming.column(position)
        for position in named
        if position in kept
        and frame.iloc[0, position] in (0, 1, "0", "1")
        and (numbers := _whole_numbers(frame.iloc[:, position])) is not None
        and (np.diff(numbers) == 1).all()
    ]
    return tuple(f"{name} counts the rows in their order: leave it out if it is but their number" for name in suspects)


def _numbers_rows(frame: "pd.DataFrame", position: int, name: str) -> bool:
    if _PANDAS_INDEX.fullmatch(name):
        return True
    unnamed = _UNNAMED.fullmatch(name) is not None
    if not unnamed and not _NAMED.fullmatch(name):
        return False
    numbers = _whole_numbers(frame.iloc[:, position])
    if numbers is None or len(numbers) < 2:
        return False
    if _is_permutation(numbers):
        return True
    if unnamed and position == 0:  # of some of the rows, or of several tables one below the other
        return len(np.unique(numbers)) == len(numbers) or _is_made_of_counts(numbers)
    return bool((np.diff(numbers) > 0).all()) and (unnamed or name.lower().startswith(("index", "level_")))


def _whole_numbers(series: "pd.Series") -> NDArray[np.int64] | None:
    """Return the values, which may be floats or text, if all are whole numbers from 0 on."""
    import pandas as pd

    if isinstance(series.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(series.dtype):
        return None
    if not pd.api.types.is_numeric_dtype(series.dtype):
        if pd.api.types.infer_dtype(series, skipna=False) not in ("string", "integer", "mixed-integer"):
            return None
        if not all(re.fullmatch(r"[0-9]{1,15}(\.0)?", str(value)) for value in series):
            return None
    numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
    if not (np.isfinite(numbers) & (numbers >= 0) & (numbers == np.trunc(numbers)) & (numbers < 2**53)).all():
        return None
    return numbers.astype(np.int64)


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
