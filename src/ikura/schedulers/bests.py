"""When a trial was best, by the study's objective."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ikura.records import Objective


def best_epochs(objective: Objective, curves: Mapping[str, NDArray[np.floating]]) -> NDArray[np.intp]:
    """Return at which epoch each trial was best [trial], the first of equal ones; epochs count from 0.

    With two objectives it is the best by the first one, of those that no other epoch of the trial dominates.

    Args:
        objective: in whose order values are, its tie-breaks included.
        curves: for each of its metrics an array [trial, epoch]; NaN where nothing was measured.
    """
    shape = curves[objective.metric.name].shape
    rank = np.empty(shape[0] * shape[1], np.intp)
    # The order by fronts would depend on the other trials.
    order = objective.by_first.order({name: curve.ravel() for name, curve in curves.items()}, range(len(rank)))
    rank[order] = np.arange(len(rank))
    return rank.reshape(shape).argmin(axis=1)
