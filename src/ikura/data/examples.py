"""Features and labels from arrays and frames, checked, before labels become classes."""

import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.data.arrays import plain_array, to_array
from ikura.data.columns import Column, check_finite, read_column
from ikura.data.labels import check_present
from ikura.data.matching import in_order_of, index_of
from ikura.data.naming import Naming
from ikura.data.numerals import parses_as_number, plain_number
from ikura.data.roles import NO_ROLES, NOTHING_KNOWN, Known, Roles, known_of, roles_in_order_of
from ikura.data.row_numbers import find_empty, find_row_numbers, note_on, note_on_empty, note_on_suspects
from ikura.data.targets import Labels
from ikura.errors import DataError
from ikura.wording import count, first_few, listing, suggestion

if TYPE_CHECKING:
    import pandas as pd

TargetColumns: TypeAlias = "str | int | Sequence[str | int] | None"
"""The column of the labels by name or position, or several; None: the last."""

Columns: TypeAlias = NDArray[Any] | tuple[Column, ...]
"""A matrix of numbers [example, feature], or a column of its own kind for each feature."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Features with their labels."""

    naming: Naming
    columns: Columns
    labels: Labels
    target_indices: tuple[int, ...] = ()
    """Where they stood among the source's columns, if they did."""
    images: bool = False
    notes: tuple[str, ...] = ()
    known: Known = NOTHING_KNOWN
    """What else is known of each example."""


