"""Which hyperparameters mattered: how much worse their study is explained when one of them is shuffled.

Permutation importance (Breiman 2001, "Random Forests", section 10) of a random forest that predicts each trial's rank
from its hyperparameters, measured on the half of the trials that the forest has not seen.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.records import History
from ikura.space import Space

FEWEST_TRIALS = 20
"""With fewer, a half of them says nothing."""

MOST_TRIALS = 1000
TREES, LEAF, REPEATS = 50, 2, 3

LACKING = -0.5
"""The place of a hyperparameter that a trial lacks: apart from all that it could have been."""

LEAST = 0.005
"""Of all importance together: what has less is not told from none."""


@dataclass(frozen=True, slots=True)
class Importance:
    """Of one hyperparameter."""

    name: str
    share: float
    """Of the importance of all together; 0 where it cannot be told from none."""


def importances(space: Space, history: History) -> tuple[Importance, ...]:
    """Return how much each hyperparameter mattered, the most first; nothing where too little is known."""
    numbers = history.ranking
    if len(numbers) < FEWEST_TRIALS or len(space) < 2:
        return ()
    kept = numbers[np.linspace(0, len(numbers) - 1, min(len(numbers), MOST_TRIALS)).astype(np.intp)]
    places = space.encode([history.config(int(number)) for number in kept])
    found = np.clip(_permuted(np.nan_to_num(places, nan=LACKING), np.arange(len(kept))), 0, None)
    if not found.sum():
        return ()
    shares = found / found.sum()
    order = np.argsort(-shares, kind="stable")
    return tuple(Importance(space.names[at], float(shares[at]) if shares[at] >= LEAST else 0.0) for at in order)


def _permuted(places: NDArray[np.float64], ranks: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return what the forest loses by each dimension [dimension], over both halves of the trials."""
    # Scikit-learn takes half a second to import.
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance

    halves = np.random.default_rng(0).permutation(len(ranks)) % 2 == 0
    lost = np.zeros(places.shape[1])
    for half in (halves, ~halves):
        forest = RandomForestRegressor(TREES, min_samples_leaf=LEAF, random_state=0).fit(places[half], ranks[half])
        shuffled: Any = permutation_importance(forest, places[~half], ranks[~half], n_repeats=REPEATS, random_state=0)
        lost += shuffled["importances_mean"]
    return lost
