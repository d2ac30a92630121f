"""Files that are whole, or not there; names of folders."""

import errno
import os
import re
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its place and move it there; where that fails, what was there before stays.

    Raises:
        OSError: it cannot be written.
    """
    if not path.name:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
        unfinished.replace(path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise


def folder_name(study: str) -> str:
    """Return a study's name as one of a folder, which leads nowhere else."""
    return re.sub(r"[^\w.-]+|^\.+", "-", study)
