"""A whole data set before it is split: checked features, classes, and the parts that its source brings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.data.columns import Column, missing_values
from ikura.data.examples import Columns, Examples, row_count
from ikura.data.naming import Naming
from ikura.data.roles import Known
from ikura.data.split import PARTS
from ikura.data.targets import Labels, encode_targets
from ikura.errors import DataError
from ikura.records import Target
from ikura.wording import count, quoted


@dataclass(frozen=True, eq=False)
class Table:
    """All examples of a data set; features may still be text, dates or missing."""

    naming: Naming
    columns: Columns
    y: NDArray[Any]
    """What is true of each example; see `Encoded`."""
    targets: tuple[Target, ...]
    """What is learned; numbers do not know their mean and scale yet."""
    target_indices: tuple[int, ...]
    """Where the targets stood among the source's columns, if they were of them."""
    images: bool
    """The source held images: every feature is a pixel."""
    own: tuple[NDArray[np.intp], ...] | None
    """The examples of the source's own train, dev (perhaps empty) and test parts."""
    notes: tuple[str, ...]
    known: Known
    """What else is known of each example."""

    @property
    def name(self) -> str:
        """The source: a bundled name, a path, `arrays` or `frame`."""
        return self.naming.source


def tabulate(examples: Examples, task: str | None) -> Table:
    """Make one table without parts of its own; see `encode_targets` for the task.

    Raises:
        DataError: a column without any value, labels that cannot be learned.

    """
    _refuse_all_missing(examples.columns, examples.naming)
    targets, y, notes = encode_targets(examples.labels, task, examples.naming)
    return Table(
        examples.naming,
        examples.columns,
        y,
        targets,
        examples.target_indices,
        examples.images,
        None,
        (*examples.notes, *notes),
        examples.known,
    )


def tabulate_parts(parts: Mapping[str, Examples], source: str, task: str | None) -> Table:
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
        labels=_join_labels([examples.labels for examples in present], source),
        images=all(examples.images for examples in present),
        known=Known(weights=_join_weights([examples.known.weights for examples in present])),
    )
    sizes = [row_count(parts[part].columns) if part in parts else 0 for part in PARTS]
    own = tuple(np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1]))
    note = "the source's own split was used: " + ", ".join(
        f"{part} {size}" for part, size in zip(PARTS, sizes, strict=True) if size
    )
    table = tabulate(joined, task)
    return replace(table, own=own, notes=(*table.notes, note))


def _join_weights(weights: list[NDArray[np.float64] | None]) -> NDArray[np.float64] | None:
    found = [each for each in weights if each is not None]
    return np.concatenate(found) if found else None


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
    notation = next((piece.notation for piece in pieces if piece.notation), "")
    for piece, part in zip(pieces, parts, strict=True):
        if piece.notation not in ("", notation) or (piece.notation != notation and notation.startswith("%")):
            raise DataError(
                f"{naming.source}: {naming.column(index)} is written in another way in {part} than in "
                f"{parts[0] if part != parts[0] else parts[1]}; it must be written in one: convert it to numbers"
            )
        if piece.kind != pieces[0].kind:
            raise DataError(
                f"{naming.source}: {naming.column(index)} holds {pieces[0].kind} values in {parts[0]} and {piece.kind} "
                f"values in {part}; it must hold the same kind in all parts: convert it"
            )
    note = next((piece.note for piece in pieces if piece.note), "")
    return Column(pieces[0].kind, np.concatenate([piece.values for piece in pieces]), notation, note)


def _join_labels(labels: list[Labels], source: str) -> Labels:
    first = labels[0]
    for other in labels[1:]:
        if other.names != first.names:
            raise DataError(
                f"{source}: the targets are {quoted(first.names, 'and')} in one part and {quoted(other.names, 'and')} "
                "in another; all parts must have the same: give the same columns in each"
            )
    columns = tuple(
        _join_column_of_labels(list(pieces)) for pieces in zip(*(each.columns for each in labels), strict=True)
    )
    return first._replace(columns=columns)


def _join_column_of_labels(labels: list[NDArray[Any]]) -> NDArray[Any]:
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
