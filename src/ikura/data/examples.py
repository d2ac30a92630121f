"""Features and labels from arrays and frames, checked, before labels become classes."""

import sys
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.data.columns import Column, check_finite, parses_as_number, read_column
from ikura.data.labels import check_present
from ikura.data.naming import Naming
from ikura.errors import DataError
from ikura.wording import count, first_few, suggestion

if TYPE_CHECKING:
    import pandas as pd

Columns: TypeAlias = NDArray[Any] | tuple[Column, ...]
"""A matrix of numbers [example, feature], or a column of its own kind for each feature."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Features with their labels."""

    naming: Naming
    columns: Columns
    labels: NDArray[Any]
    target: str
    """What messages call the labels."""
    target_index: int | None = None
    """Where they stood among the source's columns, if they did."""
    images: bool = False
    notes: tuple[str, ...] = ()


def is_frame(value: object) -> bool:
    """Tell whether it is a pandas DataFrame, without importing pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def from_arrays(x: Any, y: Any, source: str) -> Examples:
    """Make examples of features x: an array [example, feature], images [example, height, width(, channel)], a frame.

    Raises:
        DataError: a wrong rank or type, other than one label an example, no examples, missing labels, infinities.

    """
    if is_frame(x):
        _refuse_empty(x.shape, source)
        naming = frame_naming(x, source)
        columns, images = frame_columns(x, naming, range(x.shape[1])), False
    else:
        naming = Naming(source)
        array = as_array(x, source)
        images = array.ndim > 2
        columns = array_columns(array, naming)
    labels = _labels(y, source)
    rows = row_count(columns)
    if rows != len(labels):
        raise DataError(
            f"{source}: x has {count(rows, 'example')} and y {count(len(labels), 'label')}; there must be one label "
            "for each example: give the matching rows"
        )
    check_present(labels, "the label y", naming)
    return Examples(naming, columns, labels, "y", images=images)


def from_frame(frame: "pd.DataFrame", target: str | int | None, source: str) -> Examples:
    """Examples from a frame that holds the labels in one of its columns; target None: the last.

    Raises:
        DataError: no such column, no other column, no rows, missing labels, infinities, types that are no data.

    """
    naming = frame_naming(frame, source)
    index = find_target(target, naming, frame.shape[1])
    if len(frame) == 0:
        raise DataError(f"{source}: there are no rows; every example is a row: give at least a few of each class")
    labels = _series_labels(frame.iloc[:, index])
    check_present(labels, naming.column(index), naming)
    kept = [column for column in range(frame.shape[1]) if column != index]
    notes: tuple[str, ...] = ()
    if index != 0 and _is_row_count(frame, naming):
        notes = ("the unnamed first column only counts the rows, and was left out",)
        kept.remove(0)
    names = None if naming.names is None else tuple(naming.names[column] for column in kept)
    if not kept:
        raise DataError(f"{source}: no column is left beside the target; there must be a feature: add columns")
    columns = frame_columns(frame, naming, kept)
    features = replace(naming, names=names, left_out=index)
    return Examples(features, columns, labels, naming.column(index), index, notes=notes)


def frame_naming(frame: "pd.DataFrame", source: str) -> Naming:
    """How to name the frame's rows and columns; columns 0, 1, 2... have no names.

    Raises:
        DataError: two columns have one name.

    """
    names = tuple(map(str, frame.columns))
    for name, times in Counter(names).items():
        if times > 1:
            raise DataError(f"{source}: {times} columns are named {name!r}; names must differ: rename them")
    unnamed = list(frame.columns) == list(range(len(names)))
    rows = None if frame.reset_index(drop=True).index.equals(frame.index) else list(frame.index)
    return Naming(source, None if unnamed else names, rows, str(frame.index.name or "row"))


def find_target(target: str | int | None, naming: Naming, width: int) -> int:
    """Find the target's column: by name, or by position from 0 or backwards from -1; None: the last."""
    if width < 2:
        raise DataError(
            f"{naming.source}: there is {count(width, 'column')}; a table needs features and the target: separate the "
            "cells by commas, semicolons, tabs or bars"
        )
    if target is None:
        return width - 1
    names = naming.names or ()
    if isinstance(target, str) and target in names:
        return names.index(target)
    try:
        position = int(target)
    except ValueError:
        known = (
            f"the columns are {first_few(names)}: {suggestion(target, names) or 'name one of them'}"
            if names
            else f"there is no header: give a position from 0 to {width - 1}, or backwards from -1"
        )
        raise DataError(f"{naming.source}: there is no column {target!r}; {known}") from None
    if not -width <= position < width:
        raise DataError(
            f"{naming.source}: target {position} is outside the {width} columns; positions go from 0 to {width - 1}, "
            f"or backwards from -1 to {-width}: give one of these, or a name"
        )
    return position % width


