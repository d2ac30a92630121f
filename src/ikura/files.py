"""Files that are whole, or not there."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ikura.errors import SettingError


def as_place(what: str, given: object) -> str:
    """Return a path, or another address of that kind, that a user gave.

    Raises:
        SettingError: it is none.
    """
    if not isinstance(given, str | os.PathLike):
        raise SettingError(f"{what}: {given!r} is of type {type(given).__name__}; it must be a path: give one")
    return os.fsdecode(given)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its place and move it there; where that fails, what was there before stays.

    Raises:
        OSError: it cannot be written.
    """
    with whole_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Hand out a file beside its place, and move it there once the block is done; where that fails, it is removed.

    Raises:
        OSError: it cannot be written.
    """
    if not path.name:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise


def irregular(path: Path) -> str | None:
    """Say what there is at a path where it is no regular file, which may never end; None where it is one, or nothing.

    Raises:
        OSError: it cannot be reached.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the last where no path can be like that
        return None
    kinds = {"a folder": stat.S_ISDIR, "a pipe": stat.S_ISFIFO, "a socket": stat.S_ISSOCK}
    return None if stat.S_ISREG(mode) else next((kind for kind, is_it in kinds.items() if is_it(mode)), "a device")
