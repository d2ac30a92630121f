"""What a small file may claim to hold: memory is taken for what there is, not for what a header promises."""

from pathlib import Path

from ikura.errors import DataError

ALWAYS = 64 * 2**20
"""So many bytes any file may unpack to."""

RATIO = 200
"""More than that must be at most so many times the file. Blank images compress about 1,000 times, photographs twice."""


def check_unpacked(path: Path, unpacked: int) -> None:
    """Refuse a file that unpacks to far more bytes than it has.

    Raises:
        DataError: it does.

    """
    check_ratio(path, path.stat().st_size, unpacked)


def check_ratio(path: Path, size: int, unpacked: int) -> None:
    """Refuse so many packed bytes, of a file or what of a stream was read, that unpack to far more.

    Raises:
        DataError: they do.

    """
    if unpacked > max(ALWAYS, RATIO * size):
        raise DataError(
            f"{path}: its {size:,} bytes unpack to {unpacked:,}; a file may unpack to {RATIO} times its size: "
            "if it is what you mean, save it uncompressed"
        )
