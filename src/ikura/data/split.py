"""Which examples are for training, for choosing (dev) and for the one test at the end."""

from collections.abc import Sequence
from math import isclose

import numpy as np
from numpy.typing import NDArray

from ikura.data.labels import Label
from ikura.data.naming import Naming
from ikura.data.order import SPLIT, random_order
from ikura.errors import DataError
from ikura.wording import first_few

PARTS = ("train", "dev", "test")


def check_fractions(fractions: Sequence[float]) -> None:
    """Raise DataError unless these are three positive fractions that sum to 1."""
    if len(fractions) != len(PARTS) or not all(fraction > 0 for fraction in fractions):
        raise DataError(
            f"fractions: {tuple(fractions)} are not three positive numbers; the examples are split into train, dev and "
            "test: give three, such as (0.6, 0.2, 0.2)"
        )
    if not isclose(sum(fractions), 1.0, abs_tol=1e-9):
        raise DataError(
            f"fractions: {tuple(fractions)} sum to {sum(fractions):.6g}; they must sum to 1: "
            "give three such as (0.6, 0.2, 0.2)"
        )


def stratified_split(y: NDArray[np.int32], fractions: Sequence[float], seed: int) -> list[NDArray[np.intp]]:
    """Return the examples of each part, in ascending order: disjoint, complete, and by class.

    Each part gets its fraction of every class rounded up or down, and at least one example of it; so every class needs
    at least as many examples as there are parts. Depends on the labels, the fractions and the seed only.
    """
    order = random_order(seed, 0, SPLIT, len(y))
    by_class = order[np.argsort(y[order], kind="stable")]
    sizes = np.bincount(y)
    part = np.repeat(np.tile(np.arange(len(fractions)), len(sizes)), _apportion(sizes, fractions).ravel())
    return [np.sort(by_class[part == number]) for number in range(len(fractions))]


def _apportion(sizes: NDArray[np.intp], fractions: Sequence[float]) -> NDArray[np.intp]:
    """Count how many examples of each class each part gets [class, part].

    What rounding down leaves over goes to the parts that are furthest behind over the classes so far.
    """
    exact = np.round(np.outer(sizes, fractions), 9)
    counts = np.maximum(np.floor(exact), 1).astype(np.intp)
    behind = np.zeros(len(fractions))
    for size, wanted, given in zip(sizes, exact, counts, strict=True):
        while given.sum() > size:
            given[np.argmax(given)] -= 1
        behind += wanted - given
        for _ in range(size - given.sum()):
            chosen = np.argmax(np.where(given < wanted, behind, -np.inf))
            given[chosen] += 1
            behind[chosen] -= 1
    return counts


def split_parts(
    y: NDArray[np.int32],
    classes: Sequence[Label],
    own: Sequence[NDArray[np.intp]] | None,
    fractions: Sequence[float],
    seed: int,
    naming: Naming,
) -> list[NDArray[np.intp]]:
    """Return the examples of train, dev and test; `own` are those parts where the source brings them, dev maybe empty.

    Raises:
        DataError: a class has too few examples, or none to train on.

    """
    check_fractions(fractions)
    if own is None:
        _refuse_small_classes(y, classes, PARTS, naming)
        return stratified_split(y, fractions, seed)
    train, dev, test = own
    _refuse_untrained(y, classes, own, naming)
    if len(dev) == 0:
        _refuse_small_classes(y[train], classes, PARTS[:2], naming)
        both = fractions[0] + fractions[1]
        train, dev = (train[rows] for rows in stratified_split(y[train], [f / both for f in fractions[:2]], seed))
    return [train, dev, test]


def _refuse_small_classes(y: NDArray[np.int32], classes: Sequence[Label], parts: Sequence[str], naming: Naming) -> None:
    sizes = np.bincount(y, minlength=len(classes))
    small = np.flatnonzero(sizes < len(parts))
    if len(small):
        first = small[0]
        others = f" (and {len(small) - 1} more of the {len(classes)} classes too few)" if len(small) > 1 else ""
        noun = "example" if sizes[first] == 1 else "examples"
        raise DataError(
            f"{naming.source}: class {classes[first]!r} has {sizes[first]} {noun}{others}; splitting into "
            f"{', '.join(parts[:-1])} and {parts[-1]} needs at least {len(parts)} of each class: add examples, merge "
            "or leave out the class, or name another target"
        )


def _refuse_untrained(
    y: NDArray[np.int32], classes: Sequence[Label], own: Sequence[NDArray[np.intp]], naming: Naming
) -> None:
    untrained = np.setdiff1d(np.concatenate(own[1:]), own[0])
    absent = np.setdiff1d(y[untrained], y[own[0]])
    if len(absent):
        names = first_few([classes[code] for code in absent])
        raise DataError(
            f"{naming.source}: the train part has no example of class {names}; every class must be there to be "
            "learned: add examples to train, or leave the class out of the other parts"
        )
