"""Parquet files, by pyarrow."""

from pathlib import Path
from typing import TYPE_CHECKING

from ikura.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def read_parquet(path: Path) -> "pd.DataFrame":
    """Read the file as a frame.

    Raises:
        DataError: pyarrow is not installed, or the file is damaged.

    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise DataError(
            f"{path}: a Parquet file, and pyarrow is not installed; Parquet needs it: "
            "python -m pip install 'ikura[parquet]'"
        ) from None
    try:
        return parquet.read_table(path).to_pandas()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise DataError(
            f"{path}: it is no whole Parquet file ({reason}); it may be cut off or renamed: save or copy it again"
        ) from None
