"""How the cells of a text file stand: its separator, quotes, header and columns, found by its first rows."""

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

from ikura.data.csv_file import CsvFile
from ikura.data.decimals import decimal_point
from ikura.data.numerals import parses_as_number
from ikura.errors import DataError
from ikura.wording import count

MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "null", "NULL")
"""What a cell without a value may hold."""

MOST_COLUMNS = 20_000
"""Each takes milliseconds and kilobytes, whatever it holds."""

SAMPLE_BYTES = 2**20
"""So many bytes at the beginning of a file show its separator and quotes."""

BLANKS = " "
"""Stands for any run of blanks."""

_SEPARATORS = ",;\t|"

_EDGE = rf"[ \r\n{re.escape(_SEPARATORS)}]"

_QUOTED = {
    '"': re.compile(rf'(?:^|(?<={_EDGE}))"(?:[^"]|"")*+"(?=$|{_EDGE})'),
    "'": re.compile(rf"(?:^|(?<={_EDGE}))'(?:[^'\r\n]|'')*+'(?=$|{_EDGE})"),
}
"""A cell in quotes, by the quote. A single one may be an apostrophe: no cell goes over the end of its line."""

_SAMPLE = 100
_SAMPLE_CELLS = 200_000

_AS_DATA = "--no-header, in Python CsvFile(path, header=False), reads it as data"
_AS_HEADER = "--header, in Python CsvFile(path, header=True), reads it as one"


@dataclass(frozen=True)
class Layout:
    """How the cells of a text file stand."""

    separator: str
    quote: str
    names: tuple[str, ...] | None
    """Of all cells of a row, from the header, if there is one."""
    cells: int
    """In each row of the file."""
    filled: int
    """Of these, without what is empty at the end of the first rows."""
    most: int
    """In no row may a cell from this place on hold anything, or the first rows were misread."""
    notes: tuple[str, ...]

    def rows(self, lines: Iterable[str], path: Path, most: int | None = None) -> "Rows":
        """Return the rows below the header, of all lines of the file; `most` as above, where less is wanted."""
        rows = Rows(lines, self.separator, self.quote, path, self.most if most is None else most)
        if self.names is not None:
            next(rows)
        return rows

    def left_out(self, width: int) -> tuple[str, ...]:
        """Say how many columns are empty, where those of this width are not."""
        empty = self.cells - width
        return (f"{count(empty, 'empty column')} at the end left out",) if empty else ()


