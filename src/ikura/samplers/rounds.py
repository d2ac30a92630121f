"""Where a search in rounds stands, read off its history."""

from itertools import pairwise
from numbers import Integral
from operator import index

import numpy as np
from numpy.typing import NDArray

from ikura.errors import SettingError
from ikura.records import History

PATIENCE = 4
"""After so many rounds without a better trial the search starts afresh, or after half of the rounds if that is less."""


def whole_rounds(rounds: object) -> int:
    """Return into how many rounds a sampler splits the trials; raise SettingError for what is no such number."""
    if not isinstance(rounds, Integral) or isinstance(rounds, bool):
        raise SettingError(f"rounds is {rounds!r}; it must be a whole number: change it")
    if rounds < 1:
        raise SettingError(f"rounds is {rounds}; a search needs at least 1 round: raise it")
    return index(rounds)


def round_size(seen: int, limit: int, rounds: int) -> int:
    """Return the size of the next round such that `rounds` rounds of about equal size make `seen + limit` trials."""
    ends = ((seen + limit) * n // rounds for n in range(1, rounds + 1))
    return next((end - seen for end in ends if end > seen), 0)


def even_rounds(trials: int, rounds: int) -> tuple[int, ...]:
    """Return the sizes of the rounds that `round_size` makes of so many trials; none is empty."""
    ends = [trials * n // rounds for n in range(rounds + 1)]
    return tuple(end - start for start, end in pairwise(ends) if end > start)


def trials_since_restart(history: History, rounds: int) -> NDArray[np.intp]:
    """Return the numbers of the measured trials that count for the next of so many rounds, best first.

    Where the best trial is older than the patience, the search starts afresh and knows no trial but that one.
    """
    patience = min(PATIENCE, max(1, rounds // 2))
    round_of = np.array([trial.round for trial in history.trials], dtype=np.intp)
    counting, start = history.ranking[:0], 0
    for now in range(1, history.next_round + 1):
        known = history.ranking[round_of[history.ranking] < now]
        if len(known) and now - max(round_of[known[0]], start) > patience:
            start = now
        counting = np.concatenate([known[:1], known[1:][round_of[known[1:]] >= start]])
    return counting