def is_frame(value: object) -> bool:
    """Tell whether it is a pandas DataFrame, without importing pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def from_arrays(
    x: Any, y: Any, source: str, left_out: Collection[str] | None = None, *, roles: Roles = NO_ROLES
) -> Examples:
    """Make examples of features x: an array [example, feature], images [example, height, width(, channel)], a frame.

    Args:
        x: the features.
        y: the labels [example].
        source: what messages call them.
        left_out: the columns of a frame that only number the rows, where another part of the split has shown them.
        roles: what else is known of the examples, in columns of a frame or in arrays.

    Raises:
        DataError: a wrong rank or type, other than one label an example, no examples, missing labels, infinities.

    """
    if is_frame(x):
        _refuse_empty(x.shape, source)
    y, notes = in_order_of(index_of(x), y, ("x", "y"), source)
    owner = "x" if index_of(x) is not None else "y"
    roles, matched = roles_in_order_of(index_of(x, y), roles, owner, source)
    notes = (*notes, *matched)
    if is_frame(x):
        whole = naming = frame_naming(x, source)
        places = role_places(roles, naming, x.shape[1])
        kept, more = _kept_columns(x, naming, tuple(places.values()), left_out)
        columns, images, notes = frame_columns(x, naming, kept), False, (*notes, *more)
        naming = _of(naming, kept)
    else:
        whole, places = Naming(source), {}
        naming = Naming(source)
        array = as_array(x, source)
        images = array.ndim > 2
        columns = array_columns(array, naming)
    labels, spaced = _without_spaces(_labels(y, source))
    rows, given = row_count(columns), len(labels.columns[0])
    if rows != given:
        raise DataError(
            f"{source}: x has {count(rows, 'example')} and y {count(given, 'label')}; there must be one label "
            "for each example: give the matching rows"
        )
    for column, words in zip(labels.columns, labels.words, strict=True):
        check_present(column, f"the label {words}", naming)
    known = known_of(roles, rows, whole, x if is_frame(x) else None, places)
    return Examples(naming, columns, labels, images=images, notes=(*notes, *spaced), known=known)


def from_frame(
    frame: "pd.DataFrame",
    target: TargetColumns,
    source: str,
    roles: Roles,
    written: Mapping[int, str] = MappingProxyType({}),
) -> Examples:
    """Examples from a frame that holds the labels in one of its columns, or several; target None: the last.

    What else is known of the examples (`roles`) may stand in columns as well, which are no features. `written` are the
    notations of columns that the file wrote in another way than they stand here.

    Raises:
        DataError: no such column, no other column, no rows, missing labels, infinities, types that are no data.

    """
    naming = frame_naming(frame, source)
    places = role_places(roles, naming, frame.shape[1])
    indices = find_targets(target, naming, frame.shape[1], taken=tuple(places.values()))
    if len(frame) == 0:
        raise DataError(f"{source}: there are no rows; every example is a row: give at least a few of each class")
    labels, spaced = _without_spaces(
        Labels(
            tuple(_series_labels(frame.iloc[:, index]) for index in indices),
            tuple(f"column {index}" if naming.names is None else naming.names[index] for index in indices),
            tuple(naming.column(index) for index in indices),
        )
    )
    for column, words in zip(labels.columns, labels.words, strict=True):
        check_present(column, words, naming)
    kept, notes = _kept_columns(frame, naming, (*indices, *places.values()))
    columns = tuple(
        replace(column, notation=written.get(index, column.notation))
        for index, column in zip(kept, frame_columns(frame, naming, kept), strict=True)
    )
    roles, matched = roles_in_order_of(frame.index, roles, "the table", source)
    known = known_of(roles, len(frame), naming, frame, places)
    stood = tuple(sum(column < index for column in (*kept, *indices, *places.values())) for index in indices)
    learned = () if naming.names is None else tuple(naming.names[index] for index in indices)
    features = replace(_of(naming, kept), left_out=stood, targets=learned)
    return Examples(features, columns, labels, stood, notes=(*notes, *spaced, *matched), known=known)


def role_places(roles: Roles, naming: Naming, width: int) -> dict[str, int]:
    """Return the positions of the roles that are columns of a table.

    Raises:
        DataError: there is no such column, or one has two roles.
    """
    places = {role: _find_target(column, naming, width) for role, column in roles.columns.items()}
    if len(set(places.values())) < len(places):
        raise DataError(f"{naming.source}: {listing(places, 'and')} are one column; each needs its own: name another")
    return places


def _without_spaces(labels: Labels) -> tuple[Labels, tuple[str, ...]]:
    """Return the labels without spaces around their texts, and a note if there were any."""
    stripped = [without_spaces(column) for column in labels.columns]
    notes = dict.fromkeys(note for _, notes in stripped for note in notes)
    return labels._replace(columns=tuple(column for column, _ in stripped)), tuple(notes)


def without_spaces(labels: NDArray[Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return a column of labels without spaces around its texts, and a note if there were any."""
    if labels.dtype.kind in "US":
        stripped = np.strings.strip(labels)
    elif labels.dtype == object:
        stripped = np.empty(len(labels), dtype=object)
        stripped[:] = [label.strip() if isinstance(label, str) else label for label in labels]
    else:
        return labels, ()
    spaced = any(isinstance(old, str | bytes) and new != old for new, old in zip(stripped, labels, strict=True))
    return (stripped, ("spaces around labels were left out",)) if spaced else (labels, ())


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
    rows = None if frame.reset_index(drop=True).index.equals(frame.index) else frame.index
    return Naming(source, None if unnamed else names, rows, str(frame.index.name or "row"))


def find_targets(target: TargetColumns, naming: Naming, width: int, taken: Sequence[int] = ()) -> tuple[int, ...]:
    """Find the target's columns, each by name, or by position from 0 or backwards from -1; None: the last not taken."""
    if target is None and taken:
        target = max((position for position in range(width) if position not in taken), default=0)
    given = [target] if target is None or isinstance(target, str | int) else list(target)
    if not given:
        raise DataError(f"{naming.source}: target is an empty list; there must be a column to learn: name one")
    found = tuple(_find_target(each, naming, width) for each in given)
    for index, times in Counter(found).items():
        if times > 1:
            raise DataError(
                f"{naming.source}: target names {naming.column(index)} {times} times; each is learned once: leave the "
                "others out"
            )
        if index in taken:
            raise DataError(
                f"{naming.source}: {naming.column(index)} is a target, and weights, groups or time as well; a column "
                "is one of these: name another"
            )
    return found


