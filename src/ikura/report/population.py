"""The trials as arrays: which are drawn, how each ranks, where it lies and what it measured."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ikura.records import METRICS, History, Trial, TrialState
from ikura.report.axes import Axis
from ikura.report.words import number
from ikura.space import Space

MOST_TRIALS = 1000
MOST_EPOCHS = 200

BANDS = ((0.05, "best 5 %"), (0.2, "next 15 %"), (0.5, "next 30 %"), (1.0, "other half"))
"""Groups by rank: up to which share of the complete trials, and the group's name."""

DIVERGED = len(BANDS)
"""The group of the trials that diverged."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """The trials that are drawn, worst first, so that the best are drawn on top."""

    numbers: NDArray[np.intp]
    """[shown]"""
    band: NDArray[np.intp]
    """Index into BANDS, or DIVERGED [shown]."""
    rounds: NDArray[np.intp]
    """[shown]"""
    accuracy: NDArray[np.float32]
    """Dev accuracy at the last epoch [shown]; NaN for a diverged trial."""
    positions: NDArray[np.float64]
    """In the unit cube [shown, dimension]; NaN where the trial lacks the dimension."""
    texts: tuple[tuple[str | None, ...], ...]
    """The values as read [shown][dimension]; None where the trial lacks the dimension."""
    epochs: NDArray[np.intp]
    """The epochs that are drawn, from 1 [epoch]."""
    curves: dict[str, NDArray[np.float32]]
    """For each metric [shown, epoch]; NaN where nothing was measured."""
    ended: NDArray[np.intp]
    """The last epoch with finite metrics [shown]; 0 where there is none."""
    measured: int
    """How many trials were measured, drawn or not."""
    floor: float
    """The dev accuracy below which points are drawn at the lower edge."""
    below: int
    """How many complete trials, drawn or not, lie below the floor."""


def population(space: Space, axes: tuple[Axis, ...], history: History) -> Population:
    """Return what the pictures show of the trials. Above MOST_TRIALS the very best, and every nth of the others."""
    ranking = history.ranking
    diverged = np.flatnonzero([state is TrialState.DIVERGED for state in history.states])
    measured = len(ranking) + len(diverged)
    room = min(1.0, MOST_TRIALS / max(measured, 1))
    kept = _thin(ranking, round(room * len(ranking)))
    numbers = np.concatenate([_every(diverged, round(room * len(diverged))), kept[::-1]]).astype(np.intp)
    bands = np.full(len(history.trials), DIVERGED, dtype=np.intp)
    bands[ranking] = _bands(len(ranking))
    accuracy = history.final("dev_accuracy")
    floor = _floor(accuracy[ranking].astype(float))
    metrics = {metric: _rows(history, metric, numbers) for metric in METRICS}
    finite = np.isfinite(metrics["train_loss"]) & np.isfinite(metrics["dev_loss"])
    epochs = _every(np.arange(finite.shape[1]), MOST_EPOCHS)
    trials = [history.trials[index] for index in numbers]
    return Population(
        numbers=numbers,
        band=bands[numbers],
        rounds=np.array([trial.round for trial in trials], dtype=np.intp),
        accuracy=accuracy[numbers],
        positions=_positions(space, axes, trials),
        texts=tuple(tuple(_text(trial, axis) for axis in axes) for trial in trials),
        epochs=epochs + 1,
        curves={metric: values[:, epochs] for metric, values in metrics.items()},
        ended=finite.sum(axis=1),
        measured=measured,
        floor=floor,
        below=int((accuracy[ranking] < floor).sum()),
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


def _bands(complete: int) -> NDArray[np.intp]:
    limits = [math.ceil(share * complete) for share, _ in BANDS]
    return np.searchsorted(limits, np.arange(complete), side="right").astype(np.intp)


def _floor(accuracy: NDArray[np.float64]) -> float:
    """Return the worst; where it lies far out, what lies three times as far below the best as the median does."""
    if not len(accuracy):
        return 0.0
    best, worst = accuracy.max(), accuracy.min()
    reach = max(3 * (best - np.median(accuracy)), 0.02)
    return float(worst if best - worst < 1.25 * reach else best - reach)


def _rows(history: History, metric: str, numbers: NDArray[np.intp]) -> NDArray[np.float32]:
    if metric not in history.curves:
        return np.empty((len(numbers), 0), dtype=np.float32)
    return np.asarray(history.curves[metric], dtype=np.float32)[numbers]


def _text(trial: Trial, axis: Axis) -> str | None:
    return number(trial.config[axis.name]) if axis.name in trial.config else None


def _positions(space: Space, axes: tuple[Axis, ...], trials: list[Trial]) -> NDArray[np.float64]:
    if not trials:
        return np.empty((0, len(axes)))
    unit = np.asarray(space.encode([trial.config for trial in trials]), dtype=float)
    numbers = [trial.number for trial in trials]
    lots = np.random.default_rng(0).uniform(-1, 1, (max(numbers) + 1, len(axes)))[numbers]
    return unit + lots * np.array([axis.spread for axis in axes])
