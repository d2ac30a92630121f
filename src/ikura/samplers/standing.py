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
    finals = {metric.name: history.final(metric.name)[measured] for metric in history.objective.metrics}
    keys = np.stack([history.trained[measured], *history.objective.losses(finals)])
    starts = np.concatenate(
        [[0], 1 + np.flatnonzero((keys[:, 1:] != keys[:, :-1]).any(axis=0)), [len(measured)] if len(lost) else []]
    )
    ends = np.append(starts[1:], len(numbers))
    middles = np.repeat((starts + ends) / 2, (ends - starts).astype(np.intp))
    return numbers, ndtri(middles / len(numbers))
