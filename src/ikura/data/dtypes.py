"""Columns of pandas' extension types as columns of the types that NumPy and pandas have had all along."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def plain_series(series: "pd.Series") -> "pd.Series":
    """Return the same values without Arrow, and without periods, which become their first moments.

    Raises:
        ValueError, NotImplementedError: the values are of a kind that pandas cannot hand out.

    """
    import pandas as pd

    dtype = series.dtype
    if isinstance(dtype, pd.ArrowDtype):
        return _from_arrow(series)
    if dtype.kind == "O" and pd.api.types.infer_dtype(series, skipna=True) == "period":
        return pd.to_datetime(series.map(lambda period: period.start_time, na_action="ignore"))
    return series


def _from_arrow(series: "pd.Series") -> "pd.Series":
    import pandas as pd
    import pyarrow as pa

    values = pa.chunked_array(pa.array(series.array))
    if pa.types.is_run_end_encoded(values.type):
        values = values.cast(values.type.value_type)
    if pa.types.is_string_view(values.type):
        values = values.cast(pa.large_string())
    plain = pd.Series(values.to_pandas())
    plain.index = series.index
    return plain
