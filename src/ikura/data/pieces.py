"""Tables of any length, some rows at a time, in bounded memory; no piece changes how another is read."""

import codecs
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ikura.data.csv_file import CsvFile
from ikura.data.delimited import Delimited
from ikura.data.examples import frame_naming
from ikura.data.layout import SAMPLE_BYTES, Rows, find_layout
from ikura.data.naming import Naming
from ikura.data.parquet import parquet_frames
from ikura.data.preprocessing import Preprocessing
from ikura.data.sources import Features, find_places
from ikura.data.text import text_lines

if TYPE_CHECKING:
    import pandas as pd

CELLS = 200_000
"""About so many cells make a piece."""


class Piece(NamedTuple):
    """Some rows of a table."""

    frame: "pd.DataFrame"
    naming: Naming
    """Of the features and these rows."""


class Pieces(NamedTuple):
    """A table, a piece at a time."""

    places: dict[int, int]
    """Where the frames have each feature, by its number."""
    pieces: Iterator[Piece]
    notes: Callable[[], tuple[str, ...]]
    """What there is to say about the table, once all pieces were read."""


def text_pieces(file: CsvFile, blocks: Iterator[bytes], preprocessing: Preprocessing) -> Pieces:
    """Read the features of a text file, which comes in blocks; its first rows tell how its cells stand.

    Raises:
        DataError: columns are missing, or it is no table; in the middle of the pieces, where it stops to be one.
    """
    path, head = Path(file.path), list[bytes]()
    while sum(map(len, head)) < SAMPLE_BYTES and (block := next(blocks, b"")):
        head.append(block)
    lines, seen, kept = text_lines(chain(head, blocks), path), list[str](), list[str]()
    layout = find_layout(file, b"".join(head), _noted(lines, seen))
    places, width = find_places(layout, layout.filled, preprocessing, str(path))
    by_name = layout.names is not None and preprocessing.names is not None
    rows = layout.rows(_noted(chain(seen, lines), kept), path, layout.most if by_name else min(layout.most, width))
    kept.clear()  # the header

    def notes() -> tuple[str, ...]:
        found = rows.filled if by_name else width
        return (*layout.notes, *layout.left_out(rows.filled), *preprocessing.remarks(layout.names, found, places))

    none = Delimited(path, layout, b"", False, 1 + max(places.values(), default=0), array("q"))
    tables = _tables(rows, max(1, CELLS // layout.cells), kept, none)
    naming = _naming(str(path), preprocessing, places, "line")
    frames = ((table.frame(places.values()), table.lines) for table in tables)
    return Pieces(places, (Piece(frame, replace(naming, rows=lines)) for frame, lines in frames), notes)


def parquet_pieces(path: Path, preprocessing: Preprocessing) -> Pieces:
    """Read the features of a Parquet file.

    Raises:
        DataError: columns are missing, pyarrow is not installed, or the file is damaged.
    """
    frames = parquet_frames(path, CELLS)
    columns = next(frames)
    names = frame_naming(columns, str(path)).names
    places = preprocessing.find_columns(names, columns.shape[1], str(path))
    remarks = preprocessing.remarks(names, columns.shape[1], places)
    return Pieces(places, _numbered(frames, _naming(str(path), preprocessing, places, "row")), lambda: remarks)


def whole_pieces(features: Features, source: str, preprocessing: Preprocessing) -> Pieces:
    """Take features that were read whole as one piece."""
    frame: Any = features.values
    naming = frame_naming(frame, source)
    places = preprocessing.find_columns(naming.names, frame.shape[1], source)
    piece = Piece(frame, replace(naming, names=preprocessing.names))
    return Pieces(places, iter([piece]), lambda: features.notes)


def _tables(rows: Rows, most: int, kept: list[str], none: Delimited) -> Iterator[Delimited]:
    """Yield so many rows at a time as a table like `none`; `kept` are the lines of the rows that were read."""
    while lines := array("q", (line for line, _ in islice(rows, most))):
        # pandas takes one mark of the order of bytes for none of the text.
        yield replace(none, data=codecs.BOM_UTF8 + "".join(kept).encode(), lines=lines)
        kept.clear()


def _numbered(frames: "Iterator[pd.DataFrame]", naming: Naming) -> Iterator[Piece]:
    start = 0
    for frame in frames:
        yield Piece(frame, replace(naming, rows=range(start, start + len(frame))))
        start += len(frame)


def _naming(source: str, preprocessing: Preprocessing, places: dict[int, int], row_word: str) -> Naming:
    left_out = preprocessing.target_indices if any(number != place for number, place in places.items()) else ()
    return Naming(source, preprocessing.names, row_word=row_word, left_out=left_out)


def _noted(lines: Iterable[str], seen: list[str]) -> Iterator[str]:
    """Yield lines and keep them: a row may have many, so that nobody knows how many make a sample."""
    for line in lines:
        seen.append(line)
        yield line
