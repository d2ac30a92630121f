"""Which hyperparameters mattered: how the differences between trials are shared out among them.

An analysis of variance (Sobol', 1993; as "functional ANOVA" of hyperparameters, Hutter et al., 2014) of what a Gaussian
process expects everywhere in the space, fitted to the ranks of the trials.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.records import JSON, History, Value
from ikura.report.axes import condition_in_words
from ikura.samplers.gaussian import Process, features_of, fitted
from ikura.samplers.standing import normal_scores
from ikura.space import Space
from ikura.wording import count, listing

FEWEST_TRIALS = 10
"""For each hyperparameter (Loeppky, Sacks and Welch, 2009): with fewer, nothing is said. On digits 64 trials of 11
hyperparameters said, with a narrow interval, that the learning rate did not matter; 128 that it mattered most.
"""

MOST_TRIALS = 256
"""So many of a long history are looked at: of every rank."""

HALVES, MOST_IN_HALF = 12, 64
"""How many random halves of the trials tell of chance, and how many trials one has at most."""

POINTS = 256
"""Of the space, for each mean over it; a power of 2, as Sobol's sequence wants it."""

LEAST_EXPLAINED = 0.1
"""Of the differences between trials: a process that tells less of a trial that it has not seen tells nothing."""

STUDENT = 2.2
"""So many standard deviations are 95 % to either side, of a deviation that is known by 12 halves."""

Conditions: TypeAlias = Mapping[str, tuple[Value, ...]]
"""The values that other dimensions must have, and those that these hang on in turn."""


@dataclass(frozen=True, slots=True)
class Importance:
    """Of one hyperparameter, among the trials that have it."""

    name: str
    condition: str | None
    """When it exists, in words: `only when optimizer is adam`."""
    trials: int
    """Of how many trials, at most 256, this is known."""
    explained: float | None = None
    """What share of the differences between them is told by their hyperparameters, of a trial that was not looked at;
    None where there are too few of them."""
    share: float | None = None
    """Of these differences, what would be lost if it were the same everywhere: by itself and together with others, so
    that shares may add up to more than 1. None where it cannot be told from chance."""
    interval: tuple[float, float] | None = None
    """The 95 % interval of the share, for another choice of trials."""
    alone: float | None = None
    """The part of the share that it has by itself, whatever the others are."""

    def to_json(self) -> dict[str, JSON]:
        """Return all of it as JSON has it."""
        return {
            "name": self.name,
            "condition": self.condition,
            "trials": self.trials,
            "explained": self.explained,
            "share": self.share,
            "interval": None if self.interval is None else list(self.interval),
            "alone": self.alone,
        }


def importances(space: Space, history: History) -> tuple[Importance, ...]:
    """Return how much each hyperparameter mattered, the most first; empty for a space of one dimension.

    One that has a condition is looked at among the trials where it exists. Trials that were trained further come first
    by rank, and those that were lost come last: where training fails is worth knowing.
    """
    if len(space) < 2 or not len(history.ranking):
        return ()
    from threadpoolctl import threadpool_limits

    numbers, scores = normal_scores(history)
    places = space.encode([history.config(int(number)) for number in numbers])
    found: dict[str, Importance] = {}
    # The sums of many threads come to other bits, for each number of them.
    with threadpool_limits(1, "blas"):
        for conditions, names in _groups(space):
            found |= _of_group(space, conditions, names, places, scores)
    ordered = [found[name] for name in space.names]
    return tuple(sorted(ordered, key=lambda one: -1.0 if one.share is None else one.share, reverse=True))


def _groups(space: Space) -> list[tuple[Conditions, list[str]]]:
    """Return the conditions that there are, each with the dimensions that have it."""
    groups: list[tuple[Conditions, list[str]]] = []
    for name in space.names:
        conditions = _conditions(space, name)
        known = next((names for other, names in groups if other == conditions), None)
        if known is None:
            groups.append((conditions, [name]))
        else:
            known.append(name)
    return groups


def _conditions(space: Space, name: str) -> Conditions:
    found: dict[str, tuple[Value, ...]] = {}
    for other, values in (space.dimensions[name].when or {}).items():
        for parent, allowed in (*_conditions(space, other).items(), (other, values)):
            found[parent] = tuple(value for value in allowed if value in found.get(parent, allowed))
    return found


