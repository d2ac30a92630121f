"""A whole data set before it is split: checked features, classes, and the parts that its source brings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.data.columns import Column, missing_values
from ikura.data.examples import Columns, Examples, row_count
from ikura.data.labels import Label, encode_labels
from ikura.data.naming import Naming
from ikura.data.split import PARTS
from ikura.errors import DataError
from ikura.wording import count


@dataclass(frozen=True, eq=False)
class Table:
    """All examples of a data set; features may still be text, dates or missing."""

    naming: Naming
    columns: Columns
    y: NDArray[np.int32]
    """The index of each example's class [example]."""
    classes: tuple[Label, ...]
    """The labels in natural order, as they were given."""
    target_index: int | None
    """Where the target stood among the source's columns, if it was one of them."""
    images: bool
    """The source held images: every feature is a pixel."""
    own: tuple[NDArray[np.intp], ...] | None
    """The examples of the source's own train, dev (perhaps empty) and test parts."""
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The source: a bundled name, a path, `arrays` or `frame`."""
        return self.naming.source


def tabulate(examples: Examples) -> Table:
    """Make one table without parts of its own.

    Raises:
        DataError: a column without any value, labels that are no classes.

    """
    _refuse_all_missing(examples.columns, examples.naming)
    classes, y = encode_labels(examples.labels, examples.target, examples.naming)
    return Table(
        examples.naming,
        examples.columns,
        y,
        classes,
        examples.target_index,
        examples.images,
        None,
        examples.notes,
    )


def tabulate_parts(parts: Mapping[str, Examples], source: str) -> Table:
    """Make one table of the parts `train`, `test` and perhaps `dev`.

    Raises:
        DataError: parts that do not fit each other, or what `tabulate` refuses.

    """
    present = [parts[part] for part in PARTS if part in parts]
    first = present[0]
    _refuse_other_names(parts, source)
    columns = _join([examples.columns for examples in present], [part for part in PARTS if part in parts], first.naming)
    joined = replace(
        first,
        naming=Naming(source, first.naming.names, left_out=first.naming.left_out),
        columns=columns,
        labels=_join_labels([examples.labels for examples in present]),
        images=all(examples.images for examples in present),
    )
    sizes = [row_count(parts[part].columns) if part in parts else 0 for part in PARTS]
    own = tuple(np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1]))
    note = "the source's own split was used: " + ", ".join(
        f"{part} {size}" for part, size in zip(PARTS, sizes, strict=True) if size
    )
    return replace(tabulate(joined), own=own, notes=(*first.notes, note))


def _refuse_other_names(parts: Mapping[str, Examples], source: str) -> None:
    names = parts["train"].naming.names
    for part, examples in parts.items():
        if names is not None and examples.naming.names not in (None, names):
            other = next(pair for pair in zip_longest(names, examples.naming.names) if pair[0] != pair[1])
            raise DataError(
                f"{source}: {part} has a column {other[1]!r} where train has {other[0]!r}; all parts must have the "
                "same columns in the same order: select them by train's names"
            )


def _join(columns: list[Columns], parts: list[str], naming: Naming) -> Columns:
    widths = [c.shape[1] if isinstance(c, np.ndarray) else len(c) for c in columns]
    for width, part in zip(widths, parts, strict=True):
        if width != widths[0]:
            raise DataError(
                f"{naming.source}: {part} has {count(width, 'feature')} and {parts[0]} {widths[0]}; all parts must "
                "have the same: give the same columns in each"
            )
    matrices = [c for c in columns if isinstance(c, np.ndarray)]
    if len(matrices) == len(columns):
        return np.concatenate(matrices)
    return tuple(_join_column([_column(c, index) for c in columns], parts, naming, index) for index in range(widths[0]))


def _column(columns: Columns, index: int) -> Column:
    return Column("number", columns[:, index]) if isinstance(columns, np.ndarray) else columns[index]


def _join_column(pieces: list[Column], parts: list[str], naming: Naming, index: int) -> Column:
    for piece, part in zip(pieces, parts, strict=True):
        if piece.kind != pieces[0].kind:
            raise DataError(
                f"{naming.source}: {naming.column(index)} holds {pieces[0].kind} values in {parts[0]} and {piece.kind} "
                f"values in {part}; it must hold the same kind in all parts: convert it"
            )
    return Column(pieces[0].kind, np.concatenate([piece.values for piece in pieces]))


def _join_labels(labels: list[NDArray[Any]]) -> NDArray[Any]:
    kinds = {piece.dtype.kind for piece in labels}
    if len(kinds) > 1 and not kinds <= set("iu"):  # or NumPy would turn numbers into text
        labels = [np.array(piece.tolist(), dtype=object) for piece in labels]
    return np.concatenate(labels)


def _refuse_all_missing(columns: Columns, naming: Naming) -> None:
    width = columns.shape[1] if isinstance(columns, np.ndarray) else len(columns)
    if isinstance(columns, np.ndarray) and columns.dtype.kind != "f":
        return
    for index in range(width):
        values = _column(columns, index).values
        if missing_values(values).all():
            raise DataError(
                f"{naming.source}: {naming.column(index)} has no value in any of {count(len(values), 'row')}; a "
                "feature must hold something: leave the column out"
            )
