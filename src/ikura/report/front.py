"""Two objectives: the trials that no other one dominates, among all that were measured."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ikura.records import History, Metric
from ikura.report.shown_trials import DIVERGED, ShownTrials


@dataclass(frozen=True, slots=True, eq=False)
class Front:
    """The trials of the front, and those that it lies among."""

    metrics: tuple[Metric, Metric]
    """What is optimised, the first objective first."""
    numbers: tuple[int, ...]
    """Of the trials of the front, the best in the first objective first."""
    values: NDArray[np.float32]
    """Of the trials of the front [trial, metric], as the search measured them last."""
    others: NDArray[np.intp]
    """The numbers of the other trials that are drawn [other]."""
    around: NDArray[np.float32]
    """Of the other trials that are drawn [other, metric]."""
    feasible: NDArray[np.bool_]
    """Whether they keep to the constraints [other]."""


def front(history: History, shown: ShownTrials) -> Front | None:
    """Return the front of a study of two objectives; None of others, and while nothing was measured."""
    first, second = history.objective.metric, history.objective.second
    if second is None or not history.front:
        return None
    finals = np.stack([history.final(first.name), history.final(second.name)], axis=1)
    drawn = shown.numbers[shown.band != DIVERGED]
    others = drawn[~np.isin(drawn, history.front) & np.isfinite(finals[drawn]).all(axis=1)]
    return Front(
        metrics=(first, second),
        numbers=history.front,
        values=finals[list(history.front)],
        others=others,
        around=finals[others],
        feasible=history.feasible[others],
    )
