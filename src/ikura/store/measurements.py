"""Curves to rows of the table `metrics` and back."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ikura.records import JobResult


class Measurements(NamedTuple):
    """What was measured, in the order of the table's key; each array [row]."""

    trials: NDArray[np.int32]
    epochs: NDArray[np.int32]
    metrics: NDArray[np.int32]
    """Positions in the study's metrics."""
    values: NDArray[np.float32]


def measurements_of(results: Iterable[JobResult], metrics: Sequence[str]) -> Measurements:
    """Return a row for every number that the results, ordered by their trials, hold; NaN is none."""
    parts = [_of_one(result, metrics) for result in results]
    return Measurements(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _of_one(result: JobResult, metrics: Sequence[str]) -> Measurements:
    longest = max((len(curve) for curve in result.curves.values()), default=0)
    table = np.full((longest, len(metrics)), np.nan, np.float32)
    for column, name in enumerate(metrics):
        if name in result.curves:
            table[: len(result.curves[name]), column] = result.curves[name]
    epochs, places = np.nonzero(~np.isnan(table))
    return Measurements(
        np.full(len(epochs), result.number, np.int32),
        (epochs + result.job.start).astype(np.int32),
        places.astype(np.int32),
        # Added to 0, -0 becomes 0, as which SQLite would return it.
        table[epochs, places] + np.float32(0),
    )


def fill_curves(curves: Mapping[str, NDArray[np.float32]], rows: Sequence[Sequence[Any]]) -> None:
    """Put rows of (trial, epoch, metric, value) in their places in the arrays [trial, epoch].

    Raises:
        ValueError: there is no such place, or the value is no number.
    """
    # Doubles hold all whole numbers that can be a place.
    table = np.fromiter(chain.from_iterable(rows), np.float64, 4 * len(rows)).reshape(-1, 4)
    places = table[:, :3]
    if ((places < 0) | (places >= 2**31) | (places != np.floor(places))).any():
        raise ValueError("what was measured has no place")
    trials, epochs, metrics = places.T.astype(np.intp)
    with np.errstate(over="raise"):  # what no float32 was
        values = table[:, 3].astype(np.float32)
    if metrics.max() >= len(curves):
        raise ValueError("what was measured is none of the metrics")
    for metric, curve in enumerate(curves.values()):
        chosen = metrics == metric
        curve[trials[chosen], epochs[chosen]] = values[chosen]
