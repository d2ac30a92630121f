"""How good each trial is beside the others, as a number that a surface can be fitted to."""

import numpy as np
from numpy.typing import NDArray

from ikura.records import History, TrialState


def normal_scores(history: History) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the trials that are known, best first, and the normal score [trial] of the rank of each; less is better.

    Ranks are those of the history; equal trials share the mean of theirs. Trials that were lost share the last ones:
    where training fails is worth knowing. Scores of ranks do not depend on a metric's scale, nor on outliers (Blom,
    1958).
    """
    from scipy.special import ndtri

    lost = np.array(history.numbers(TrialState.DIVERGED, TrialState.FAILED), np.intp)
    measured = history.ranking
    numbers = np.concatenate([measured, lost])
    starts = np.concatenate([np.flatnonzero(_is_worse(history, measured)), [len(measured)] if len(lost) else []])
    ends = np.append(starts[1:], len(numbers))
    middles = np.repeat((starts + ends) / 2, (ends - starts).astype(np.intp))
    return numbers, ndtri(middles / len(numbers))


def some_ranks(count: int, most: int) -> NDArray[np.intp]:
    """Return at most so many of `count` ranks, ascending: half of them the best, and a fair sample of the others."""
    if count <= most:
        return np.arange(count)
    half = most // 2
    return np.append(np.arange(half), np.linspace(half, count - 1, most - half).astype(np.intp))


def newest_first(history: History, ranking: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the trials of a ranking, best first, and of equal ones the newest first.

    Where many are equal, a search around the first of them would not move.
    """
    return ranking[np.lexsort((-ranking, np.cumsum(_is_worse(history, ranking))))]


def _is_worse(history: History, ranking: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell of each trial [trial] of a ranking, best first, whether it is worse than the one before; of the first, yes.

    It may as well be equal, and have a lower number.
    """
    keys = history.losses[:, ranking]
    return np.append(np.ones(min(len(ranking), 1), np.bool_), (keys[:, 1:] != keys[:, :-1]).any(axis=0))
