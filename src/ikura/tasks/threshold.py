"""From which probability on an example is called positive, where the dev examples choose it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.records import Kind, Target
from ikura.tasks.measures import Measure

HALF = 0.5

MOST_TRIED = 50
"""Thresholds; between more, few examples would lie."""


def called(said: NDArray[Any], target: Target) -> NDArray[np.intp]:
    """Return which class examples are said to be of [example], from probabilities [example, class]."""
    if target.threshold == HALF:
        return said.argmax(axis=1)
    return (said[:, 1] > target.threshold).astype(np.intp)


def moved(said: NDArray[Any], threshold: float) -> NDArray[np.float64]:
    """Return probabilities of two classes, stretched so that those above the threshold are above a half."""
    positive = said[:, 1].astype(np.float64)
    below = positive * (HALF / threshold)
    above = 1.0 - (1.0 - positive) * (HALF / (1.0 - threshold))
    stretched = np.where(positive > threshold, np.maximum(above, np.nextafter(HALF, 1.0)), np.minimum(below, HALF))
    return np.stack([1.0 - stretched, stretched], axis=1)


def best_threshold(measure: Measure, truth: NDArray[Any], said: NDArray[Any]) -> tuple[float, float]:
    """Return the threshold at which a metric of what examples are called is best, and its value there.

    Of equal ones it is that nearest to a half.

    Args:
        measure: depends on nothing of the probabilities but on which side of a half they lie.
        truth: the classes [example].
        said: their probabilities [example, 2].
    """
    scores = np.unique(said[:, 1].astype(np.float64))
    between = (scores[1:] + scores[:-1]) / 2
    if len(between) > MOST_TRIED:
        between = between[np.linspace(0, len(between) - 1, MOST_TRIED).round().astype(int)]
    tried = [HALF, *sorted((float(each) for each in between if 0 < each < 1), key=lambda each: abs(each - HALF))]
    values = [measure.of(truth, moved(said, threshold)) for threshold in tried]
    losses = [-value if measure.goal == "maximize" else value for value in values]
    best = int(np.argmin(losses))
    return tried[best], values[best]


def can_choose(target: Target) -> bool:
    """Return whether there is a threshold to choose."""
    return target.kind is Kind.CLASS and len(target.classes) == 2
