"""Successive halving: who entered each rung, who went on from it, and who was stopped when."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ikura.records import History, TrialState

WAITING = -1
"""The rung of a trial that has not begun."""


@dataclass(frozen=True, slots=True)
class Rung:
    """What became of a round's trials at one rung."""

    round: int
    epochs: int
    """After so many it stands."""
    entered: int
    """How many were to be trained up to it."""
    went_on: int
    stopped: int
    lost: int
    """How many diverged or failed on the way to it."""
    under_way: int
    """How many are on the way to it, or stand at it and may go on."""
    best: float | None
    """The best value of the objective that was measured there; None where there is none yet."""


@dataclass(frozen=True, slots=True)
class Lane:
    """How far a trial came."""

    number: int
    round: int
    epochs: int
    state: TrialState
    value: float
    """The objective at its last epoch; NaN for a trial that is lost."""


@dataclass(frozen=True, slots=True)
class Halving:
    """What successive halving did."""

    rungs: tuple[Rung, ...]
    """By round and epochs; without those that nobody entered."""
    lanes: tuple[Lane, ...]
    """By round; in each the longest first, then the best."""

    @property
    def failed(self) -> bool:
        """Whether any trial failed."""
        return any(lane.state is TrialState.FAILED for lane in self.lanes)

    @property
    def epochs(self) -> tuple[int, ...]:
        """Of all rungs, ascending."""
        return tuple(sorted({rung.epochs for rung in self.rungs}))


def halving(history: History, planned: Collection[int]) -> Halving:
    """Return what successive halving did.

    Args:
        history: of the study.
        planned: after how many epochs its rungs stand.
    """
    epochs = sorted({*planned, *_seen(history)})
    reached = np.array([_reached(history, number, epochs) for number in range(len(history.trials))], dtype=np.intp)
    rounds = np.array([trial.round for trial in history.trials], dtype=np.intp)
    found = [
        _rung(history, int(round_number), epochs, at, reached, (rounds == round_number) & (reached >= at))
        for round_number in np.unique(rounds)
        for at in range(len(epochs))
    ]
    return Halving(tuple(rung for rung in found if rung.entered), _lanes(history))


def _seen(history: History) -> set[int]:
    """Return the rungs at which a trial stands, was stopped or is expected."""
    there = history.numbers(TrialState.PAUSED, TrialState.STOPPED, TrialState.COMPLETE)
    return {int(history.epochs[number]) for number in there} | set(history.targets.values())


def _reached(history: History, number: int, rungs: list[int]) -> int:
    """Return the index of the last rung towards which a trial was trained."""
    state, epochs = history.states[number], int(history.epochs[number])
    if state is TrialState.WAITING:
        return WAITING
    if state is TrialState.RUNNING:
        return rungs.index(history.targets[number])
    # A trial that is lost was on the way to the next.
    side = "right" if state.is_lost else "left"
    return min(int(np.searchsorted(rungs, epochs, side=side)), len(rungs) - 1)


def _rung(
    history: History, round_number: int, rungs: list[int], at: int, reached: NDArray[np.intp], among: NDArray[np.bool_]
) -> Rung:
    ended = np.flatnonzero(among & (reached == at))
    stopped = sum(history.states[number] is TrialState.STOPPED for number in ended)
    lost = sum(history.states[number].is_lost for number in ended)
    under_way = sum(not history.states[number].is_over for number in ended)
    metric = history.objective.metric
    curve = history.curves[metric.name]
    values = curve[among, rungs[at] - 1] if rungs[at] <= curve.shape[1] else np.empty(0, np.float32)
    values = values[~np.isnan(values)]
    return Rung(
        round=round_number,
        epochs=rungs[at],
        entered=int(among.sum()),
        went_on=int(among.sum()) - len(ended),
        stopped=stopped,
        lost=lost,
        under_way=under_way,
        best=float(values[np.argmin(metric.loss(values))]) if len(values) else None,
    )


def _lanes(history: History) -> tuple[Lane, ...]:
    values = history.final(history.objective.metric.name)
    place = {int(number): rank for rank, number in enumerate(history.ranking)}
    lanes = [
        Lane(trial.number, trial.round, int(history.epochs[trial.number]), state, float(values[trial.number]))
        for trial, state in zip(history.trials, history.states, strict=True)
        if history.epochs[trial.number]
    ]
    lanes.sort(key=lambda lane: (lane.round, -lane.epochs, place.get(lane.number, len(place)), lane.number))
    return tuple(lanes)
