"""Curves to rows of the table `metrics` and back."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ikura.records import JobResult

AT_ONCE = 256
"""Results, so that a long one among many short ones does not fill the memory."""


class Measurements(NamedTuple):
    """What was measured, in the order of the table's key; each array [row]."""

    trials: NDArray[np.int32]
    epochs: NDArray[np.int32]
    metrics: NDArray[np.int32]
    """Positions in the study's metrics."""
    values: NDArray[np.float32]


def measurements_of(results: Sequence[JobResult], metrics: Sequence[str]) -> Measurements:
    """Return a row for every number that the results, ordered by their trials, hold; NaN is none."""
    parts = [_of_some(results[first : first + AT_ONCE], metrics) for first in range(0, len(results), AT_ONCE)]
    return Measurements(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _of_some(results: Sequence[JobResult], metrics: Sequence[str]) -> Measurements:
    longest = max(len(curve) for result in results for curve in (*result.curves.values(), ()))
    table = np.full((len(results), longest, len(metrics)), np.nan, np.float32)
    for place, result in enumerate(results):
        for column, name in enumerate(metrics):
            if name in result.curves:
                table[place, : len(result.curves[name]), column] = result.curves[name]
    places, epochs, columns = np.nonzero(~np.isnan(table))
    numbers, starts = (
        np.array(each, np.int32)
        for each in zip(*((result.number, result.job.start) for result in results), strict=True)
    )
    return Measurements(
        numbers[places],
        (epochs + starts[places]).astype(np.int32),
        columns.astype(np.int32),
        # Added to 0, -0 becomes 0, as which SQLite would return it.
        table[places, epochs, columns] + np.float32(0),
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
