"""Parquet files, by pyarrow."""

from pathlib import Path
from typing import TYPE_CHECKING

from ikura.data.limits import check_unpacked
from ikura.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def read_parquet(path: Path) -> "pd.DataFrame":
    """Read the file as a frame.

    Raises:
        DataError: pyarrow is not installed, the file is damaged, or it unpacks to far more than it is.

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
        with parquet.ParquetFile(path) as file:
            chunks = [
                file.metadata.row_group(group).column(column)
                for group in range(file.metadata.num_row_groups)
                for column in range(file.metadata.num_columns)
            ]
            # A value takes eight bytes or so, however small its pages are.
            check_unpacked(path, sum(max(8 * chunk.num_values, chunk.total_uncompressed_size) for chunk in chunks))
            table = file.read()
        table.validate(full=True)  # pandas would meet text that is no UTF-8 later
        return table.to_pandas()
    except DataError:
        raise
    # The last ones come of damaged notes on pandas' index and types, which pyarrow takes as they are.
    except (pa.ArrowException, OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{path}: it is no whole Parquet file ({reason}); it may be cut off or renamed: save or copy it again"
        ) from None