def _of_group(
    space: Space, conditions: Conditions, names: Sequence[str], places: NDArray[np.float64], scores: NDArray[np.float64]
) -> dict[str, Importance]:
    """Return the importance of dimensions that exist under the same conditions, by name.

    Args:
        space: of the study.
        conditions: under which they exist.
        names: of the dimensions.
        places: of all trials in the unit cube [trial, dimension], the best first.
        scores: of all trials [trial]; less is better.
    """
    columns = [at for at, name in enumerate(space.names) if _holds(_conditions(space, name), conditions)]
    part = Space(**{name: space.dimensions[name] for name in (space.names[at] for at in columns)})
    places = places[:, columns]
    rows = np.flatnonzero(~np.isnan(places).any(axis=1))
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST_TRIALS)).astype(np.intp)]
    words = [condition_in_words(space.dimensions[name]) for name in names]
    few = {name: Importance(name, word, len(rows)) for name, word in zip(names, words, strict=True)}
    if len(rows) < FEWEST_TRIALS * len(part):
        return few
    explained, shares, alone, spread = _Part(part, conditions).analysed(places[rows], scores[rows])
    found = {}
    for name, one in few.items():
        at = part.names.index(name)
        found[name] = Importance(name, one.condition, one.trials, explained)
        if explained >= LEAST_EXPLAINED:
            share = float(shares[at])
            interval = (max(0.0, share - STUDENT * float(spread[at])), min(1.0, share + STUDENT * float(spread[at])))
            found[name] = Importance(name, one.condition, one.trials, explained, share, interval, float(alone[at]))
    return found


def _holds(conditions: Conditions, given: Conditions) -> bool:
    """Tell whether conditions hold wherever the given ones do."""
    return all(name in given and set(given[name]) <= set(values) for name, values in conditions.items())


@dataclass(frozen=True)
class _Part:
    """The part of a space where some dimensions exist."""

    space: Space
    """Of all dimensions that exist there for certain."""
    conditions: Conditions

    def analysed(
        self, places: NDArray[np.float64], scores: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return what is explained, and by dimension [dimension] the share, that alone, and the share's deviation.

        The deviation is that of shares under random halves of the trials (Shao and Wu, 1989): without replacement,
        since a trial that counted twice would look like one without noise.
        """
        rng = np.random.default_rng(0)
        size = min(len(scores) // 2, MOST_IN_HALF)
        halves = [rng.permutation(len(scores))[:size] for _ in range(HALVES)]
        whole, *others = [self._fitted(places[rows], scores[rows]) for rows in (np.arange(len(scores)), *halves)]
        alone, shares = self._shares([whole, *others])
        spread = shares[1:].std(axis=0, ddof=1) * np.sqrt(size / (len(scores) - size))
        explained = _explained(whole) if np.ptp(scores) else 0.0
        return explained, shares[0], np.minimum(alone[0], shares[0]), spread

    def _fitted(self, places: NDArray[np.float64], scores: NDArray[np.float64]) -> Process:
        deviation = scores.std() if np.ptp(scores) else 1.0
        return fitted(features_of(self.space, places), (scores - scores.mean()) / deviation)

    def _shares(self, processes: Sequence[Process]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the first-order and the total indices [process, dimension] of what processes expect."""
        # It takes most of a second to import.
        from scipy.stats import sobol_indices, uniform

        def expected(points: NDArray[np.float64]) -> NDArray[np.float64]:
            values = features_of(self.space, self._placed(points)).values
            return np.stack([process.mean(values) for process in processes])

        # What is the same everywhere has no differences to share out.
        with np.errstate(divide="ignore", invalid="ignore"):
            found = sobol_indices(
                func=expected, n=POINTS, dists=[uniform()] * len(self.space), rng=np.random.default_rng(0)
            )
        # It leaves out axes of length 1.
        shape = len(processes), len(self.space)
        first, total = (np.nan_to_num(each, nan=0.0).reshape(shape) for each in (found.first_order, found.total_order))
        return np.clip(first, 0, 1), np.clip(total, 0, 1)

    def _placed(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return places [point, dimension] that configurations have, for uniform numbers [dimension, point]."""
        placed = []
        for (name, dimension), given in zip(self.space.items, points, strict=True):
            if name in self.conditions:
                values = self.conditions[name]
                cells = np.minimum((given * len(values)).astype(np.intp), len(values) - 1)
                placed.append(dimension.to_unit(values)[cells])
            else:
                placed.append(
                    given if dimension.levels is None else dimension.to_unit(dimension.from_unit(given).tolist())
                )
        return np.stack(placed, axis=1)


def _explained(process: Process) -> float:
    """Return by how much better than by their mean scores are predicted, each by all others (Rasmussen, 5.4.2)."""
    from scipy.linalg import cho_solve

    inverse = cho_solve((process.root, True), np.eye(len(process.weights)))
    return max(0.0, 1 - float(np.mean((process.weights / np.diag(inverse)) ** 2)))


def untold_in_words(found: Sequence[Importance]) -> list[str]:
    """Return of which hyperparameters nothing is known, and why: a line for each reason."""
    few = [one for one in found if one.explained is None]
    chance = [one for one in found if one.explained is not None and one.share is None]
    most = max((one.trials for one in few), default=0)
    said = []
    if few:
        have = f"at most {count(most, 'trial')}" if len(few) < len(found) else count(most, "trial")
        needed = f"{FEWEST_TRIALS} are needed for each hyperparameter"
        said.append(f"Too few trials to say what mattered{_of(few, found)}: {have}; {needed}.")
    if chance:
        said.append(f"What mattered cannot be told from chance{_of(chance, found)}.")
    return said


def _of(some: Sequence[Importance], found: Sequence[Importance]) -> str:
    return "" if len(some) == len(found) else f" of {listing([one.name for one in some], 'and')}"
