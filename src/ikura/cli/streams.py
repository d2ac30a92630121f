"""Standard output and error in any surroundings: closed, on a full device, or into a pipe that nobody reads."""

import errno
import io
import os
import sys
from contextlib import suppress
from typing import TextIO


class Unprintable(Exception):  # noqa: N818 - no mistake of anybody's here
    """Standard output takes nothing more."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"standard output: nothing can be printed there ({error.strerror}): send it elsewhere")
        self.nobody_reads = error.errno == errno.EPIPE
        """Whether a reader has gone, who has seen what it wanted, like `head`."""


def open_streams() -> None:
    """Have what cannot be shown on standard error be dropped, and what cannot be printed raise Unprintable.

    Standard streams that are closed get a device: a database would have their number otherwise, and take what is
    printed.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free, which is this one; writing to it fails, as it should.
            os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False, encoding="utf-8")  # noqa: SIM115 - as Python's own
    sys.stdout = _text(_Answers(1, "w", closefd=False), sys.stdout)
    sys.stderr = _text(_Shown(2, "w", closefd=False), sys.stderr)


def tell(text: str) -> None:
    """Write to standard error past all buffers, which may be in the middle of something."""
    with suppress(OSError):
        os.write(2, text.encode(errors="backslashreplace"))


def give_up_stdout() -> None:
    """Drop what standard output would still be given, now and when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


class _Answers(io.FileIO):
    """Raises Unprintable where it cannot be written."""

    def write(self, content: object, /) -> int:
        try:
            return super().write(content)  # pyright: ignore[reportArgumentType, reportReturnType] - as FileIO's
        except OSError as error:
            raise Unprintable(error) from error


class _Shown(io.FileIO):
    """Drops what cannot be written: progress that nobody sees is no reason to stop."""

    def write(self, content: object, /) -> int:
        try:
            written = super().write(content)  # pyright: ignore[reportArgumentType] - as FileIO's
        except OSError:
            written = None
        return len(content) if written is None else written  # pyright: ignore[reportArgumentType]


def _text(raw: io.FileIO, before: TextIO | None) -> io.TextIOWrapper:
    """Return a stream of text over a raw one, like the one that Python opened."""
    encoding = getattr(before, "encoding", None) or "utf-8"
    # Not every terminal can show every name, and no answer shall be lost for that.
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=encoding,
        errors="backslashreplace",
        line_buffering=raw.fileno() == 2 or raw.isatty(),
    )
