"""Labels of any type -> classes in natural order, and a class index for each example."""

import re
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.data.naming import Naming
from ikura.errors import DataError
from ikura.wording import count

Label: TypeAlias = str | int | float | bool

MOST_CLASSES = 1000
"""Time and memory of many things grow with their square."""

FEW_NUMBERS, MANY_CLASSES = 10, 20
"""So many different numbers are classes, and more than so many must be numbered without a gap to be."""

FEWEST_OF_A_CLASS = 3
"""As many as there are parts."""


def plain_labels(labels: NDArray[Any]) -> tuple[list[Label], NDArray[np.intp]]:
    """Return the different labels as Python values, and the index of each example's one [example]."""
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8")
    if labels.dtype.kind == "M":
        labels = np.datetime_as_string(labels)
    if labels.dtype.kind in "biufU":
        distinct, codes = np.unique(labels, return_inverse=True)
        return distinct.tolist(), codes
    plain = [_plain(label) for label in labels.tolist()]
    found = list(dict.fromkeys(plain))
    index = {label: code for code, label in enumerate(found)}
    return found, np.array([index[label] for label in plain], dtype=np.intp)


def encode_labels(
    found: Sequence[Label], codes: NDArray[np.intp], target: str, naming: Naming
) -> tuple[tuple[Label, ...], NDArray[np.int32]]:
    """Return the classes in natural order, and the index of each example's class [example].

    Numbers go by value, then text, in which runs of digits count as numbers ("grade 2" before "grade 10").

    Args:
        found: the different labels.
        codes: the index of each example's label among them [example].
        target: what messages call the labels.
        naming: of the source.

    Raises:
        DataError: labels are infinite, all the same, or too many.

    """
    _refuse_infinite(found, target, naming)
    if len(found) > MOST_CLASSES:
        raise DataError(
            f"{naming.source}: {target} has {len(found):,} different values; at most {MOST_CLASSES:,} classes are told "
            "apart: name another target, or put rare classes together"
        )
    order = sorted(range(len(found)), key=lambda code: natural(found[code]))
    rank = np.empty(len(found), dtype=np.int32)
    rank[order] = np.arange(len(found), dtype=np.int32)
    classes = tuple(found[code] for code in order)
    if len(classes) == 1:
        raise DataError(
            f"{naming.source}: {target} has one class, {classes[0]!r}, in all {count(len(codes), 'row')}; there must "
            "be at least two to tell apart: name another target"
        )
    return classes, rank[codes]


def numbers_where_exact(texts: Sequence[str | None]) -> list[Any]:
    """Turn labels read from text into int or float where that loses nothing, all or none: `01` stays text."""
    given = [text for text in texts if text is not None]
    for convert, pattern in (
        (int, r"-?(0|[1-9]\d{0,299})"),
        (float, r"-?(0|[1-9]\d{0,299})(\.\d+)?(e[+-]?\d+)?|[+-]?inf"),
    ):
        if all(re.fullmatch(pattern, text, re.ASCII | re.IGNORECASE) for text in given):
            return [None if text is None else convert(text) for text in texts]
    return list(texts)


def _plain(label: Any) -> Label:
    if isinstance(label, np.generic):
        label = label.item()
    if isinstance(label, bytes):
        return label.decode("utf-8")
    return label if isinstance(label, str | int | float) else str(label)


def natural(label: Label) -> tuple[Any, ...]:
    """Return the key that sorts numbers by value, then text with its runs of digits as numbers."""
    if not isinstance(label, str):
        return (0, label)
    pieces = re.split(r"([0-9]+)", label)
    return (1, [_digits(piece) if position % 2 else piece for position, piece in enumerate(pieces)], label)


def _digits(piece: str) -> tuple[int, str]:
    """Return what sorts runs of digits by their value; Python makes no int of thousands of them."""
    significant = piece.lstrip("0")
    return len(significant), significant


def check_present(labels: NDArray[Any], target: str, naming: Naming) -> None:
    """Raise DataError where an example has no label."""
    if labels.dtype.kind in "biuU":
        return
    if labels.dtype.kind == "f":
        missing = np.isnan(labels)
    else:
        import pandas as pd

        missing = pd.isna(labels)
    if missing.any():
        first = naming.row(int(np.argmax(missing)))
        raise DataError(
            f"{naming.source}: {target} is missing in {missing.sum()} of {count(len(labels), 'row')}, first in "
            f"{first}; every example needs its label: fill it in, or leave those rows out"
        )


def _refuse_infinite(found: Sequence[Label], target: str, naming: Naming) -> None:
    for label in found:
        if isinstance(label, float) and not np.isfinite(label):
            raise DataError(f"{naming.source}: {target} holds {label}; a label must be finite: correct it")


def is_quantity(found: Sequence[Label], codes: NDArray[np.intp]) -> bool:
    """Tell whether labels are numbers to regress on, rather than classes; arguments as of `encode_labels`.

    Up to ten different numbers are classes, and more are quantities where one has a fraction, or is rarer than a class
    may be; beyond twenty, classes are numbered from 0 or 1 on without a gap, which ages, prices and ratings are not.
    """
    if not are_numbers(found):
        return False
    whole = all(isinstance(number, int) or number.is_integer() for number in found)  # pyright: ignore[reportAttributeAccessIssue] - numbers
    if len(found) <= FEW_NUMBERS:
        return not whole and len(codes) < FEWEST_OF_A_CLASS * len(found)
    if not whole or np.bincount(codes).min() < FEWEST_OF_A_CLASS:
        return True
    numbered = any(set(found) == set(range(start, start + len(found))) for start in (0, 1))
    return len(found) > MANY_CLASSES and not numbered


def are_numbers(labels: Sequence[Label]) -> bool:
    """Tell whether all labels are numbers, and no truth values."""
    return all(isinstance(label, int | float) and not isinstance(label, bool) for label in labels)
