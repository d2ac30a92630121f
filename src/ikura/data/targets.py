"""What is to be learned: labels of any type -> targets, and numbers that say what is true of each example."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ikura.data.columns import read_numbers
from ikura.data.labels import FEW_NUMBERS, are_numbers, encode_labels, is_quantity, plain_labels
from ikura.data.naming import Naming
from ikura.errors import DataError
from ikura.records import Kind, Target, Value
from ikura.wording import count, quoted, remedy

TASKS = ("classification", "regression", "counts", "multilabel")
"""As a user names them; without a word, the target says what it is."""

MOST_TARGETS = 1000

MOST_COUNT = 2**24
"""Up to which float32 has all whole numbers."""

GROUPS, EXAMPLES_IN_A_GROUP = 10, 5
"""Of numbers by their size, at most and at least: of five, each part gets one or more."""

FEWEST_IN_A_GROUP = 3
"""Of labels: as many as there are parts."""


class Encoded(NamedTuple):
    """Targets before it is known which examples are for training."""

    targets: tuple[Target, ...]
    y: NDArray[Any]
    """int32 [example] of a single class; else float64 [example, column], numbers in their own units."""
    notes: tuple[str, ...]


class Labels(NamedTuple):
    """The columns of the target, as they were given."""

    columns: tuple[NDArray[Any], ...]
    """[example] each."""
    names: tuple[str, ...]
    """As tables call them."""
    words: tuple[str, ...]
    """As messages do."""


def check_task(task: str | None) -> None:
    """Raise DataError unless it is one that a user may name."""
    if task is not None and task not in TASKS:
        raise DataError(f"task: {task!r} is none; it must be {quoted(TASKS)}: {remedy(task, TASKS)}")


def encode_targets(labels: Labels, task: str | None, naming: Naming) -> Encoded:
    """Return what is learned, by what the columns hold and what the user says of them.

    Args:
        labels: one column, or several.
        task: one of TASKS; None where the columns say it. Text is classes, and so are few different numbers; many are
            quantities. Several columns of 0 and 1 are labels, or one class where each row has a single 1.
        naming: of the rows.

    Raises:
        DataError: they cannot be that.
    """
    columns, names, words = labels
    if len(columns) > MOST_TARGETS:
        raise DataError(
            f"{naming.source}: there are {len(columns):,} targets; at most {MOST_TARGETS:,} are learned at once: name "
            "fewer"
        )
    if len(columns) == 1:
        return _encode_one(columns[0], names[0], words[0], task, naming)
    flags = [_flags(column) for column in columns]
    if task == "multilabel" or (task in (None, "classification") and all(flag is not None for flag in flags)):
        return _encode_flags(flags, labels, task, naming)
    parts = [_encode_one(*each, task, naming) for each in zip(columns, names, words, strict=True)]
    y = np.stack([part.y.reshape(len(part.y), -1)[:, 0] for part in parts], axis=1).astype(np.float64)
    notes = tuple(note for part in parts for note in part.notes)
    return Encoded(tuple(part.targets[0] for part in parts), y, notes)


def standardised(
    targets: Sequence[Target], y: NDArray[Any], train: NDArray[np.intp], naming: Naming
) -> tuple[tuple[Target, ...], NDArray[Any]]:
    """Return targets that know mean and scale of their training examples, and y as networks learn it.

    Args:
        targets: as `encode_targets` made them.
        y: likewise.
        train: the training examples.
        naming: of the source.

    Raises:
        DataError: a number is the same in all training examples.
    """
    if all(target.kind is Kind.CLASS for target in targets):
        return tuple(targets), y if len(targets) == 1 else y.astype(np.float32)
    made = []
    learned = np.empty(y.shape, np.float32)
    first = 0
    for target in targets:
        part = slice(first, first + target.columns)
        first += target.columns
        own = y[:, part]
        if target.kind is Kind.NUMBER:
            mean, scale = float(own[train].mean()), float(own[train].std())
            if own[train].min() == own[train].max() or scale == 0:
                raise DataError(
                    f"{naming.source}: {target.name!r} is {own[train[0], 0]:g} in all {len(train):,} training "
                    "examples; a number must vary to be learned: name another target"
                )
            target, own = replace(target, mean=mean, scale=scale), (own - mean) / scale
        made.append(target)
        learned[:, part] = own
    return tuple(made), learned


def strata_of(targets: Sequence[Target], y: NDArray[Any]) -> NDArray[np.int32]:
    """Return groups of examples, of which each part gets its share [example]: by class, by tenths of a number.

    Of labels an example goes by the rarest that it has, and of several targets by the first. Where there are too few
    examples for every part to have one of each group, the groups are larger.
    """
    target, columns = targets[0], y.reshape(len(y), -1)
    own = columns[:, : target.columns]
    if target.kind is Kind.CLASS:
        return own[:, 0].astype(np.int32)
    if target.kind is Kind.LABELS:
        rare_first = np.argsort(own.sum(axis=0), kind="stable")
        found = (own[:, rare_first] > 0.5).argmax(axis=1) + 1
        found = np.where((own > 0.5).any(axis=1), found, 0).astype(np.int32)
        return np.where(np.bincount(found)[found] < FEWEST_IN_A_GROUP, 0, found).astype(np.int32)
    groups = min(max(len(own) // EXAMPLES_IN_A_GROUP, 1), GROUPS)
    bounds = np.quantile(own[:, 0], np.linspace(0, 1, groups + 1)[1:-1])
    return np.searchsorted(bounds, own[:, 0], side="right").astype(np.int32)


def _encode_one(column: NDArray[Any], name: str, words: str, task: str | None, naming: Naming) -> Encoded:
    if task == "multilabel":
        raise DataError(
            f"{naming.source}: {words} is one column; of several labels an example may have any number: give a column "
            "of 0 and 1 for each, as target=[...] or as y [example, label]"
        )
    if task in ("regression", "counts"):
        read, notes = _written(column, words, naming)
        numbers = _numbers(read, words, naming)
        if task == "counts":
            _check_counts(numbers, words, naming)
            return Encoded((Target(name, Kind.COUNT),), numbers[:, None], notes)
        return Encoded((Target(name, Kind.NUMBER),), numbers[:, None], notes)
    distinct, codes = plain_labels(column)
    read, notes = _written(column, words, naming) if task is None else (column, ())
    plain = all(isinstance(label, int | float) for label in distinct)  # whole numbers stay whole
    different, places = (distinct, codes) if plain or read is column else plain_labels(read)
    if task is None and is_quantity(different, places):
        numbers = _numbers(read, words, naming)
        counted = (
            "; if they are counts, counts" if (numbers >= 0).all() and (numbers == np.floor(numbers)).all() else ""
        )
        note = (
            f"{words} has {count(len(different), 'different number')} in {count(len(codes), 'row')} and is learned as "
            "a quantity (regression); if they are classes: --task classification, in Python task='classification'"
            f"{counted}"
        )
        return Encoded((Target(name, Kind.NUMBER),), numbers[:, None], (*notes, note))
    classes, codes = encode_labels(distinct, codes, words, naming)
    return Encoded(
        (Target(name, Kind.CLASS, classes),), codes, (*_numbered(classes, words, task), *_alike(classes, words))
    )


def _numbered(classes: Sequence[Value], words: str, task: str | None) -> tuple[str, ...]:
    """Warn of classes that are many numbers."""
    if task is not None or len(classes) <= FEW_NUMBERS or not are_numbers(classes):
        return ()
    return (
        f"{words} has {len(classes)} different numbers, learned as classes; if they are a quantity: --task regression, "
        "in Python task='regression' (or counts)",
    )


def _written(column: NDArray[Any], words: str, naming: Naming) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return a column of text, objects or durations as numbers if it holds nothing else, and how they were read."""
    if column.dtype.kind in "biuf":
        return column, ()
    import pandas as pd

    read = read_numbers(pd.Series(column), naming)
    if read is None:
        return column, ()
    return read.values, (f"{words}: {read.note}",) if read.note else ()


