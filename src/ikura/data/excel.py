"""Excel workbooks, by openpyxl: the first sheet."""

import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from ikura.data.layout import MISSING, find_header, header_names
from ikura.data.limits import check_unpacked
from ikura.errors import DataError
from ikura.wording import count

if TYPE_CHECKING:
    import pandas as pd

_DAMAGE = (
    BadZipFile, ParseError, zlib.error, OSError, EOFError, KeyError, ValueError, TypeError, IndexError, AttributeError,
    OverflowError, RuntimeError, NotImplementedError,
)  # fmt: skip


def read_excel(path: Path, header: bool | None) -> tuple["pd.DataFrame", tuple[str, ...]]:
    """Read the first sheet as a frame whose index holds the lines, and say what was guessed.

    Raises:
        DataError: openpyxl is not installed, the file is damaged, its sheet is empty, or two columns have one name.

    """
    try:
        import openpyxl
    except ImportError:
        raise DataError(
            f"{path}: an Excel file, and openpyxl is not installed; Excel needs it: "
            "python -m pip install 'ikura[excel]'"
        ) from None
    try:
        # The stream is ours, so that it is closed whatever openpyxl meets.
        with path.open("rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and charts, which nobody reads here
            with ZipFile(stream) as archive:
                check_unpacked(path, sum(info.file_size for info in archive.infolist()))
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            sheets = list(book.worksheets)
            rows = _rows(sheets[0]) if sheets else {}
    except DataError:
        raise
    except _DAMAGE as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{path}: it is no whole Excel file ({reason}); it may be cut off or renamed: save it again as .xlsx"
        ) from None
    if not rows:
        raise DataError(f"{path}: its first sheet is empty; it must hold a table: move it there, or save it as CSV")
    frame, notes = _frame(rows, header, path)
    if len(sheets) > 1:
        notes = (f"the first of {count(len(sheets), 'sheet')} was read: {sheets[0].title!r}", *notes)
    return frame, notes


def _rows(sheet: Any) -> dict[int, list[Any]]:
    """Return the rows with a value by their line, without the empty cells at their end."""
    rows: dict[int, list[Any]] = {}
    for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        row = [None if isinstance(cell, str) and cell.strip() in MISSING else cell for cell in cells]
        while row and row[-1] is None:
            row.pop()
        if row:
            rows[line] = row
    return rows


def _frame(rows: dict[int, list[Any]], header: bool | None, path: Path) -> tuple["pd.DataFrame", tuple[str, ...]]:
    import pandas as pd

    width = max(map(len, rows.values()))
    whole = [row + [None] * (width - len(row)) for row in rows.values()]
    sample = [["" if cell is None else str(cell) for cell in row] for row in whole[:100]]
    has_header, notes = find_header(sample[0], sample[1:], header)
    names = header_names(sample[0], path) if has_header else None
    lines = list(rows)
    if has_header:
        whole, lines = whole[1:], lines[1:]
    if not whole:
        raise DataError(f"{path}: there is a header but no row; every example is a row: add them below the header")
    columns = [pd.Series(list(cells), dtype=object).infer_objects() for cells in zip(*whole, strict=True)]
    frame = pd.DataFrame(dict(enumerate(columns)))
    frame.index = pd.Index(lines, name="line")
    if names is not None:
        frame.columns = pd.Index(names)
    return frame, notes
