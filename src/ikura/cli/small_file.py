"""Files that are read whole into memory."""

from pathlib import Path

from ikura.errors import SettingError
from ikura.files import irregular


def start_of(path: Path, most: int, *, argument: str, kind: str) -> bytes:
    """Return at most so many bytes of a file; a device would be read until the memory is full.

    Args:
        path: of the file.
        most: bytes.
        argument: that named it.
        kind: of file that it must be, as "a TOML file".

    Raises:
        SettingError: it is no file, or cannot be read.
    """
    try:
        if (what := irregular(path)) is not None:
            raise SettingError(f"{argument}: {path} is {what}; it must be {kind}: check the path")
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise SettingError(
            f"{argument}: {path} cannot be read ({error.strerror}); it must be {kind}: check the path"
        ) from error
