"""Which examples are for training, for choosing (dev) and for the one test at the end."""

from collections.abc import Sequence
from itertools import pairwise
from math import isclose
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.data.labels import are_numbers
from ikura.data.naming import Naming
from ikura.data.order import SPLIT, random_order
from ikura.data.roles import NOTHING_KNOWN, Known
from ikura.data.targets import strata_of
from ikura.errors import DataError
from ikura.records import Kind, Target, Value
from ikura.wording import count, first_few

PARTS = ("train", "dev", "test")

FEWEST = 10
"""Examples of anything but classes, of which each must be in every part."""


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
            # Of parts with equally many the last one goes without: what is there is learned first of all.
            given[len(given) - 1 - np.argmax(given[::-1])] -= 1
        behind += wanted - given
        for _ in range(size - given.sum()):
            chosen = np.argmax(np.where(given < wanted, behind, -np.inf))
            given[chosen] += 1
            behind[chosen] -= 1
    return counts


def split_by_time(time: NDArray[np.float64], fractions: Sequence[float], naming: Naming) -> list[NDArray[np.intp]]:
    """Return the examples of each part, in ascending order: the first part has the earliest. No moment is in two parts.

    Raises:
        DataError: there are too few different moments.
    """
    order = np.argsort(time, kind="stable")
    bounds = [0]
    for share in np.cumsum(fractions)[:-1]:
        bound = max(round(share * len(time)), bounds[-1] + 1)
        # All examples of one moment stay together, with those before them.
        bounds.append(int(np.searchsorted(time[order], time[order[min(bound, len(time)) - 1]], side="right")))
    bounds.append(len(time))
    if any(after <= before for before, after in pairwise(bounds)):
        raise DataError(
            f"{naming.source}: time has {count(len(np.unique(time)), 'different moment')}, which do not give each part "
            "one of its own: give finer times, or your own split"
        )
    return [np.sort(order[start:stop]) for start, stop in pairwise(bounds)]


def split_by_group(
    groups: NDArray[np.intp], strata: NDArray[np.int32], fractions: Sequence[float], seed: int
) -> list[NDArray[np.intp]]:
    """Return the examples of each part, in ascending order; no group is in two parts.

    The largest groups are placed first, equal ones in random order, each where most is lacking of its strata: so that
    every part comes near its share of the examples and of each class.
    """
    names, codes = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(names), int(strata.max()) + 1))
    np.add.at(counts, (codes, strata), 1.0)
    lacking = np.outer(fractions, counts.sum(axis=0))
    shuffled = random_order(seed, 0, SPLIT, len(names))
    part = np.empty(len(names), np.intp)
    for group in shuffled[np.argsort(-counts[shuffled].sum(axis=1), kind="stable")]:
        # How far all parts are from their shares, squared, if the group went to each.
        after = ((lacking - counts[group]) ** 2 - lacking**2).sum(axis=1)
        part[group] = int(after.argmin())
        lacking[part[group]] -= counts[group]
    empty = [place for place in range(len(fractions)) if not (part == place).any()]
    for place in empty:  # few groups: the smallest of the fullest part moves
        fullest = np.bincount(part, minlength=len(fractions)).argmax()
        mine = np.flatnonzero(part == fullest)
        part[mine[counts[mine].sum(axis=1).argmin()]] = place
    return [np.flatnonzero(part[codes] == place) for place in range(len(fractions))]


def split_parts(
    targets: Sequence[Target],
    y: NDArray[Any],
    own: Sequence[NDArray[np.intp]] | None,
    fractions: Sequence[float],
    seed: int,
    naming: Naming,
    known: Known = NOTHING_KNOWN,
) -> list[NDArray[np.intp]]:
    """Return the examples of train, dev and test; `own` are those parts where the source brings them, dev maybe empty.

    Args:
        targets: what is learned, as `encode_targets` made them.
        y: likewise; each part gets its share of every class, or of every tenth of a number's examples.
        own: the parts that the source brings.
        fractions: of the parts that are to be made.
        seed: of their random choice.
        naming: of the source.
        known: of the examples: no group gets into two parts; of time the earliest train, the latest test.

    Raises:
        DataError: a class has too few examples, or none to train on; or there are too few examples at all.

    """
    check_fractions(fractions)
    strata = strata_of(targets, y)
    if own is None and (known.groups is not None or known.time is not None):
        if known.time is not None:
            parts = split_by_time(known.time, fractions, naming)
        else:
            assert known.groups is not None
            parts = split_by_group(known.groups, strata, fractions, seed)
        if targets[0].kind is Kind.CLASS:
            _refuse_untrained(strata, targets[0].classes, parts, naming)
        return parts
    if own is None:
        _refuse_few(targets[0], strata, PARTS, naming)
        return stratified_split(strata, fractions, seed)
    train, dev, test = own
    if targets[0].kind is Kind.CLASS:
        _refuse_untrained(strata, targets[0].classes, own, naming)
    if len(dev) == 0:
        _refuse_few(targets[0], strata[train], PARTS[:2], naming)
        both = fractions[0] + fractions[1]
        train, dev = (train[rows] for rows in stratified_split(strata[train], [f / both for f in fractions[:2]], seed))
    return [train, dev, test]


