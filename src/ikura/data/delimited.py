"""CSV and TSV files, whole: every row is checked before pandas reads the file."""

from array import array
from collections.abc import Collection
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ikura.data.compressed import BLOCK, read_bytes
from ikura.data.csv_file import CsvFile
from ikura.data.decimals import find_commas
from ikura.data.layout import BLANKS, MISSING, Layout, find_layout
from ikura.data.text import text_lines
from ikura.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Delimited:
    """Rows of separated cells, all of one width."""

    path: Path
    layout: Layout
    data: bytes
    """UTF-8."""
    header: bool
    """Whether the data begins with it."""
    width: int
    """Of the columns that are read: those before what is empty at the end of all rows."""
    lines: "array[int]"
    """The line at which each row begins, from 1."""

    @property
    def names(self) -> tuple[str, ...] | None:
        """Of the columns, if they have any."""
        return None if self.layout.names is None else self.layout.names[: self.width]

    @property
    def notes(self) -> tuple[str, ...]:
        """What was guessed and left out."""
        return (*self.layout.notes, *self.layout.left_out(self.width))

    def commas(self, frame: "pd.DataFrame") -> dict[int, str]:
        """Return the notations of the columns whose decimal sign is a comma; `frame` holds all rows."""
        if self.layout.separator == ",":
            return {}
        different = {
            place: frame.iloc[:, place].dropna().unique()
            for place, dtype in enumerate(frame.dtypes)
            if dtype.kind not in "biuf"
        }
        # Truth values with gaps are no text.
        texts = {
            place: {value.strip() for value in found}
            for place, found in different.items()
            if all(isinstance(value, str) for value in found)
        }
        if not find_commas(texts):
            return {}
        # Where pandas saw numbers with a point, these may be thousands: 1.234 beside 0,5.
        points = [place for place, dtype in enumerate(frame.dtypes) if dtype.kind == "f"]
        again = self.frame(points) if points else frame
        return find_commas(texts | {place: set(again.iloc[:, place].dropna().str.strip()) for place in points})

    def frame(self, text_columns: Collection[int]) -> "pd.DataFrame":
        """Return the rows, with the columns at `text_columns` kept as text; the index holds their lines."""
        import pandas as pd

        try:
            frame = pd.read_csv(
                BytesIO(self.data),
                encoding="utf-8",
                sep=r"\s+" if self.layout.separator == BLANKS else self.layout.separator,
                quotechar=self.layout.quote,
                header=0 if self.header else None,
                names=list(range(self.layout.cells)),
                usecols=list(range(self.width)),
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
                f"{self.path}: it has {len(self.lines)} rows from line {self.lines[0]} on, but {len(frame)} could be "
                "read; a row must hold its cells: delete lines of nothing but quotes or spaces"
            )
        if self.names is not None:
            frame.columns = pd.Index(self.names)
        frame.index = pd.Index(np.frombuffer(self.lines, dtype=np.int64), name="line")
        return frame


def read_delimited(file: CsvFile) -> Delimited:
    """Read a CSV or TSV file as text, and check that it is a table.

    Raises:
        DataError: it is not UTF-8 text, empty, without rows, ragged, too wide, or has two columns of one name.

    """
    path = Path(file.path)
    data = read_bytes(path)
    blocks = [memoryview(data)[start : start + BLOCK] for start in range(0, len(data), BLOCK)]
    layout = find_layout(file, data, text_lines(blocks, path))
    rows = layout.rows(text_lines(blocks, path), path)
    lines = array("q", (line for line, _ in rows))
    return Delimited(path, layout, data, layout.names is not None, rows.filled, lines)
