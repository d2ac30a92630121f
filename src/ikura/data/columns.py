"""Columns of any type as one of three kinds: numbers, text, dates."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.data import dates, numerals
from ikura.data.dtypes import plain_series
from ikura.data.naming import Naming
from ikura.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Kind: TypeAlias = Literal["number", "text", "date"]

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("integer", "floating", "mixed-integer-float", "decimal", "boolean"), "number"),
    **dict.fromkeys(("timedelta", "timedelta64", "time", "empty"), "number"),
    **dict.fromkeys(("datetime", "datetime64", "date"), "date"),
    "categorical": "text",
    "string": "text",
}
_LARGEST = float(np.finfo(np.float32).max)

_TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
"""In a second."""

FEW = 20
"""So many distinct texts are categories, even where all of them are plain numbers."""


@dataclass(frozen=True, eq=False)
class Column:
    """A column's kind and values [example].

    Numbers, and dates in days since 1970-01-01, are float64 with NaN for missing; text is str with None for missing.
    """

    kind: Kind
    values: NDArray[Any]
    notation: str = ""
    """How they were written, which new data must be read by: of numbers see `numerals`, of dates the order."""
    note: str = ""
    """What was done to read them that their user should know."""

    def __getitem__(self, rows: NDArray[np.intp]) -> "Column":
        return replace(self, values=self.values[rows])


def read_column(series: "pd.Series", naming: Naming, index: int) -> Column:
    """Read a column of a frame as numbers, text or dates, whichever it holds.

    Raises:
        DataError: a value is infinite, or of no kind that Ikura can learn from.

    """
    return _whole(_found(_plain(series, naming, index), series, naming, index), naming, index)


def read_column_as(series: "pd.Series", kind: Kind, notation: str, naming: Naming, index: int) -> Column:
    """Read a column of new data in the way in which training read it.

    Raises:
        DataError: a value is infinite, or not of the kind.

    """
    return _whole(_as(kind, notation, _plain(series, naming, index), naming, index), naming, index)


def read_numbers(series: "pd.Series", naming: Naming) -> Column | None:
    """Read numbers, durations and texts that are all numbers, however few they are; None where something else is there.

    Truth values and words for them are something else here, and so are codes such as 01234.
    """
    import pandas as pd

    found = pd.api.types.infer_dtype(series, skipna=False)
    if found in ("timedelta", "timedelta64"):
        return replace(_as("number", "", series, naming, 0), note="durations were read as seconds")
    if found in ("integer", "floating", "mixed-integer-float", "decimal"):
        return _as("number", "", series, naming, 0)
    if found not in ("string", "mixed", "mixed-integer"):
        return None
    if not all(isinstance(value, str | int | float | Decimal) and not isinstance(value, bool) for value in series):
        return None
    texts = {value.strip() for value in series if isinstance(value, str)}
    notation = numerals.find_notation(texts)
    if any(map(numerals.is_code, texts)) or notation == numerals.BOOLEAN:
        return None
    if notation is not None and not (notation.startswith("%") and found != "string"):
        return replace(_as("number", notation, series, naming, 0), note=numerals.in_words(notation))
    if all(map(numerals.parses_as_number, texts)):
        return replace(_as("number", "", series, naming, 0), note="numbers written as text were read as numbers")
    return None


def missing_values(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell where a column's values, as `Column` holds them, are missing [example]."""
    if values.dtype == object:
        return np.array([value is None for value in values.tolist()], dtype=bool)
    return np.isnan(values)


def check_finite(values: NDArray[Any], naming: Naming, columns: Sequence[int]) -> None:
    """Refuse infinite numbers, and those that float32 cannot hold; `values` is [example] or [example, column]."""
    if values.dtype.kind in "biu":
        return
    # Half precision ends before float32 does: there the bound itself would be infinite.
    beyond = np.isinf(values) if values.itemsize <= 4 else np.abs(values) > _LARGEST
    if beyond.any():
        row, column = np.argwhere(beyond.reshape(len(values), -1))[0]
        value = values.reshape(len(values), -1)[row, column]
        raise DataError(
            f"{naming.source}: {naming.column(columns[column])}, {naming.row(row)}: {value} is not finite in float32; "
            "every number must be: correct it, or leave it empty for a missing value"
        )


def _whole(column: Column, naming: Naming, index: int) -> Column:
    if column.kind != "text":
        check_finite(column.values, naming, [index])
    return column


def _plain(series: "pd.Series", naming: Naming, index: int) -> "pd.Series":
    try:
        return plain_series(series)
    except (ValueError, NotImplementedError, OverflowError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{naming.source}: {naming.column(index)} of type {series.dtype} cannot be read ({reason}); Ikura learns "
            "from numbers, text and dates: convert it to one of these, or leave it out"
        ) from None


def _found(plain: "pd.Series", given: "pd.Series", naming: Naming, index: int) -> Column:
    """Read a plain series of a kind that is still to be found."""
    import pandas as pd

    found = pd.api.types.infer_dtype(plain, skipna=True)
    if found in ("mixed", "mixed-integer") and all(isinstance(v, str | bool | int | float) for v in plain.dropna()):
        texts = {str(value).strip() for value in plain.dropna()}
        if all(map(numerals.parses_as_number, texts)):
            column = _as("number", "", plain, naming, index)
            return replace(column, note="numbers and numbers written as text were read as numbers")
        return _as("text", "", plain, naming, index)
    if found == "string":
        return _words(plain, naming, index)
    if found not in _KINDS:
        raise DataError(
            f"{naming.source}: {naming.column(index)} holds values of type {_type_name(given)}; Ikura learns from "
            "numbers, text and dates: convert it to one of these, or leave it out"
        )
    return _as(_KINDS[found], numerals.BOOLEAN if found == "boolean" else "", plain, naming, index)


