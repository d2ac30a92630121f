"""NPZ files: NumPy arrays by name, never pickle. An array's header is checked before memory is taken for it."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from struct import error as StructError  # noqa: N812
from tokenize import TokenError
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from numpy.lib import format as npy
from numpy.typing import NDArray

from ikura.data.limits import check_unpacked
from ikura.errors import DataError
from ikura.wording import first_few

_LAYOUT = "x and y, or x_train, y_train, x_test, y_test and perhaps x_dev, y_dev"

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}

_DAMAGE = (ValueError, OverflowError, EOFError, BadZipFile, OSError, zlib.error, StructError)
_DAMAGED_HEADER = (*_DAMAGE, TokenError, SyntaxError, TypeError, RecursionError, MemoryError)


def read_npz(path: Path) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
    """Read features and labels by part: `all`, or `train`, `test` and perhaps `dev`.

    Raises:
        DataError: damaged, pickled, or without those arrays.

    """
    with _open(path) as (file, arrays):
        if {"x", "y"} <= arrays.keys() or ({"x", "y"} & arrays.keys() and "x_train" not in arrays):
            parts = {"all": ("x", "y")}
        else:
            parts = {part: (f"x_{part}", f"y_{part}") for part in ("train", "dev", "test")}
            if not {"x_dev", "y_dev"} & arrays.keys():
                del parts["dev"]
        absent = [name for names in parts.values() for name in names if name not in arrays]
        if absent:
            raise DataError(
                f"{path}: it holds {first_few(list(arrays), 10) or 'no arrays'}, but not {absent[0]!r}; it must hold "
                f"{_LAYOUT}: save it with numpy.savez(path, x=x, y=y)"
            )
        check_unpacked(path, sum(arrays[name].file_size for names in parts.values() for name in names))
        return {part: (_array(file, arrays[x], path), _array(file, arrays[y], path)) for part, (x, y) in parts.items()}


def read_npz_features(path: Path) -> tuple[NDArray[Any], str]:
    """Read the features alone, and the name of their array: `x`, else `x_test`."""
    with _open(path) as (file, arrays):
        for name in ("x", "x_test"):
            if name in arrays:
                check_unpacked(path, arrays[name].file_size)
                return _array(file, arrays[name], path), name
        raise DataError(
            f"{path}: it holds {first_few(list(arrays), 10) or 'no arrays'}; features to predict from must be named x: "
            "save it with numpy.savez(path, x=x)"
        )


@contextmanager
def _open(path: Path) -> Iterator[tuple[ZipFile, dict[str, ZipInfo]]]:
    with path.open("rb") as stream:
        if stream.read(6) == b"\x93NUMPY":
            raise DataError(
                f"{path}: it is one array (NPY); an NPZ file must hold {_LAYOUT}: save it with numpy.savez(path, x=x, "
                "y=y)"
            )
        try:
            file = ZipFile(stream)
        except (*_DAMAGE, NotImplementedError) as error:
            raise _damaged(path, error) from None
        with file:
            yield file, {info.filename.removesuffix(".npy"): info for info in file.infolist()}


def _array(file: ZipFile, info: ZipInfo, path: Path) -> NDArray[Any]:
    name = info.filename.removesuffix(".npy")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or info.flag_bits & 1:
        raise DataError(
            f"{path}: array {name!r} is encrypted, or compressed in a way that NumPy does not write: save it with "
            "numpy.savez"
        )
    try:
        with file.open(info) as member:
            _check_header(member, info, name, path)
        with file.open(info) as member:
            return npy.read_array(member, allow_pickle=False)
    except _DAMAGED_HEADER as error:
        if isinstance(error, DataError):
            raise
        raise _damaged(path, error) from None


def _check_header(member: IO[bytes], info: ZipInfo, name: str, path: Path) -> None:
    version = npy.read_magic(member)
    if version not in _HEADERS:
        raise ValueError(f"array {name!r} is of format {version}")
    shape, _, dtype = _HEADERS[version](member)
    if dtype.hasobject:
        raise DataError(
            f"{path}: array {name!r} holds Python objects, which only pickle can load; pickle can run code, so it "
            f"is refused: save it as numbers or text, such as {name}.astype(str)"
        )
    there = info.file_size - member.tell()
    if min((0, *shape)) < 0 or prod(shape) * dtype.itemsize != there or (dtype.itemsize == 0 and prod(shape)):
        raise ValueError(f"array {name!r} claims shape {str(shape)[:60]} of {dtype.str[:20]} and has {there:,} bytes")


def _damaged(path: Path, error: Exception) -> DataError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return DataError(f"{path}: it is no whole NPZ file ({reason}); it may be cut off or renamed: save or copy it again")