def _find_target(target: str | int | None, naming: Naming, width: int) -> int:
    if width < 2:
        raise DataError(
            f"{naming.source}: there is {count(width, 'column')}; a table needs features and the target: separate the "
            "cells by commas, semicolons, tabs or bars, or name their sign by --separator"
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
    x = plain_array(x, source)
    try:
        array = to_array(x)
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
    frame = array_frame(flat)
    if flat.dtype.kind in "US":  # one word makes NumPy turn all numbers into text
        for column in frame.columns:
            if all(map(parses_as_number, frame[column])):
                frame[column] = frame[column].map(plain_number)
    return frame_columns(frame, naming, range(frame.shape[1]))


def array_frame(array: NDArray[Any]) -> "pd.DataFrame":
    """Return an array of text, dates or objects as a frame."""
    import pandas as pd

    flat = array.reshape(len(array), -1)
    return pd.DataFrame(np.char.decode(flat, "utf-8") if flat.dtype.kind == "S" else flat)


def frame_columns(frame: "pd.DataFrame", naming: Naming, kept: Sequence[int]) -> tuple[Column, ...]:
    """Read the columns at the positions `kept`, each of the kind that it holds."""
    return tuple(read_column(frame.iloc[:, index], naming, index) for index in kept)


def row_count(columns: Columns) -> int:
    """Count the examples."""
    return len(columns) if isinstance(columns, np.ndarray) else len(columns[0].values)


def _refuse_empty(shape: tuple[int, ...], source: str) -> None:
    if 0 in shape:
        raise DataError(f"{source}: x is empty, shape {shape}; it must hold examples with features: fill it")


def _kept_columns(
    frame: "pd.DataFrame", naming: Naming, targets: Sequence[int], left_out: Collection[str] | None = None
) -> tuple[list[int], tuple[str, ...]]:
    """Return the positions of the features, without the target and what only numbers the rows, and what to say."""
    if left_out is None:
        numbering = find_row_numbers(frame, naming, targets)
    else:
        numbering = [position for position, name in enumerate(naming.names or ()) if name in left_out]
    empty = find_empty(frame, naming, targets)
    kept = [column for column in range(frame.shape[1]) if column not in (*targets, *numbering, *empty)]
    if not kept:
        raise DataError(f"{naming.source}: no column is left beside the target; there must be a feature: add columns")
    return kept, (*note_on(numbering, frame, naming), *note_on_empty(empty), *note_on_suspects(frame, naming, kept))


def _of(naming: Naming, kept: Sequence[int]) -> Naming:
    """Return the naming of some of the columns."""
    return naming if naming.names is None else replace(naming, names=tuple(naming.names[column] for column in kept))


def _labels(y: Any, source: str) -> Labels:
    pandas = sys.modules.get("pandas")
    y = plain_array(y, source)
    if pandas is not None and isinstance(y, pandas.Series):
        return Labels((_series_labels(y),), ("y",), ("y",))
    if is_frame(y) and y.shape[1]:
        names = tuple(map(str, y.columns))
        columns = tuple(_series_labels(y.iloc[:, place]) for place in range(y.shape[1]))
        if len(columns) == 1:
            return Labels(columns, ("y",), ("y",))
        return Labels(columns, names, tuple(map(repr, names)))
    labels = np.asarray(y) if hasattr(y, "__array__") else _listed(y)
    if labels.dtype == np.longdouble:
        labels = labels.astype(np.float64)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and labels.shape[1]:
        names = tuple(f"y{place}" for place in range(labels.shape[1]))
        return Labels(tuple(labels.T), names, names)
    if labels.ndim != 1:
        raise DataError(
            f"{source}: y has rank {labels.ndim}, shape {labels.shape}; it must be [example], or [example, target] of "
            "several targets or labels: reshape it"
        )
    return Labels((labels,), ("y",), ("y",))


def _listed(y: Any) -> NDArray[Any]:
    """Return a list of labels, or of rows of numbers, as an array."""
    labels = np.asarray(y, dtype=object)
    if labels.ndim == 2:
        plain = np.asarray(y)
        return plain if plain.dtype.kind in "biuf" else labels
    return labels


def _series_labels(series: "pd.Series") -> NDArray[Any]:
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "biuf":
        return series.to_numpy()
    return series.astype(object).to_numpy()
