"""How a classifier does at every threshold, and how far its confidence can be trusted: curves for a report."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.records import JSON
from ikura.tasks.measures import CALIBRATION_BINS

MOST_POINTS = 200
"""Of a curve; more could not be seen."""


def roc(positive: NDArray[np.bool_], scores: NDArray[Any]) -> dict[str, list[float]]:
    """Return the share of negative examples called positive (x) and of positive ones (y), by falling threshold."""
    right, called = _found(positive, scores)
    wrong = called - right
    return _thinned(wrong / wrong[-1], right / right[-1])


def precision_recall(positive: NDArray[np.bool_], scores: NDArray[Any]) -> dict[str, list[float]]:
    """Return the recall (x) and the precision (y), by falling threshold."""
    right, called = _found(positive, scores)
    return _thinned(right[1:] / right[-1], right[1:] / called[1:])


def calibration(confidence: NDArray[Any], right: NDArray[np.bool_]) -> dict[str, JSON]:
    """Return the mean confidence and the share that is right, of the examples in equal bins of confidence."""
    places = np.minimum((confidence.astype(float) * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    sizes = np.bincount(places, minlength=CALIBRATION_BINS)
    used = np.flatnonzero(sizes)
    sums = (np.bincount(places, values, CALIBRATION_BINS)[used] for values in (confidence.astype(float), right))
    means = [np.minimum(total / sizes[used], 1.0).tolist() for total in sums]
    return {"confidence": means[0], "accuracy": means[1], "examples": sizes[used].tolist()}


def _found(positive: NDArray[np.bool_], scores: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how many are called positive rightly, and in all, at each threshold from above the highest score down."""
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    right = np.cumsum(positive[order])[last]
    return np.append(0.0, right), np.append(0.0, last + 1.0)


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> dict[str, list[float]]:
    kept = np.unique(np.linspace(0, len(x) - 1, MOST_POINTS).round().astype(int))
    return {"x": x[kept].tolist(), "y": y[kept].tolist()}
