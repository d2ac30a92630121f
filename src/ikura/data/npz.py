"""NPZ files: NumPy arrays by name, never pickle."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ikura.data.origin import listing
from ikura.errors import DataError

_LAYOUT = "x and y, or x_train, y_train, x_test, y_test and perhaps x_dev, y_dev"


def read_npz(path: Path) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
    """Read features and labels by part: `all`, or `train`, `test` and perhaps `dev`.

    Raises:
        DataError: damaged, pickled, or without those arrays.

    """
    with _open(path) as file:
        if {"x", "y"} <= set(file.files):
            parts = {"all": ("x", "y")}
        else:
            parts = {part: (f"x_{part}", f"y_{part}") for part in ("train", "dev", "test")}
            if not {"x_dev", "y_dev"} & set(file.files):
                del parts["dev"]
        absent = [name for names in parts.values() for name in names if name not in file.files]
        if absent:
            raise DataError(
                f"{path}: it holds {listing(file.files, 10) or 'no arrays'}, but not {absent[0]!r}; it must hold "
                f"{_LAYOUT}: save it with numpy.savez(path, x=x, y=y)"
            )
        return {part: (_array(file, x, path), _array(file, y, path)) for part, (x, y) in parts.items()}


def read_npz_features(path: Path) -> tuple[NDArray[Any], str]:
    """Read the features alone, and the name of their array: `x`, else `x_test`."""
    with _open(path) as file:
        for name in ("x", "x_test"):
            if name in file.files:
                return _array(file, name, path), name
        raise DataError(
            f"{path}: it holds {listing(file.files, 10) or 'no arrays'}; features to predict from must be named x: "
            "save it with numpy.savez(path, x=x)"
        )


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    with path.open("rb") as stream:  # NumPy leaves a damaged file open if it opened it
        try:
            file = np.load(stream, allow_pickle=False)
        except (ValueError, EOFError, BadZipFile) as error:
            raise _damaged(path, error) from None
        if isinstance(file, np.ndarray):
            raise DataError(
                f"{path}: it is one array (NPY); an NPZ file must hold {_LAYOUT}: save it with numpy.savez(path, x=x, "
                "y=y)"
            )
        with file:
            yield file


def _array(file: Any, name: str, path: Path) -> NDArray[Any]:
    try:
        return file[name]
    except (ValueError, EOFError, BadZipFile, OSError, zlib.error) as error:
        if "allow_pickle" in str(error):
            raise DataError(
                f"{path}: array {name!r} holds Python objects, which only pickle can load; pickle can run code, so it "
                f"is refused: save it as numbers or text, such as {name}.astype(str)"
            ) from None
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> DataError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return DataError(f"{path}: it is no whole NPZ file ({reason}); it may be cut off or renamed: save or copy it again")
