"""Columns of any type as one of three kinds: numbers, text, dates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.data.naming import Naming
from ikura.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Kind: TypeAlias = Literal["number", "text", "date"]

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("integer", "floating", "mixed-integer-float", "decimal", "boolean"), "number"),
    **dict.fromkeys(("timedelta", "timedelta64", "empty"), "number"),
    **dict.fromkeys(("datetime", "datetime64", "date"), "date"),
    "categorical": "text",
    "string": "text",
}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}\S*)?")
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class Column:
    """A column's kind and values [example].

    Numbers, and dates in days since 1970-01-01, are float64 with NaN for missing; text is str with None for missing.
    """

    kind: Kind
    values: NDArray[Any]

    def __getitem__(self, rows: NDArray[np.intp]) -> "Column":
        return Column(self.kind, self.values[rows])


def read_column(series: "pd.Series", naming: Naming, index: int, kind: Kind | None = None) -> Column:
    """Read a column of a frame as numbers, text or dates; `kind` None: whichever it holds.

    Raises:
        DataError: a value is infinite, or not of the kind, or of no kind that Ikura can learn from.

    """
    kind = kind or _kind(series, naming, index)
    if kind == "text":
        return Column(kind, _texts(series))
    values = _numbers(series, naming, index) if kind == "number" else _days(series, naming, index)
    check_finite(values, naming, [index])
    return Column(kind, values)


def missing_values(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell where a column's values, as `Column` holds them, are missing [example]."""
    if values.dtype == object:
        return np.array([value is None for value in values.tolist()], dtype=bool)
    return np.isnan(values)


def check_finite(values: NDArray[Any], naming: Naming, columns: Sequence[int]) -> None:
    """Refuse infinite numbers, and those that float32 cannot hold; `values` is [example] or [example, column]."""
    if values.dtype.kind in "biu":
        return
    beyond = np.abs(values) > _LARGEST
    if beyond.any():
        row, column = np.argwhere(beyond.reshape(len(values), -1))[0]
        value = values.reshape(len(values), -1)[row, column]
        raise DataError(
            f"{naming.source}: {naming.column(columns[column])}, {naming.row(row)}: {value} is not finite in float32; "
            "every number must be: correct it, or leave it empty for a missing value"
        )


def parses_as_number(cell: str) -> bool:
    """Whether a cell of text is a number, as in CSV files: no thousands separators, no underscores."""
    if "_" in cell:
        return False
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _kind(series: "pd.Series", naming: Naming, index: int) -> Kind:
    import pandas as pd

    found = pd.api.types.infer_dtype(series, skipna=True)
    if found in ("mixed", "mixed-integer") and all(isinstance(v, str | bool | int | float) for v in series.dropna()):
        return "text"
    if found not in _KINDS:
        raise DataError(
            f"{naming.source}: {naming.column(index)} holds values of type {_type_name(series)}; Ikura learns from "
            "numbers, text and dates: convert it to one of these, or leave it out"
        )
    kind = _KINDS[found]
    return "date" if found == "string" and _all_dates(series) else kind


def _type_name(series: "pd.Series") -> str:
    return type(series.dropna().iloc[0]).__name__


def _all_dates(series: "pd.Series") -> bool:
    values = series.dropna()
    return all(map(_DATE.fullmatch, values)) and bool(_dates(values).notna().all())


def _dates(series: "pd.Series") -> "pd.Series":
    import pandas as pd

    found = pd.api.types.infer_dtype(series, skipna=True)
    if found not in ("string", "datetime", "datetime64", "date"):  # pandas would take numbers for nanoseconds
        return pd.Series(pd.NaT, index=series.index).dt.tz_localize("UTC")
    return pd.to_datetime(series, utc=True, errors="coerce", format="ISO8601" if found == "string" else None)


def _texts(series: "pd.Series") -> NDArray[Any]:
    values = np.empty(len(series), dtype=object)
    values[:] = [
        None if missing else str(value)
        for value, missing in zip(series.astype(object).to_numpy(), series.isna().to_numpy(), strict=True)
    ]
    return values


def _numbers(series: "pd.Series", naming: Naming, index: int) -> NDArray[np.float64]:
    import pandas as pd

    if pd.api.types.is_timedelta64_dtype(series.dtype):
        return series.dt.total_seconds().to_numpy(dtype=np.float64)
    if pd.api.types.is_numeric_dtype(series.dtype):
        return series.to_numpy(dtype=np.float64, na_value=np.nan)
    try:
        found = pd.to_numeric(series.astype(object), errors="coerce")
    except OverflowError:  # a whole number of hundreds of digits
        found = series.map(lambda value: value if abs(value) <= _LARGEST else np.inf, na_action="ignore")
    numbers = pd.Series(found).to_numpy(np.float64, na_value=np.nan)
    _refuse(np.isnan(numbers) & ~series.isna().to_numpy(), series, "a number", naming, index)
    return numbers


def _days(series: "pd.Series", naming: Naming, index: int) -> NDArray[np.float64]:
    import pandas as pd

    dates = _dates(series)
    _refuse((dates.isna() & ~series.isna()).to_numpy(), series, "a date such as 2026-01-31", naming, index)
    # In their own unit: nanoseconds do not reach beyond the years 1677 to 2262.
    days = (dates - pd.Timestamp(0, tz="UTC").as_unit(dates.dt.unit)).dt.total_seconds() / 86_400
    return days.to_numpy(dtype=np.float64, na_value=np.nan)


def _refuse(bad: NDArray[np.bool_], series: "pd.Series", wanted: str, naming: Naming, index: int) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(
            f"{naming.source}: {naming.column(index)}, {naming.row(row)}: {series.iloc[row]!r} is not {wanted}; the "
            "column holds nothing else: correct it, or leave it empty for a missing value"
        )
