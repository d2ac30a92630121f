"""The trials as arrays: which are drawn, how each ranks, where it lies and what it measured."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ikura.records import Config, History, TrialState
from ikura.report.axes import Axis
from ikura.report.measures import Extent, extent, is_beyond
from ikura.space import Space
from ikura.wording import number

MOST_TRIALS = 1000
MOST_EPOCHS = 200

BANDS = ((0.05, "best 5 %"), (0.2, "next 15 %"), (0.5, "next 30 %"), (1.0, "other half"))
"""Groups by rank: up to which share of the ranked trials, and the group's name."""

DIVERGED = len(BANDS)
"""The group of the trials that diverged."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where configurations lie in the space."""

    positions: NDArray[np.float64]
    """In the unit cube [shown, dimension]; NaN where the configuration lacks the dimension."""
    texts: tuple[tuple[str | None, ...], ...]
    """The values as read [shown][dimension]; None where the configuration lacks the dimension."""


@dataclass(frozen=True, slots=True, eq=False)
class ShownTrials:
    """The trials that are drawn, worst first, so that the best are drawn on top."""

    numbers: NDArray[np.intp]
    """[shown]"""
    states: tuple[TrialState, ...]
    """[shown]"""
    band: NDArray[np.intp]
    """Index into BANDS, or DIVERGED [shown]."""
    rounds: NDArray[np.intp]
    """[shown]"""
    values: NDArray[np.float32]
    """The objective at each trial's own last epoch [shown]; NaN for a diverged trial."""
    last: Places
    """Of the configurations under which they were trained last."""
    proposed: Places
    """Of the configurations as the sampler proposed them."""
    epochs: NDArray[np.intp]
    """The epochs that are drawn, from 1 [epoch]."""
    curves: Mapping[str, NDArray[np.float32]]
    """For each metric [shown, epoch]; NaN where nothing was measured."""
    ended: NDArray[np.intp]
    """The last epoch that was measured [shown]; 0 where there is none."""
    ends: Mapping[str, NDArray[np.float32]]
    """For each metric the value at the last epoch that was measured [shown]; NaN where there is none."""
    measured: int
    """How many trials were measured, drawn or not."""
    extents: Mapping[str, Extent]
    """Of each metric at the trials' own last epochs."""
    beyond: int
    """How many trials, drawn or not, have an objective worse than its edge."""

    def are(self, *states: TrialState) -> NDArray[np.bool_]:
        """Return which are in one of the states [shown]."""
        return np.array([state in states for state in self.states], dtype=bool)


def shown_trials(space: Space, axes: tuple[Axis, ...], history: History) -> ShownTrials:
    """Return what the pictures show of the trials. Above MOST_TRIALS the very best, and every nth of the others."""
    ranking = history.ranking
    diverged = np.array(history.numbers(TrialState.DIVERGED), dtype=np.intp)
    measured = len(ranking) + len(diverged)
    room = min(1.0, MOST_TRIALS / max(measured, 1))
    kept = _thin(ranking, round(room * len(ranking)))
    numbers = np.concatenate([_every(diverged, round(room * len(diverged))), kept[::-1]]).astype(np.intp)
    bands = np.full(len(history.trials), DIVERGED, dtype=np.intp)
    bands[ranking] = _bands(len(ranking))
    objective = history.objective.metric
    finals = {metric.name: history.final(metric.name) for metric in history.metrics}
    extents = {metric.name: extent(metric, _known(finals[metric.name][ranking])) for metric in history.metrics}
    curves = {metric.name: _curves(history, metric.name, numbers) for metric in history.metrics}
    ended = history.epochs[numbers]
    epochs = _every(np.arange(int(ended.max(initial=0))), MOST_EPOCHS)
    values = finals[objective.name]
    return ShownTrials(
        numbers=numbers,
        states=tuple(history.states[number] for number in numbers),
        band=bands[numbers],
        rounds=np.array([history.trials[number].round for number in numbers], dtype=np.intp),
        values=values[numbers],
        last=_places(space, axes, numbers, [history.config(int(number)) for number in numbers]),
        proposed=_places(space, axes, numbers, [history.trials[number].config for number in numbers]),
        epochs=epochs + 1,
        curves={name: curve[:, epochs] for name, curve in curves.items()},
        ended=ended,
        ends={name: _ends(curve, ended) for name, curve in curves.items()},
        measured=measured,
        extents=extents,
        beyond=int(is_beyond(objective, values[ranking], extents[objective.name]).sum()),
    )


def _thin(ranking: NDArray[np.intp], keep: int) -> NDArray[np.intp]:
    if keep >= len(ranking):
        return ranking
    best = keep // 20
    return np.concatenate([ranking[:best], _every(ranking[best:], keep - best)])


def _every(items: NDArray[np.intp], keep: int) -> NDArray[np.intp]:
    """Return at most `keep` of the items, evenly spaced, always with the first and the last."""
    if keep >= len(items):
        return items
    return items[np.linspace(0, len(items) - 1, keep).round().astype(np.intp)]


def _bands(ranked: int) -> NDArray[np.intp]:
    limits = [math.ceil(share * ranked) for share, _ in BANDS]
    return np.searchsorted(limits, np.arange(ranked), side="right").astype(np.intp)


def _known(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values[np.isfinite(values)]


def _curves(history: History, metric: str, numbers: NDArray[np.intp]) -> NDArray[np.float32]:
    if metric not in history.curves:
        return np.full((len(numbers), int(history.epochs.max(initial=0))), np.nan, dtype=np.float32)
    return np.asarray(history.curves[metric], dtype=np.float32)[numbers]


def _ends(curve: NDArray[np.float32], ended: NDArray[np.intp]) -> NDArray[np.float32]:
    ends = np.full(len(ended), np.nan, np.float32)
    there = ended > 0
    ends[there] = curve[there, ended[there] - 1]
    return ends


def _places(space: Space, axes: tuple[Axis, ...], numbers: NDArray[np.intp], configs: Sequence[Config]) -> Places:
    texts = tuple(tuple(_text(config, axis) for axis in axes) for config in configs)
    if not configs:
        return Places(np.empty((0, len(axes))), texts)
    unit = np.asarray(space.encode(configs), dtype=float)
    lots = np.random.default_rng(0).uniform(-1, 1, (int(numbers.max()) + 1, len(axes)))[numbers]
    return Places(unit + lots * np.array([axis.spread for axis in axes]), texts)


def _text(config: Config, axis: Axis) -> str | None:
    return number(config[axis.name]) if axis.name in config else None
