"""The bytes of files of text, also of those that gzip, bzip2, xz or zip made smaller."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from ikura.data.limits import check_ratio, check_unpacked
from ikura.errors import DataError

_OPENERS: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}

COMPRESSED = (*_OPENERS, ".zip")

BLOCK = 2**18
"""So many bytes are read at once; a large block would be taken whole from the memory."""

_GZIP = b"\x1f\x8b"

_DAMAGE = (EOFError, zlib.error, lzma.LZMAError, BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError)


def read_bytes(path: Path) -> bytes:
    """Read a file, unpacked.

    Raises:
        DataError: it is damaged, unpacks to far more than it is, or is an archive of several files.
        OSError: it cannot be read.

    """
    return b"".join(file_blocks(path)) if path.suffix.lower() in COMPRESSED else path.read_bytes()


def file_blocks(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes, unpacked.

    Raises:
        DataError: it is damaged, unpacks to far more than it is, or is an archive of several files.
        OSError: it cannot be read.

    """
    suffix = path.suffix.lower()
    with path.open("rb") as stream:
        if suffix not in COMPRESSED:
            yield from _blocks(stream)
            return
        with _damage_told(path, suffix):
            file = _member(stream, path) if suffix == ".zip" else _OPENERS[suffix](stream)
        unpacked = 0
        with file:
            for block in _unpacked(file, path, suffix):
                unpacked += len(block)
                check_unpacked(path, unpacked)
                yield block


def stream_blocks(stream: Any, path: Path) -> Iterator[bytes]:
    """Yield the bytes of a buffered stream, unpacked where gzip made them.

    Raises:
        DataError: they are damaged, or unpack to far more than they are.
        OSError: they cannot be read.

    """
    if not stream.peek(len(_GZIP)).startswith(_GZIP):
        yield from _blocks(stream)
        return
    packed = _Counted(stream)
    unpacked = 0
    with gzip.open(packed) as file:
        for block in _unpacked(file, path, ".gz"):
            unpacked += len(block)
            check_ratio(path, packed.count, unpacked)
            yield block


class _Counted(io.RawIOBase):
    """Gives the bytes of a stream, and counts them."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.count = 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        found = self._stream.read(size)
        self.count += len(found)
        return found


def _blocks(file: Any) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _unpacked(file: Any, path: Path, suffix: str) -> Iterator[bytes]:
    blocks = _blocks(file)
    while True:
        with _damage_told(path, suffix):
            block = next(blocks, b"")
        if not block:
            return
        yield block


@contextmanager
def _damage_told(path: Path, suffix: str) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        if isinstance(error, DataError):
            raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{path}: it is no whole {suffix} file ({reason}); it may be cut off or renamed: save or copy it again"
        ) from None


def _member(stream: IO[bytes], path: Path) -> IO[bytes]:
    archive = ZipFile(stream)
    names = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
    if len(names) != 1:
        raise DataError(
            f"{path}: it holds {len(names)} files; a packed table must be one: unpack it, and name the file"
        )
    return archive.open(names[0])