def find_layout(file: CsvFile, sample: bytes, lines: Iterable[str]) -> Layout:
    """Find out how cells stand by the first bytes and lines of a file, and what its user says.

    Raises:
        DataError: it is empty, without rows, ragged or too wide at its beginning, or two columns have one name.

    """
    path = Path(file.path)
    text = sample[:SAMPLE_BYTES].decode("utf-8-sig", "ignore")
    separator = _find_separator(text) if file.separator is None else file.separator
    quote = _find_quote(text, separator)
    rows = Rows(lines, separator, quote, path)
    _, first = next(rows, (0, []))
    if not first:
        raise DataError(f"{path}: the file is empty; it must hold a table: give a file with a row for each example")
    below = [row for _, row in islice(rows, max(1, min(_SAMPLE, _SAMPLE_CELLS // len(first)) - 1))]
    most = len(first)
    if rows.unnamed and rows.filled > most:  # as R writes row names: above them stands nothing
        most += 1
        first, header, notes = ["", *first], True, ("the first cells of the rows have no name, as R writes row names",)
    else:
        first = [*first, ""] if rows.unnamed else first  # the rows below end in a separator
        cells, shown = first, below
        if separator != ",":  # 58,33 is a number as well
            cells, *shown = ([decimal_point(cell) for cell in row] for row in (first, *below))
        header, notes = find_header(cells, shown, file.header)
    if header and not below:
        raise DataError(f"{path}: there is a header but no row; every example is a row: add them below the header")
    return Layout(separator, quote, header_names(first, path) if header else None, len(first), rows.filled, most, notes)


def find_header(
    first: Sequence[str], rest: Sequence[Sequence[str]], given: bool | None
) -> tuple[bool, tuple[str, ...]]:
    """Tell whether the first row names the columns, and a note where that is a guess; `given`: what the user says.

    A number in a column of numbers makes it a row of data, unless such numbers count 0, 1, 2... as pandas numbers
    unnamed columns, or are whole and different below a text that cannot be data. Where all is text it is a header,
    unless every one of its cells occurs again further down.
    """
    if given is not None:
        return given, ()
    if not rest:
        return not any(map(parses_as_number, first)), ()
    filled = [[cell for cell in column if cell not in MISSING] for column in zip(*rest, strict=True)]
    numeric = [bool(cells) and all(map(parses_as_number, cells)) for cells in filled]
    texts = [(cell, there) for cell, there in zip(first, numeric, strict=True) if not parses_as_number(cell)]
    numbers = [cell for cell, there in zip(first, numeric, strict=True) if there and parses_as_number(cell)]
    if numbers:
        if len(numbers) >= 3 and [float(number) for number in numbers] == list(range(len(numbers))):
            return True, ("the first row counts 0, 1, 2... and was read as a header",)
        named = any(there and cell.strip() not in MISSING for cell, there in texts)
        columns = dict(zip(first, filled, strict=True))
        new = bool(texts) and all(cell not in columns[cell] for cell, _ in texts)
        if _could_be_names(numbers) and (named or (_are_years(numbers) and new)):
            return True, (f"the first row holds numbers and was read as a header; {_AS_DATA}",)
        doubtful = len(numbers) == len(first) - len(texts) and _could_be_names(numbers) and _are_years(numbers)
        return False, (f"the first row holds years and was read as data; {_AS_HEADER}",) if doubtful else ()
    if any(numeric):
        return True, ()
    again = all(cell in cells for cell, cells in zip(first, filled, strict=True))
    return not again, () if again else ("no column of numbers tells: the first row was read as a header",)


def header_names(header: Sequence[str], path: Path) -> tuple[str, ...]:
    """Return the columns' names; those without one are called as pandas calls them.

    Raises:
        DataError: two have one name.

    """
    given = {name.strip() for name in header}
    names = tuple(name.strip() or _unnamed(position, given) for position, name in enumerate(header))
    for name, times in Counter(names).items():
        if times > 1:
            positions = [str(position) for position, other in enumerate(names) if other == name]
            raise DataError(
                f"{path}: columns {', '.join(positions)} (counted from 0) are all named {name!r}; each column needs "
                "its own name: rename them, or add a header if the file has none"
            )
    return names


def _unnamed(position: int, given: Collection[str]) -> str:
    name = f"Unnamed: {position}"
    while name in given:  # a table that was written, read and written again
        name += ".1"
    return name


def _could_be_names(numbers: Sequence[str]) -> bool:
    return all(number.isdecimal() for number in numbers) and len(set(numbers)) == len(numbers)


def _are_years(numbers: Sequence[str]) -> bool:
    """Tell whether they are years in a row."""
    years = [int(number) for number in numbers if number.isdecimal() and len(number) == 4]
    return len(numbers) > 1 and years == list(range(years[0], years[0] + len(numbers))) if years else False


def _reader(lines: Iterable[str], separator: str, quote: str | None, *, strict: bool) -> Any:
    if separator == BLANKS:
        lines = (line.strip().replace("\t", " ") for line in lines)
    quoting = csv.QUOTE_NONE if quote is None else csv.QUOTE_MINIMAL
    return csv.reader(
        lines, delimiter=separator, quotechar=quote, quoting=quoting, skipinitialspace=True, strict=strict
    )


def _sample_rows(sample: str, separator: str, quote: str | None = '"') -> list[list[str]]:
    """Return the first rows of a sample, without those that cannot be read and the last, which may be cut off."""
    try:
        rows = list(islice(_reader(StringIO(sample, newline=""), separator, quote, strict=False), _SAMPLE))
    except csv.Error:
        return []
    rows = [row for row in rows if any(row)]
    return rows[:-1] if len(sample) > SAMPLE_BYTES // 4 and len(rows) in range(2, _SAMPLE) else rows


def _find_separator(sample: str) -> str:
    """Find the separator that gives the most rows the same number of cells, more than one; blanks where none does.

    What stands in quotes separates nothing, whichever sign is the separator.
    """
    sample = _QUOTED['"' if '"' in sample else "'"].sub(lambda cell: "x" * len(cell[0]), sample)

    def agreement(separator: str) -> tuple[float, int]:
        widths = Counter(map(len, _sample_rows(sample, separator)))
        width, rows = widths.most_common(1)[0] if widths else (1, 0)
        return (rows / widths.total(), width) if width > 1 else (0.0, 1)

    found = max(_SEPARATORS, key=agreement)
    if found == "," and not re.search(r"(?<![0-9]),|,(?![0-9])", sample):  # all may be decimal signs
        found = next((other for other in _SEPARATORS[1:] if agreement(other)[0] >= agreement(",")[0]), found)
    if agreement(found) == (0.0, 1) and len(_widths(sample, BLANKS)) == 1 and _widths(sample, BLANKS) != {1}:
        return BLANKS
    return found


def _widths(sample: str, separator: str) -> set[int]:
    """Return the widths of the rows below the first, which R leaves without a name for those of rows."""
    rows = _sample_rows(sample, separator)
    return {len(row) for row in rows[1:] or rows}


def _find_quote(sample: str, separator: str) -> str:
    """Find out whether single quotes stand around cells, and nowhere else, and there are no double ones."""
    if '"' in sample or "'" not in sample:
        return '"'
    edge = r"[ \t\r\n]" if separator == BLANKS else rf"[\r\n{re.escape(separator)}]"
    whole = sample[: sample.rfind("\n") + 1] or sample  # a longer file is cut off somewhere
    quoted = rf"(?:^|(?<={edge}))[ ]*'(?:[^'\r\n]|'')*'[ ]*(?=$|{edge})"
    return '"' if "'" in re.sub(quoted, "", whole) else "'"


class Rows:
    """The rows of a file with the line at which each begins, from 1, each of the width of the first.

    Blank lines are left out.
    """

    def __init__(self, lines: Iterable[str], separator: str, quote: str, path: Path, most: int = MOST_COLUMNS) -> None:
        self._separator, self._quote, self._path, self._most = separator, quote, path, most
        self._lines = lines
        self._read = self._iterate()
        self._number, self._first, self._second = 0, list[str](), 0
        self.filled = 0
        """Cells of a row, without the empty ones at its end, at most."""
        self.unnamed = False
        """Whether the first row has one cell fewer than all others, and no number."""

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        return self

    def __next__(self) -> tuple[int, list[str]]:
        return next(self._read)

    def _iterate(self) -> Iterator[tuple[int, list[str]]]:
        reader = _reader(self._narrow_lines(), self._separator, self._quote, strict=True)
        width, line = 0, 1
        try:
            for row in reader:
                if row not in ([], [""]):
                    if len(row) != width:
                        self._check_width(row, width, line)
                        width = len(row)
                    if self._number < 2:
                        self._note(row, line)
                    if self.filled < width:
                        self._count_filled(row, line)
                    yield line, row
                line = reader.line_num + 1
            if self._number and not self.filled:
                raise DataError(
                    f"{self._path}: no cell holds anything; it must be a table: give a file with a row for each example"
                )
        except csv.Error as error:
            raise DataError(
                f"{self._path}: the row at line {line} cannot be read: {error}; quotes must be closed, and doubled "
                "inside a quoted cell: mend the row"
            ) from None

    def _narrow_lines(self) -> Iterator[str]:
        """Yield the lines; one of too many cells is refused before they take memory."""
        for line in self._lines:
            if len(line) > MOST_COLUMNS and self._separator != BLANKS and self._quote not in line:
                self._check_cells(line.count(self._separator) + 1)
            yield line

    def _note(self, row: list[str], line: int) -> None:
        if self._number == 0:
            self._first = row
        else:
            self._second = line
        self._number += 1

    def _check_width(self, row: list[str], width: int, line: int) -> None:
        """Refuse a row of another width than those before, unless it tells that the first is of names without one."""
        self._check_cells(len(row))
        if self._number == 1 and len(row) == width + 1 and not any(map(parses_as_number, self._first)):
            self.unnamed = True
        elif self._number:
            where = f"line {self._second}" if self.unnamed else "the first row"
            raise DataError(
                f"{self._path}: line {line} has {count(len(row), 'cell')} and {where} {width}; all rows must have as "
                "many: mend the line, quote cells that hold the separator, or name another by --separator"
            )

    def _count_filled(self, row: list[str], line: int) -> None:
        place = len(row)
        while place > self.filled and not row[place - 1].strip():
            place -= 1
        if place > self._most:
            raise DataError(
                f"{self._path}: line {line} holds {row[place - 1].strip()[:40]!r} in column {place - 1} (counted from "
                "0), which has no name and no value in the first rows; they must show what a column is: name all "
                "columns in a header"
            )
        self.filled = max(self.filled, place)

    def _check_cells(self, cells: int) -> None:
        if cells > MOST_COLUMNS:
            raise DataError(
                f"{self._path}: it has {cells:,} columns; at most {MOST_COLUMNS:,} are read from text: save what is "
                "wider as NPZ"
            )