def _words(series: "pd.Series", naming: Naming, index: int) -> Column:
    """Read text: as dates or numbers where all of it is written in one way, else as it is."""
    texts = {value.strip() for value in series.dropna().unique()}
    order = dates.find_order(texts)
    if order is not None:
        column = _as("date", order, series, naming, index)
        return replace(column, note=f"dates were read as {order}" if order else "")
    notation = numerals.find_notation(texts)
    if notation is not None:
        return replace(_as("number", notation, series, naming, index), note=numerals.in_words(notation))
    if len(texts) > FEW and not any(map(numerals.is_code, texts)) and all(map(numerals.parses_as_number, texts)):
        return replace(_as("number", "", series, naming, index), note="numbers written as text were read as numbers")
    return _as("text", "", series, naming, index)


def _as(kind: Kind, notation: str, series: "pd.Series", naming: Naming, index: int) -> Column:
    """Read a plain series of a kind that is known."""
    if kind == "text":
        values, spaced = _texts(series)
        return Column(kind, values, note="spaces around its texts were left out" if spaced else "")
    read = _numbers if kind == "number" else _days
    return Column(kind, read(series, notation, naming, index), notation)


def _type_name(series: "pd.Series") -> str:
    present = series.dropna()
    return str(series.dtype) if series.dtype != object or present.empty else type(present.iloc[0]).__name__


def _texts(series: "pd.Series") -> tuple[NDArray[Any], bool]:
    """Return the texts without spaces around them, None for missing, and whether there were any."""
    values, spaced = np.empty(len(series), dtype=object), False
    for row, (value, missing) in enumerate(zip(series.astype(object), series.isna().to_numpy(), strict=True)):
        if not missing:
            text = str(value)
            values[row] = text.strip()
            spaced = spaced or len(values[row]) < len(text)
    return values, spaced


def _numbers(series: "pd.Series", notation: str, naming: Naming, index: int) -> NDArray[np.float64]:
    import pandas as pd

    if pd.api.types.is_timedelta64_dtype(series.dtype):
        return series.dt.total_seconds().to_numpy(dtype=np.float64)
    if pd.api.types.is_numeric_dtype(series.dtype):
        if notation.startswith("%"):
            _refuse(series.notna().to_numpy(), series, "a percentage such as 12%", naming, index)
        with np.errstate(over="ignore"):  # what only a long double holds becomes infinite, and is refused
            return series.to_numpy(dtype=np.float64, na_value=np.nan)
    numbers = np.full(len(series), np.nan)
    values, missing_rows = series.astype(object).to_numpy(), series.isna().to_numpy()
    if notation == "" and (plain := _plain_numbers(values[~missing_rows])) is not None:
        numbers[~missing_rows] = plain
        return numbers
    refused = np.zeros(len(series), dtype=bool)
    known: dict[str, float | None] = {}
    for row, (value, missing) in enumerate(zip(values, missing_rows, strict=True)):
        if missing:
            continue
        if not isinstance(value, str):
            number = None if notation.startswith("%") else _number(value)
        elif value in known:
            number = known[value]
        else:
            number = known[value] = numerals.parse(value.strip(), notation)
        numbers[row] = np.nan if number is None else number
        refused[row] = number is None
    _refuse(refused, series, numerals.wanted(notation), naming, index)
    return numbers


def _plain_numbers(texts: NDArray[Any]) -> NDArray[np.float64] | None:
    """Read plain numbers of text together, which is far quicker than each alone; None where something else is there."""
    if not all(isinstance(text, str) for text in texts) or "_" in "".join(texts):
        return None
    try:
        return texts.astype(np.float64)
    except ValueError:
        return None


def _number(value: Any) -> float | None:
    """Return what an object stands for: durations and times of day in seconds."""
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, dt.time):
        return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    if not isinstance(value, bool | int | float | Decimal | np.number | np.bool_):
        return None
    try:
        return float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return np.inf


def _days(series: "pd.Series", notation: str, naming: Naming, index: int) -> NDArray[np.float64]:
    import pandas as pd

    found = pd.api.types.infer_dtype(series, skipna=True)
    if found == "string":
        moments = dates.as_dates(series, notation)
    elif found in ("datetime", "datetime64", "date"):
        moments = pd.to_datetime(series, utc=True, errors="coerce")
    else:  # pandas would take numbers for nanoseconds
        moments = pd.Series(pd.NaT, index=series.index).dt.tz_localize("UTC")
    wanted = f"a date such as 2026-01-31{' or ' * bool(notation)}{notation}"
    _refuse((moments.isna() & ~series.isna()).to_numpy(), series, wanted, naming, index)
    # In their own unit: nanoseconds do not reach beyond the years 1677 to 2262.
    ticks = moments.dt.tz_convert(None).to_numpy().astype(np.int64)
    a_day = _TICKS[moments.dt.unit] * 86_400
    # Whole days and the rest are exact each, so that a date is the same in every unit that pandas chooses for it.
    return np.where(moments.isna(), np.nan, ticks // a_day + ticks % a_day / a_day)


def _refuse(bad: NDArray[np.bool_], series: "pd.Series", wanted: str, naming: Naming, index: int) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(
            f"{naming.source}: {naming.column(index)}, {naming.row(row)}: {series.iloc[row]!r} is not {wanted}; the "
            "column holds nothing else: correct it, or leave it empty for a missing value"
        )
