"""Schedules that stop trials: who entered each rung, who went on from it, and who was stopped when."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.records import History, TrialState

NONE = -1
"""The rung of a trial that has not begun."""

Group: TypeAlias = tuple[int, int]
"""Trials that are compared with each other: a round and a bracket, both from 0."""


@dataclass(frozen=True, slots=True)
class Rung:
    """What became of trials that are compared with each other at one rung."""

    round: int
    bracket: int
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
    bracket: int
    epochs: int
    state: TrialState
    value: float
    """The objective at its last epoch; NaN for a trial that is lost."""


@dataclass(frozen=True, slots=True)
class Elimination:
    """What a schedule did that stops trials."""

    schedule: str
    """Its name."""
    rungs: tuple[Rung, ...]
    """By round, bracket and epochs; without those that nobody entered."""
    lanes: tuple[Lane, ...]
    """By round and bracket; in each the longest first, then the best."""

    @property
    def has_ladder(self) -> bool:
        """Whether a share of the trials goes on from each rung, as in successive halving and what was made of it."""
        return self.schedule not in ("median", "patience")

    @property
    def failed(self) -> bool:
        """Whether any trial failed."""
        return any(lane.state is TrialState.FAILED for lane in self.lanes)

    @property
    def epochs(self) -> tuple[int, ...]:
        """Of all rungs, ascending."""
        return tuple(sorted({rung.epochs for rung in self.rungs}))


def elimination(
    schedule: str, history: History, groups: Sequence[Group], planned: Mapping[int, Collection[int]]
) -> Elimination:
    """Return what a schedule did.

    Args:
        schedule: its name.
        history: of the study.
        groups: in which trials are compared [trial].
        planned: for each bracket, after how many epochs its rungs stand; empty where trials are not compared.
    """
    found: list[Rung] = []
    together: defaultdict[Group, list[int]] = defaultdict(list)
    for number, group in enumerate(groups if planned else ()):
        together[group].append(number)
    for group, members in sorted(together.items()):
        epochs = sorted({*planned.get(group[1], ()), *_seen(history, members)})
        reached = np.array([_reached(history, number, epochs) for number in members], np.intp)
        found += [_rung(history, group, epochs, at, reached, np.array(members)) for at in range(len(epochs))]
    return Elimination(schedule, tuple(rung for rung in found if rung.entered), _lanes(history, groups))


def _seen(history: History, members: Collection[int]) -> set[int]:
    """Return the rungs at which a trial stands, was stopped or is expected."""
    there = (TrialState.PAUSED, TrialState.STOPPED, TrialState.COMPLETE)
    stand = {int(history.epochs[number]) for number in members if history.states[number] in there}
    return (stand | {history.targets[number] for number in members if number in history.targets}) - {0}


def _reached(history: History, number: int, rungs: list[int]) -> int:
    """Return the index of the last rung towards which a trial was trained."""
    state, epochs = history.states[number], int(history.epochs[number])
    if state is TrialState.WAITING or (state is TrialState.STOPPED and not epochs):
        return NONE
    if state is TrialState.RUNNING:
        return rungs.index(history.targets[number])
    # A trial that is lost was on the way to the next.
    side = "right" if state.is_lost else "left"
    return min(int(np.searchsorted(rungs, epochs, side=side)), len(rungs) - 1)


def _rung(
    history: History, group: Group, rungs: list[int], at: int, reached: NDArray[np.intp], members: NDArray[np.intp]
) -> Rung:
    among = members[reached >= at]
    ended = members[reached == at]
    stopped = sum(history.states[number] is TrialState.STOPPED for number in ended)
    lost = sum(history.states[number].is_lost for number in ended)
    under_way = sum(not history.states[number].is_over for number in ended)
    return Rung(
        round=group[0],
        bracket=group[1],
        epochs=rungs[at],
        entered=len(among),
        went_on=len(among) - len(ended),
        stopped=stopped,
        lost=lost,
        under_way=under_way,
        best=_best(history, among, rungs[at]),
    )


def _best(history: History, among: NDArray[np.intp], epochs: int) -> float | None:
    """Return the objective of the best trial after so many epochs; None where nobody was measured there."""
    curves = {metric.name: history.curves[metric.name] for metric in history.objective.metrics}
    name = history.objective.metric.name
    if not len(among) or epochs > curves[name].shape[1]:
        return None
    values = {metric: curve[among, epochs - 1] for metric, curve in curves.items()}
    best = float(values[name][history.objective.order(values, among.tolist())[0]])
    return None if np.isnan(best) else best


def _lanes(history: History, groups: Sequence[Group]) -> tuple[Lane, ...]:
    values = history.final(history.objective.metric.name)
    place = {int(number): rank for rank, number in enumerate(history.ranking)}
    lanes = [
        Lane(number, *groups[number], int(history.epochs[number]), state, float(values[number]))
        for number, state in enumerate(history.states)
        if history.epochs[number]
    ]
    lanes.sort(
        key=lambda lane: (lane.round, lane.bracket, -lane.epochs, place.get(lane.number, len(place)), lane.number)
    )
    return tuple(lanes)