def _alike(classes: Sequence[Value], words: str) -> tuple[str, ...]:
    """Warn of classes that differ only in the case of letters or in type."""
    known: dict[str, Value] = {}
    for label in classes:
        key = str(int(label) if isinstance(label, float) and label.is_integer() else label).casefold()
        if key in known:
            return (
                f"{words} has the classes {known[key]!r} and {label!r}, which differ only in the case of letters or in "
                "type: write them in one way if they are one",
            )
        known[key] = label
    return ()


def _encode_flags(
    flags: Sequence[NDArray[np.bool_] | None], labels: Labels, task: str | None, naming: Naming
) -> Encoded:
    for flag, column, words in zip(flags, labels.columns, labels.words, strict=True):
        if flag is None:
            other = next(value for value in column.tolist() if value not in (0, 1))
            raise DataError(
                f"{naming.source}: {words} holds {other!r}; a label is there (1) or not (0): give numbers, or another "
                "task"
            )
    there = np.stack([flag for flag in flags if flag is not None], axis=1)
    named = tuple(labels.names)
    if task != "multilabel" and (there.sum(axis=1) == 1).all():
        codes = there.argmax(axis=1).astype(np.int32)
        note = f"each row has a 1 in one of the {len(named)} columns of the target: they are classes"
        return Encoded((Target("class", Kind.CLASS, named),), codes, (note,))
    for name, column in zip(named, there.T, strict=True):
        if column.all() or not column.any():
            raise DataError(
                f"{naming.source}: label {name!r} is {'there' if column[0] else 'not there'} in all "
                f"{count(len(column), 'row')}; a label must vary to be learned: leave it out"
            )
    note = f"the {len(named)} columns of the target are labels, of which an example may have any number (multilabel)"
    return Encoded((Target("labels", Kind.LABELS, named),), there.astype(np.float64), () if task else (note,))


