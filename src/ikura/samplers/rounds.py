"""Where a search in rounds stands, read off its history."""

import numpy as np
from numpy.typing import NDArray

from ikura.records import History

PATIENCE = 4
"""After so many rounds without a better trial, an epoch of the search ends."""


def next_round(history: History) -> int:
    """Give the next round its number."""
    return history.trials[-1].round + 1 if history.trials else 0


def round_size(seen: int, limit: int, rounds: int) -> int:
    """Size the next round such that `rounds` rounds of about equal size make `seen + limit` trials."""
    ends = ((seen + limit) * n // rounds for n in range(1, rounds + 1))
    return next((end - seen for end in ends if end > seen), 0)


def epoch(history: History) -> NDArray[np.intp]:
    """Give the numbers of the complete trials that count for the next round, best first.

    Where the best trial is older than PATIENCE rounds, a new epoch begins, which knows no trial but that one.
    """
    round_of = np.array([trial.round for trial in history.trials], dtype=np.intp)
    counting, start = history.ranking[:0], 0
    for now in range(1, next_round(history) + 1):
        known = history.ranking[round_of[history.ranking] < now]
        if len(known) and now - max(round_of[known[0]], start) > PATIENCE:
            start = now
        counting = np.concatenate([known[:1], known[1:][round_of[known[1:]] >= start]])
    return counting
