"""The metrics that a search can be after, fast enough for every epoch of every trial.

Each takes what is true of a target and what a network says of it, as `truths_of` and `predictions_of` give them; all
are held against scikit-learn's. Of two classes the second, in natural order, is the positive one. Of several classes or
labels, means go over those that have both positive and negative examples.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.records import Goal, Kind
from ikura.records.metric import SHARE

Array: TypeAlias = NDArray[Any]

CALIBRATION_BINS = 15
"""As Guo et al. 2017 (arXiv 1706.04599) have them."""

ROUNDING = 4 * float(np.finfo(np.float64).eps)
"""Of a number that was standardised and put back, as a share of it."""

_TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True, slots=True)
class Measure:
    """One of them."""

    name: str
    goal: Goal
    unit: str
    of: Callable[[Array, Array], float]
    by_calls: bool = False
    """Whether it depends on nothing but what examples are called, of two classes."""
    own: bool = False
    """Whether it is the user's own, which may raise anything."""


def accuracy(truth: Array, said: Array) -> float:
    """Return the share of examples whose most probable class is the true one."""
    return float((said.argmax(axis=1) == truth).mean())


def top_accuracy(truth: Array, said: Array, most: int) -> float:
    """Return the share of examples whose true class is among the `most` most probable; of equal ones the first."""
    own = said[np.arange(len(truth)), truth][:, None]
    before = np.arange(said.shape[1]) < truth[:, None]
    return float((((said > own) | ((said == own) & before)).sum(axis=1) < most).mean())


def balanced_accuracy(truth: Array, said: Array) -> float:
    """Return the mean of the recalls of the classes that there are."""
    sizes = np.bincount(truth, minlength=said.shape[1])
    right = np.bincount(truth[said.argmax(axis=1) == truth], minlength=said.shape[1])
    return float((right[sizes > 0] / sizes[sizes > 0]).mean())


def log_loss(truth: Array, said: Array, weights: Array | None = None) -> float:
    """Return the mean of -log of the probability of the true class."""
    return mean_loss(-np.log(np.maximum(said[np.arange(len(truth)), truth].astype(float), _TINY)), weights)


def mean_loss(losses: Array, weights: Array | None) -> float:
    """Return the mean of losses [example] by how much each counts; where none counts, all do the same."""
    return float(np.average(losses, weights=weights if weights is not None and weights.any() else None))


def brier(truth: Array, said: Array) -> float:
    """Return the mean squared distance of the probabilities from what is true (Brier 1950); of two classes half."""
    distance = said.astype(float)
    distance[np.arange(len(truth)), truth] -= 1.0
    return float((distance**2).sum(axis=1).mean()) / (2 if said.shape[1] == 2 else 1)


def calibration_error(truth: Array, said: Array) -> float:
    """Return how far the confidence lies from the accuracy, on average over examples (Guo et al. 2017)."""
    confidence, right = said.max(axis=1).astype(float), said.argmax(axis=1) == truth
    places = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = np.bincount(places, right - confidence, CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(truth))


def f1(positive: Array, called: Array) -> float:
    """Return the harmonic mean of precision and recall; 0 where neither is there."""
    both, either = float((positive & called).sum()), float(positive.sum() + called.sum())
    return 2 * both / either if either else 0.0


def class_f1(truth: Array, said: Array) -> float:
    """Return the F1 of the second of two classes."""
    return f1(truth == 1, said.argmax(axis=1) == 1)


def class_f1_macro(truth: Array, said: Array) -> float:
    """Return the mean of the classes' F1, over those that are true of an example or said of one."""
    called = said.argmax(axis=1)
    there = np.union1d(truth, called)
    return float(np.mean([f1(truth == each, called == each) for each in there]))


def roc_auc_of(positive: Array, scores: Array) -> float:
    """Return the share of pairs, a positive and a negative example, that the scores order rightly; ties count half.

    Without such pairs it is NaN.
    """
    there, absent = float(positive.sum()), float((~positive).sum())
    if not there or not absent:
        return np.nan
    ranks = _mean_ranks(scores)
    return (float(ranks[positive].sum()) - there * (there + 1) / 2) / (there * absent)


def average_precision_of(positive: Array, scores: Array) -> float:
    """Return the precisions at the thresholds from the highest score down, weighted by the recall that each adds.

    Without a positive and a negative example it is NaN.
    """
    if not positive.any() or positive.all():
        return np.nan
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(positive[order])
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    found = found[last]
    added = np.diff(found, prepend=0)
    return float((added * found / (last + 1)).sum() / found[-1])


def _mean_ranks(scores: Array) -> Array:
    _, places, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    return (np.cumsum(sizes) - (sizes - 1) / 2)[places]


def _over_classes(of: Callable[[Array, Array], float], truth: Array, said: Array) -> float:
    if said.shape[1] == 2:
        return of(truth == 1, said[:, 1])
    return over_labels(of, truth[:, None] == np.arange(said.shape[1]), said)


def over_labels(of: Callable[[Array, Array], float], truth: Array, said: Array) -> float:
    """Return the mean of a metric over the columns with both positive and negative examples; NaN without any."""
    usable = np.flatnonzero(truth.any(axis=0) & ~truth.all(axis=0))
    return float(np.mean([of(truth[:, each], said[:, each]) for each in usable])) if len(usable) else np.nan


