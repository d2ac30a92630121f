"""A source -> three preprocessed splits, ready for training."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ikura.data.examples import TargetColumns
from ikura.data.fitting import fit
from ikura.data.naming import Naming
from ikura.data.preprocessing import Preprocessing
from ikura.data.roles import NO_ROLES, Roles
from ikura.data.sources import Source, load, origin_of
from ikura.data.split import check_fractions, fold_parts, split_parts, untested_parts
from ikura.data.table import Table
from ikura.data.targets import standardised
from ikura.data.untested import Untested
from ikura.errors import DataError
from ikura.records import Origin, Target, Value

FRACTIONS = (0.6, 0.2, 0.2)
"""Of train, dev and test."""


@dataclass(frozen=True, eq=False)
class Split:
    """Examples of one part."""

    x: NDArray[np.float32]
    """Inputs [example, feature], C-contiguous."""
    y: NDArray[Any]
    """int32, the index of each example's class [example]. Of other targets, or several, float32 [example, column]:
    numbers are standardised, classes stand as their indices and labels as 0 or 1."""
    weights: NDArray[np.float32] | None = None
    """How much each example counts [example], 1 on average over the training part; None where all count the same."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """What a study needs of its data."""

    name: str
    """The source: a bundled name, a path, `arrays` or `frame`."""
    train: Split
    dev: Split
    test: Split
    """Empty where nothing is tested."""
    targets: tuple[Target, ...]
    """What is learned, in the order of y's columns."""
    preprocessing: Preprocessing
    """Fitted on the training part alone."""
    notes: tuple[str, ...]
    """What was done to the data that its user should know, a line each."""
    fingerprint: str
    """SHA-256 over x and y of train, dev and test, in hexadecimal."""
    origin: Origin = Origin.MEMORY
    """Where the examples came from."""
    naming: Naming | None = None
    """What messages call its rows; None where nobody has named them."""
    test_rows: NDArray[np.intp] | None = None
    """The rows of the source that are the test's [example]; of a test part of the source's own, from 0."""

    def test_row(self, place: int) -> str:
        """Return what the user calls a test example, by its place among them."""
        row = place if self.test_rows is None else int(self.test_rows[place])
        return f"row {row} (counted from 0)" if self.naming is None else self.naming.row(row)

    @property
    def classes(self) -> tuple[Value, ...]:
        """The labels of the first target in natural order, as they were given; none of numbers."""
        return self.targets[0].classes


def prepare(
    source: Source,
    *,
    target: TargetColumns = None,
    task: str | None = None,
    roles: Roles = NO_ROLES,
    seed: int = 0,
    fractions: Sequence[float] = FRACTIONS,
) -> Dataset:
    """Load a data set, split it by class, and preprocess it with what its training part shows.

    Args:
        source: A bundled name, a path, a frame, `(x, y)`, or the user's own split (see `load`).
        target: The column of the labels in a file or frame, by name or position, or several; by default the last.
        task: `classification`, `regression`, `counts` or `multilabel`; by default what the target says.
        roles: What else is known of the examples: how much they count, and what the split goes by.
        seed: Of the split.
        fractions: Of train, dev and test in every class. Where the source brings its own test part, dev is cut from
            its train part in the ratio of the first two.

    Raises:
        DataError: the source cannot be read, split or learned from.

    """
    check_fractions(fractions)
    table = load(source, target=target, task=task, roles=roles)
    if isinstance(source, Untested):
        parts = untested_parts(table.targets, table.y, fractions, seed, table.naming)
    else:
        parts = split_parts(table.targets, table.y, table.own, fractions, seed, table.naming, table.known)
    return _prepared(table, parts, parts[0], origin_of(source))


class Folded(NamedTuple):
    """Data for cross-validation: what no fold has is the test part, which all share."""

    folds: tuple[Dataset, ...]
    """Each with one fold as its dev part, and the others as its training part."""
    whole: Dataset
    """As the first, but preprocessed by what all folds show: for the network that is trained on all of them."""


def prepare_folds(
    source: Source,
    folds: int,
    *,
    target: TargetColumns = None,
    task: str | None = None,
    roles: Roles = NO_ROLES,
    seed: int = 0,
) -> Folded:
    """Load a data set and prepare it for cross-validation; arguments as for `prepare`.

    Train and dev together, as `prepare` would make them, are split into so many folds: by class as well, and no group
    is in two of them.

    Raises:
        DataError: the source cannot be read, split or learned from; or its split is by time.
    """
    table = load(source, target=target, task=task, roles=roles)
    if table.known.time is not None:
        raise DataError(
            f"{table.name}: folds are given, and time as well; folds would train on what comes after: leave one out"
        )
    train, dev, test = split_parts(table.targets, table.y, table.own, FRACTIONS, seed, table.naming, table.known)
    both = np.sort(np.concatenate([train, dev]))
    pieces = fold_parts(table.targets, table.y, table.known, both, folds, seed, table.naming)
    pairs = [(np.setdiff1d(both, piece), piece) for piece in pieces]
    origin = origin_of(source)
    made = tuple(_prepared(table, (others, own, test), others, origin) for others, own in pairs)
    return Folded(made, _prepared(table, (*pairs[0], test), both, origin))


def _prepared(table: Table, parts: Sequence[NDArray[np.intp]], shown: NDArray[np.intp], origin: Origin) -> Dataset:
    """Return the parts of a table, preprocessed by what some of its examples show."""
    preprocessing, notes = fit(table, shown)
    targets, y = standardised(table.targets, table.y, shown, table.naming)
    weights = _weights(table.known.weights, shown, table.name)
    train, dev, test = (_split(table, preprocessing, y, weights, rows) for rows in parts)
    digest = sha256()
    for split in (train, dev, test):
        digest.update(split.x.data)
        digest.update(split.y.data)
        if split.weights is not None:
            digest.update(split.weights.data)
    notes = (*table.notes, *notes)
    return Dataset(
        name=table.name,
        train=train,
        dev=dev,
        test=test,
        targets=targets,
        preprocessing=preprocessing,
        notes=notes,
        fingerprint=digest.hexdigest(),
        origin=origin,
        naming=None if table.own is not None else table.naming,
        test_rows=None if table.own is not None else parts[2],
    )


def _weights(given: NDArray[np.float64] | None, train: NDArray[np.intp], source: str) -> NDArray[np.float32] | None:
    if given is None:
        return None
    mean = given[train].mean()
    if mean == 0:
        raise DataError(f"{source}: all weights of the training part are 0; some example must count: correct them")
    return (given / mean).astype(np.float32)


def _split(
    table: Table,
    preprocessing: Preprocessing,
    y: NDArray[Any],
    weights: NDArray[np.float32] | None,
    rows: NDArray[np.intp],
) -> Split:
    if isinstance(table.columns, np.ndarray):
        matrix = table.columns[rows]
        x = preprocessing.encode(lambda j: matrix[:, j], len(rows), table.naming)
    else:
        columns = table.columns
        x = preprocessing.encode(lambda j: columns[j].values[rows], len(rows), table.naming)
    return Split(x, y[rows], None if weights is None else weights[rows])