def fold_parts(
    targets: Sequence[Target],
    y: NDArray[Any],
    known: Known,
    rows: NDArray[np.intp],
    folds: int,
    seed: int,
    naming: Naming,
) -> list[NDArray[np.intp]]:
    """Return some of the examples in so many folds of about one size, each with its share of every class.

    Args:
        targets: what is learned, as `encode_targets` made them.
        y: likewise, of all examples.
        known: of all examples; no group gets into two folds.
        rows: the examples that are split.
        folds: how many.
        seed: of their random choice.
        naming: of the source.

    Raises:
        DataError: there are too few examples, or too few of a class, or too few groups.
    """
    strata = strata_of(targets, y)[rows]
    shares = [1 / folds] * folds
    if known.groups is not None:
        groups = known.groups[rows]
        if len(np.unique(groups)) < folds:
            raise DataError(
                f"{naming.source}: there are {folds} folds, and {count(len(np.unique(groups)), 'group')} besides the "
                "test part; no group is in two folds: lower the folds"
            )
        return [rows[part] for part in split_by_group(groups, strata, shares, seed)]
    sizes = np.bincount(strata)
    if targets[0].kind is Kind.CLASS and (few := np.flatnonzero(sizes < folds)).size:
        raise DataError(
            f"{naming.source}: there are {folds} folds, and class {targets[0].classes[few[0]]!r} has "
            f"{count(int(sizes[few[0]]), 'example')} besides the test part; each fold needs one of each class: lower "
            "the folds"
        )
    if len(rows) < folds:
        raise DataError(
            f"{naming.source}: there are {folds} folds, and {count(len(rows), 'example')} besides the test part; each "
            "fold needs some: lower the folds"
        )
    return [rows[part] for part in stratified_split(strata, shares, seed)]


def untested_parts(
    targets: Sequence[Target], y: NDArray[Any], fractions: Sequence[float], seed: int, naming: Naming
) -> list[NDArray[np.intp]]:
    """Return the examples of train, of dev, which gets at least one, and of an empty test part.

    Both get their share of every class, or of every tenth of a number's examples, as far as there are enough; a class
    of a single example is trained on.

    Args:
        targets: as for `split_parts`.
        y: likewise.
        fractions: of which the first two say in what ratio; the third is of a test part that there is not.
        seed: of the random choice.
        naming: of the source.

    Raises:
        DataError: no example is left for dev.
    """
    strata = strata_of(targets, y)
    order = random_order(seed, 0, SPLIT, len(strata))
    free = order[np.argsort(strata[order], kind="stable")]
    if targets[0].kind is Kind.CLASS:
        free = free[np.diff(strata[free], prepend=-1) == 0]  # the first of each class is for training
    if len(strata) < 2 or not len(free):
        raise DataError(
            f"{naming.source}: there {'is' if len(strata) == 1 else 'are'} {count(len(strata), 'example')}, and none "
            "can be kept from training to choose a network by; there must be two, for classes two of one class: add "
            "examples"
        )
    taken = min(max(round(len(strata) * (fractions[1] / (fractions[0] + fractions[1]))), 1), len(free))
    dev = np.sort(free[((np.arange(taken) + 0.5) * len(free) / taken).astype(np.intp)])
    return [np.setdiff1d(order, dev), dev, order[:0]]


_OTHERWISE = "; if it is a quantity: --task regression (or counts), in Python task='regression'"


def _refuse_few(target: Target, strata: NDArray[np.int32], parts: Sequence[str], naming: Naming) -> None:
    if target.kind is Kind.CLASS:
        _refuse_small_classes(strata, target.classes, parts, naming)
    elif len(strata) < FEWEST:
        raise DataError(
            f"{naming.source}: there are {count(len(strata), 'example')}; splitting into {', '.join(parts[:-1])} and "
            f"{parts[-1]} needs at least {FEWEST}: add examples"
        )


def _refuse_small_classes(y: NDArray[np.int32], classes: Sequence[Value], parts: Sequence[str], naming: Naming) -> None:
    sizes = np.bincount(y, minlength=len(classes))
    small = np.flatnonzero(sizes < len(parts))
    if len(small):
        first = small[0]
        others = f" (and {len(small) - 1} more of the {len(classes)} classes too few)" if len(small) > 1 else ""
        noun = "example" if sizes[first] == 1 else "examples"
        raise DataError(
            f"{naming.source}: class {classes[first]!r} has {sizes[first]} {noun}{others}; splitting into "
            f"{', '.join(parts[:-1])} and {parts[-1]} needs at least {len(parts)} of each class: add examples, merge "
            f"or leave out the class, or name another target{_OTHERWISE if are_numbers(classes) else ''}"
        )


def _refuse_untrained(
    y: NDArray[np.int32], classes: Sequence[Value], own: Sequence[NDArray[np.intp]], naming: Naming
) -> None:
    untrained = np.setdiff1d(np.concatenate(own[1:]), own[0])
    absent = np.setdiff1d(y[untrained], y[own[0]])
    if len(absent):
        names = first_few([classes[code] for code in absent])
        raise DataError(
            f"{naming.source}: the train part has no example of class {names}; every class must be there to be "
            "learned: add examples to train, or leave the class out of the other parts"
        )