def exact_match(truth: Array, said: Array) -> float:
    """Return the share of examples of which every label is right."""
    return float(((said > 0.5) == truth).all(axis=1).mean())


def label_accuracy(truth: Array, said: Array) -> float:
    """Return the share of all labels of all examples that are right: 1 less the Hamming loss."""
    return float(((said > 0.5) == truth).mean())


def label_f1_micro(truth: Array, said: Array) -> float:
    """Return the F1 over all labels of all examples together."""
    return f1(truth, said > 0.5)


def label_f1_macro(truth: Array, said: Array) -> float:
    """Return the mean of the labels' F1."""
    return float(np.mean([f1(truth[:, each], said[:, each] > 0.5) for each in range(truth.shape[1])]))


def label_log_loss(truth: Array, said: Array, weights: Array | None = None) -> float:
    """Return the mean of -log of the probability of what is true, over all labels of all examples."""
    right = np.where(truth, said, 1.0 - said.astype(float))
    return mean_loss(-np.log(np.maximum(right, _TINY)).mean(axis=1), weights)


def point(said: Array) -> Array:
    """Return one number for each example: where several quantiles are predicted, the middle one."""
    return said if said.ndim == 1 else said[:, said.shape[1] // 2]


def rmse(truth: Array, said: Array) -> float:
    """Return the root of the mean squared error, in the target's unit."""
    return float(np.sqrt(np.mean((point(said) - truth) ** 2)))


def mae(truth: Array, said: Array) -> float:
    """Return the mean size of the errors, in the target's unit."""
    return float(np.abs(point(said) - truth).mean())


def is_constant(numbers: Array) -> bool:
    """Return whether numbers [example] differ by no more than their rounding."""
    return bool(np.ptp(numbers) <= ROUNDING * np.abs(numbers).max())


def r2(truth: Array, said: Array) -> float:
    """Return the share of the variance that the predictions explain; below 0 where the mean would predict better.

    Without a variance it is NaN.
    """
    if is_constant(truth):
        return np.nan
    return float(1 - np.sum((point(said) - truth) ** 2) / np.sum((truth - truth.mean()) ** 2))


def pinball(truth: Array, said: Array, quantiles: tuple[float, ...]) -> float:
    """Return the mean pinball loss, in the target's unit, over the quantiles that are predicted."""
    error = said.reshape(len(truth), -1) - truth[:, None]
    levels = np.array(quantiles)
    return float(np.where(error < 0, -levels * error, (1 - levels) * error).mean())


def deviance(truth: Array, said: Array) -> float:
    """Return the mean Poisson deviance: twice what the log-likelihood lacks of the best that there could be."""
    rates = np.maximum(said, _TINY)
    logarithms = np.log(np.maximum(truth, 1.0)) - np.log(rates)
    return float(2 * np.mean(np.where(truth > 0, truth * logarithms, 0.0) - truth + rates))


def _measure(
    name: str,
    of: Callable[[Array, Array], float],
    goal: Goal = Goal.MAXIMIZE,
    unit: str = SHARE,
    *,
    by_calls: bool = False,
) -> Measure:
    return Measure(name, goal, unit, of, by_calls)


_LESS = Goal.MINIMIZE

_CLASSES = (
    _measure("accuracy", accuracy),
    _measure("balanced_accuracy", balanced_accuracy, by_calls=True),
    _measure("f1", class_f1, by_calls=True),
    _measure("f1_macro", class_f1_macro, by_calls=True),
    # Of one class an example, what is missed of one class is said of another: precision, recall and accuracy are one.
    _measure("f1_micro", accuracy),
    _measure("roc_auc", partial(_over_classes, roc_auc_of), unit=""),
    _measure("average_precision", partial(_over_classes, average_precision_of), unit=""),
    _measure("log_loss", log_loss, _LESS, ""),
    _measure("brier", brier, _LESS, ""),
    _measure("calibration_error", calibration_error, _LESS),
)

_LABELS = (
    _measure("f1_micro", label_f1_micro),
    _measure("f1_macro", label_f1_macro),
    _measure("exact_match", exact_match),
    _measure("label_accuracy", label_accuracy),
    _measure("roc_auc", partial(over_labels, roc_auc_of), unit=""),
    _measure("average_precision", partial(over_labels, average_precision_of), unit=""),
    _measure("log_loss", label_log_loss, _LESS, ""),
)

_NUMBERS = (
    _measure("rmse", rmse, _LESS, ""),
    _measure("mae", mae, _LESS, ""),
    _measure("r2", r2, unit=""),
)

_COUNTS = (_measure("deviance", deviance, _LESS, ""), *_NUMBERS)

MEASURES: Mapping[Kind, Mapping[str, Measure]] = {
    kind: {measure.name: measure for measure in measures}
    for kind, measures in (
        (Kind.CLASS, _CLASSES),
        (Kind.LABELS, _LABELS),
        (Kind.NUMBER, _NUMBERS),
        (Kind.COUNT, _COUNTS),
    )
}
"""By the kind of target and the name that a user gives. `top_K_accuracy` of classes and `pinball` of numbers come from
`problem`, since they have a number of their own."""
