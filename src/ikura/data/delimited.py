"""CSV and TSV files: separator and header are found, every row is checked before pandas reads the file."""

import csv
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ikura.data.columns import parses_as_number
from ikura.errors import DataError
from ikura.wording import count

if TYPE_CHECKING:
    import pandas as pd

MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "null", "NULL")
"""What a cell without a value may hold."""

_SEPARATORS = ",;\t|"
_SAMPLE = 100


@dataclass(frozen=True)
class Delimited:
    """A file of separated cells, all rows of one width."""

    path: Path
    text: str
    separator: str
    names: tuple[str, ...] | None
    """From the header, if there is one."""
    width: int
    lines: tuple[int, ...]
    """The line at which each row begins, from 1."""
    notes: tuple[str, ...] = ()

    def frame(self, text_columns: Collection[int]) -> "pd.DataFrame":
        """Return the rows, with the columns at `text_columns` kept as text; the index holds their lines."""
        import pandas as pd

        try:
            frame = pd.read_csv(
                StringIO(self.text, newline=""),
                sep=self.separator,
                header=None if self.names is None else 0,
                names=list(range(self.width)),
                index_col=False,
                dtype=dict.fromkeys(text_columns, str),
                keep_default_na=False,
                na_values=list(MISSING),
                skipinitialspace=True,
                low_memory=False,
            )
        except (ValueError, OverflowError) as error:  # pandas' ParserError is a ValueError
            reason = str(error).splitlines()[0]
            raise DataError(
                f"{self.path}: pandas cannot read it ({reason}); rows must end in line breaks of one kind, and quotes "
                "be closed: save it again as CSV"
            ) from None
        if len(frame) != len(self.lines):
            raise DataError(
                f"{self.path}: it has {len(self.lines)} rows, but {len(frame)} could be read; a row must hold its "
                "cells: delete lines of nothing but quotes or spaces"
            )
        if self.names is not None:
            frame.columns = pd.Index(self.names)
        frame.index = pd.Index(self.lines, name="line")
        return frame


def read_delimited(path: Path) -> Delimited:
    """Read a CSV or TSV file as text, and check that it is a table.

    Raises:
        DataError: it is not UTF-8 text, empty, without rows, ragged, or has two columns of one name.

    """
    text = _decode(path)
    separator = _find_separator(text)
    rows = _rows(text, separator, path)
    sample = list(islice(rows, _SAMPLE))
    if not sample:
        raise DataError(f"{path}: the file is empty; it must hold a table: give a file with a row for each example")
    cells = [row for _, row in sample]
    header, note = _is_header(cells[0], cells[1:])
    lines = [line for line, _ in sample] + [line for line, _ in rows]
    names = _names(cells[0], path) if header else None
    if header and len(lines) == 1:
        raise DataError(f"{path}: there is a header but no row; every example is a row: add them below the header")
    return Delimited(
        path, text, separator, names, len(cells[0]), tuple(lines[1:] if header else lines), (note,) if note else ()
    )


def _decode(path: Path) -> str:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path}: byte {data[error.start]:#04x} in line {line} is not UTF-8; a {path.suffix} file must be UTF-8 "
            "text: save it again as UTF-8"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(
            f"{path}: there is a zero byte in line {line}, so that this is no text; a {path.suffix} file must be "
            "UTF-8 text: export the table as CSV"
        )
    return text


def _find_separator(text: str) -> str:
    """Find the separator that gives the most rows the same number of cells, more than one."""

    def agreement(separator: str) -> tuple[float, int]:
        try:
            reader = csv.reader(StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
            widths = Counter(len(row) for row in islice(reader, _SAMPLE) if any(row))
        except csv.Error:
            return (0.0, 1)
        width, rows = widths.most_common(1)[0] if widths else (1, 0)
        return (rows / widths.total(), width) if width > 1 else (0.0, 1)

    return max(_SEPARATORS, key=agreement)


def _rows(text: str, separator: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each row's first line and cells; blank lines are left out."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    width, line = None, 1
    try:
        for row in reader:
            if row not in ([], [""]):
                width = width or len(row)
                if len(row) != width:
                    raise DataError(
                        f"{path}: line {line} has {count(len(row), 'cell')} and the first row {width}; all rows "
                        "must have as many: mend the line, or quote cells that hold the separator"
                    )
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{path}: the row at line {line} cannot be read: {error}; quotes must be closed, and doubled inside a "
            "quoted cell: mend the row"
        ) from None


def _is_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> tuple[bool, str | None]:
    """Tell whether the first row names the columns, and a note where that is a guess.

    A number in a column of numbers makes it a row of data, unless such numbers count 0, 1, 2... as pandas numbers
    unnamed columns. Where all is text it is a header, unless every one of its cells occurs again further down.
    """
    if not rest:
        return not any(map(parses_as_number, first)), None
    filled = [[cell for cell in column if cell not in MISSING] for column in zip(*rest, strict=True)]
    numeric = [bool(cells) and all(map(parses_as_number, cells)) for cells in filled]
    numbers = [float(cell) for cell, there in zip(first, numeric, strict=True) if there and parses_as_number(cell)]
    if numbers:
        counting = len(numbers) >= 3 and numbers == list(range(len(numbers)))
        return counting, "the first row counts 0, 1, 2... and was read as a header" if counting else None
    if any(numeric):
        return True, None
    again = all(cell in cells for cell, cells in zip(first, filled, strict=True))
    return not again, None if again else "no column of numbers tells: the first row was read as a header"


def _names(header: Sequence[str], path: Path) -> tuple[str, ...]:
    names = tuple(name.strip() or f"Unnamed: {position}" for position, name in enumerate(header))
    for name, times in Counter(names).items():
        if times > 1:
            positions = [str(position) for position, other in enumerate(names) if other == name]
            raise DataError(
                f"{path}: columns {', '.join(positions)} (counted from 0) are all named {name!r}; each column needs "
                "its own name: rename them, or add a header if the file has none"
            )
    return names
