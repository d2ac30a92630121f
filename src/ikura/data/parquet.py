"""Parquet files, by pyarrow."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ikura.data.limits import check_unpacked
from ikura.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def read_parquet(path: Path) -> "pd.DataFrame":
    """Read the file as a frame.

    Raises:
        DataError: pyarrow is not installed, the file is damaged, or it unpacks to far more than it is.

    """
    with _opened(path) as file:
        check_unpacked(path, sum(_unpacked(file, group) for group in range(file.metadata.num_row_groups)))
        table = file.read()
        table.validate(full=True)  # pandas would meet text that is no UTF-8 later
        return _to_pandas(table)


def parquet_frames(path: Path, cells: int) -> "Iterator[pd.DataFrame]":
    """Yield the file's rows, about so many cells at a time; the first frame has the columns alone.

    Raises:
        DataError: as `read_parquet`, but that only one group of rows must be no larger than it may.

    """
    with _opened(path) as file:
        check_unpacked(path, max((_unpacked(file, group) for group in range(file.metadata.num_row_groups)), default=0))
        yield _to_pandas(file.schema_arrow.empty_table())
        for batch in file.iter_batches(max(1, cells // max(1, file.metadata.num_columns))):
            batch.validate(full=True)
            yield _to_pandas(file.schema_arrow.empty_table().from_batches([batch]))


def _to_pandas(table: Any) -> "pd.DataFrame":
    try:
        return table.to_pandas()
    except TypeError:  # pandas notes down types of Arrow's whose names it does not understand
        return table.replace_schema_metadata(None).to_pandas()


def _unpacked(file: Any, group: int) -> int:
    """Return how many bytes a group of rows takes; a value takes eight or so, however small its pages are."""
    chunks = (file.metadata.row_group(group).column(column) for column in range(file.metadata.num_columns))
    return sum(max(8 * chunk.num_values, chunk.total_uncompressed_size) for chunk in chunks)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
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
            yield file
    except DataError:
        raise
    # The last ones come of damaged notes on pandas' index and types, which pyarrow takes as they are.
    except (pa.ArrowException, OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{path}: it is no whole Parquet file ({reason}); it may be cut off or renamed: save or copy it again"
        ) from None