def as_array(x: Any, source: str) -> NDArray[Any]:
    """Return features as an array of rank 2, 3 or 4.

    Raises:
        DataError: another rank, rows of different lengths, no examples or no features, complex numbers.

    """
    try:
        array = np.asarray(x)
    except ValueError:
        raise DataError(
            f"{source}: the rows of x differ in length; all must have as many features: mend them"
        ) from None
    if array.ndim not in (2, 3, 4):
        raise DataError(
            f"{source}: x has rank {array.ndim}, shape {array.shape}; it must be [example, feature], or images "
            "[example, height, width] or [example, height, width, channel]: reshape it"
        )
    _refuse_empty(array.shape, source)
    if array.dtype.kind not in "biufOSUMm":
        raise DataError(f"{source}: x is of type {array.dtype}; features must be numbers, text or dates: convert it")
    return array


def array_columns(array: NDArray[Any], naming: Naming) -> Columns:
    """Return an array's columns, images flattened: a matrix if it holds numbers, else a column of its kind each."""
    flat = array.reshape(len(array), -1)
    if flat.dtype.kind in "biuf":
        check_finite(flat, naming, range(flat.shape[1]))
        return flat
    import pandas as pd

    frame = array_frame(flat)
    if flat.dtype.kind in "US":  # one word makes NumPy turn all numbers into text
        for column in frame.columns:
            if all(map(parses_as_number, frame[column])):
                frame[column] = pd.to_numeric(frame[column])
    return frame_columns(frame, naming, range(frame.shape[1]))


def array_frame(array: NDArray[Any]) -> "pd.DataFrame":
    """Return an array of text, dates or objects as a frame."""
    import pandas as pd

    flat = array.reshape(len(array), -1)
    return pd.DataFrame(np.char.decode(flat, "utf-8") if flat.dtype.kind == "S" else flat)


def frame_columns(frame: "pd.DataFrame", naming: Naming, kept: "list[int] | range") -> tuple[Column, ...]:
    """Read the columns at the positions `kept`, each of the kind that it holds."""
    return tuple(read_column(frame.iloc[:, index], naming, index) for index in kept)


def row_count(columns: Columns) -> int:
    """Count the examples."""
    return len(columns) if isinstance(columns, np.ndarray) else len(columns[0].values)


def _refuse_empty(shape: tuple[int, ...], source: str) -> None:
    if 0 in shape:
        raise DataError(f"{source}: x is empty, shape {shape}; it must hold examples with features: fill it")


def _is_row_count(frame: "pd.DataFrame", naming: Naming) -> bool:
    """Tell whether the first column is the row numbers as pandas and R write them; they would leak the order."""
    if naming.names is None or naming.names[0] != "Unnamed: 0" or frame.dtypes.iloc[0].kind not in "iu":
        return False
    numbers = frame.iloc[:, 0].to_numpy()
    return bool(numbers[0] in (0, 1) and (np.diff(numbers) == 1).all())


def _labels(y: Any, source: str) -> NDArray[Any]:
    pandas = sys.modules.get("pandas")
    if is_frame(y) and y.shape[1] == 1:
        y = y.iloc[:, 0]
    if pandas is not None and isinstance(y, pandas.Series):
        return _series_labels(y)
    labels = np.asarray(y) if hasattr(y, "__array__") else np.asarray(y, dtype=object)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise DataError(
            f"{source}: y has rank {labels.ndim}, shape {labels.shape}; it must be [example], one label each: for "
            "one-hot labels give y.argmax(axis=1)"
        )
    return labels


def _series_labels(series: "pd.Series") -> NDArray[Any]:
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "biuf":
        return series.to_numpy()
    return series.astype(object).to_numpy()
