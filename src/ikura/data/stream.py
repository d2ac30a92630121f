"""The network's inputs from a file of any length, or from standard input, and what in it was not known."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ikura.data.bundled import BUNDLED
from ikura.data.compressed import file_blocks, stream_blocks
from ikura.data.csv_file import CsvFile
from ikura.data.pieces import Piece, Pieces, parquet_pieces, text_pieces, whole_pieces
from ikura.data.preprocessing import OneHot, Preprocessing
from ikura.data.sources import as_csv_file, find_file, read_features, suffix_of
from ikura.errors import DataError
from ikura.wording import count, listing

STANDARD_INPUT = "-"

_NAMED = 3
"""So many texts that were not known are named."""


class InputStream:
    """Yields inputs [example, feature] as `Preprocessing.transform` gives them, some rows at a time.

    Text, packed or not, and Parquet are read in bounded memory; NPZ and Excel files and bundled sets whole.
    """

    def __init__(self, source: str | Path | CsvFile, preprocessing: Preprocessing) -> None:
        self.notes: tuple[str, ...] = ()
        """What there is to say about the file, once it was read."""
        self._source = source
        self._preprocessing = preprocessing
        self._unknown: dict[int, _Unknown] = {}

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        """Read the file.

        Raises:
            DataError: it cannot be read, columns of training are missing, a cell is not of its column's kind.
        """
        if (found := self._pieces()) is None:
            features = read_features(self._source, self._preprocessing)
            self.notes = features.notes
            yield self._preprocessing.transform(features.values)
            return
        for piece in found.pieces:
            yield self._encode(piece, found.places)
        self.notes = found.notes()

    def unknown(self) -> list[str]:
        """Return a line for each column of text that held what training had not."""
        return [str(unknown) for _, unknown in sorted(self._unknown.items())]

    def _pieces(self) -> Pieces | None:
        """Open the source; None for arrays."""
        source, preprocessing = self._source, self._preprocessing
        if str(source) == STANDARD_INPUT:
            if sys.stdin is None:
                raise DataError("standard input: it is closed; give CSV to it, or the name of a file")
            path = Path("standard input")
            blocks = stream_blocks(sys.stdin.buffer, path)
        elif str(source) in BUNDLED and not isinstance(source, CsvFile):
            return None
        else:
            path = find_file(source)
            suffix = suffix_of(path)
            if suffix == ".npz":
                return None
            if suffix == ".parquet":
                return parquet_pieces(path, preprocessing)
            if suffix == ".xlsx":
                return whole_pieces(read_features(source, preprocessing), str(source), preprocessing)
            blocks = file_blocks(path)
        return text_pieces(replace(as_csv_file(source), path=path), _told(blocks, path), preprocessing)

    def _encode(self, piece: Piece, places: dict[int, int]) -> NDArray[np.float32]:
        def column(number: int) -> NDArray[np.generic]:
            values = self._preprocessing.read(piece.frame.iloc[:, places[number]], number, piece.naming, number)
            encoder = self._preprocessing.columns[number]
            if isinstance(encoder, OneHot):
                known = frozenset(category and category.strip() for category in encoder.categories)
                for value in values:
                    if value not in known:
                        self._unknown.setdefault(number, _Unknown(piece.naming.short(number))).add(value)
            return values

        return self._preprocessing.encode(column, len(piece.frame), piece.naming)


def _told(blocks: Iterator[bytes], path: Path) -> Iterator[bytes]:
    """Yield the blocks; what the system refuses is told as what it is."""
    try:
        yield from blocks
    except OSError as error:
        raise DataError(
            f"{path}: it cannot be read: {error.strerror or error}; the file must be readable: check its permissions"
        ) from None


class _Unknown:
    """What a column of text held that training had not; only the first few are kept."""

    def __init__(self, column: str) -> None:
        self._column = column
        self._times = 0
        self._first: dict[str | None, None] = {}
        self._more = False

    def add(self, value: str | None) -> None:
        self._times += 1
        if len(self._first) < _NAMED:
            self._first[value] = None
        elif value not in self._first:
            self._more = True

    def __str__(self) -> str:
        shown = ["none" if value is None else repr(value) for value in self._first]
        named = f"{', '.join(shown)} and others" if self._more else listing(shown, "and")
        return (
            f"{self._column}: {count(self._times, 'value')} not in training, taken for none of its categories: {named}"
        )