def _flags(column: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Return which are 1 or True, if all others are 0 or False."""
    if column.dtype.kind not in "biufO":
        return None
    values = column.tolist()
    if not all(isinstance(value, bool | int | float) and value in (0, 1) for value in values):
        return None
    return np.array(values, dtype=float) == 1


def _numbers(column: NDArray[Any], words: str, naming: Naming) -> NDArray[np.float64]:
    """Return a column as numbers, checked."""
    if column.dtype.kind not in "biuf":
        for row, value in enumerate(column.tolist()):
            if isinstance(value, bool) or not isinstance(value, int | float | np.number):
                raise DataError(
                    f"{naming.source}: {words} holds {str(value)[:40]!r} in {naming.row(row)}; a quantity is a number: "
                    "correct it, or learn it as classes (classification)"
                )
    numbers = column.astype(np.float64)
    beyond = ~(np.abs(numbers) <= float(np.finfo(np.float32).max))
    if beyond.any():
        row = int(beyond.argmax())
        raise DataError(
            f"{naming.source}: {words} is {numbers[row]:g} in {naming.row(row)}; a quantity must be finite, and a "
            "32-bit number: correct it, or change the unit"
        )
    return numbers


def _check_counts(numbers: NDArray[np.float64], words: str, naming: Naming) -> None:
    wrong = (numbers < 0) | (numbers != np.floor(numbers)) | (numbers > MOST_COUNT)
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"{naming.source}: {words} is {numbers[row]:g} in {naming.row(row)}; a count is a whole number from 0 to "
            f"{MOST_COUNT:,}: correct it, or learn it as a quantity (regression)"
        )
    if not numbers.any():
        raise DataError(
            f"{naming.source}: {words} is 0 in all {count(len(numbers), 'row')}; a count must vary to be learned: "
            "name another target"
        )
