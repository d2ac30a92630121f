"""Population-based training: who copied from whom, and the schedule of hyperparameters that the best network found."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ikura.records import Config, History, Leg, Value
from ikura.space import Dimension, Space
from ikura.wording import number


@dataclass(frozen=True, slots=True)
class Copy:
    """A member that took over another one's network."""

    epoch: int
    """Epochs that were trained before it."""
    member: int
    source: int
    changes: tuple[str, ...]
    """What is different from the source's configuration: `learning_rate 0.01 → 0.012`."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a member's way between two copies of its population."""

    member: int
    start: int
    """Epochs before it."""
    stop: int
    """Epochs after it."""
    value: float
    """The objective after it; NaN where it was not measured."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The values that a hyperparameter took on the way of the best network."""

    dimension: str
    steps: tuple[tuple[int, int, Value | None], ...]
    """Epochs before, epochs after, and the value between them; None where the network has no such hyperparameter."""
    places: tuple[float, ...]
    """Of the values in the unit interval; NaN for none."""


@dataclass(frozen=True, slots=True)
class Family:
    """What population-based training did."""

    members: tuple[tuple[int, int], ...]
    """Round and number of every member that was measured: by round, the best first, those that are lost last."""
    stretches: tuple[Stretch, ...]
    copies: tuple[Copy, ...]
    """By epoch."""
    way: tuple[Leg, ...]
    """Of the network that stands out, from its first epoch on; empty where there is none."""
    schedules: tuple[Schedule, ...]
    """Of the hyperparameters that changed on that way, in the space's order."""


def family(space: Space, history: History, best: int | None) -> Family:
    """Return the family of a population.

    Args:
        space: the search space.
        history: of the study.
        best: the number of the trial that stands out.
    """
    way = way_of(history, best)
    return Family(
        members=_members(history),
        stretches=tuple(stretch for member in range(len(history.trials)) for stretch in _stretches(history, member)),
        copies=tuple(sorted(_copies(space, history), key=lambda copy: (copy.epoch, copy.member))),
        way=way,
        schedules=schedules(space, way),
    )


def way_of(history: History, number: int | None) -> tuple[Leg, ...]:
    """Return the way of a trial's network so far; none where it has not been trained."""
    if number is None or number >= len(history.trials) or not history.epochs[number]:
        return ()
    return history.legs(number, int(history.epochs[number]))


def schedules(space: Space, way: tuple[Leg, ...]) -> tuple[Schedule, ...]:
    """Return the schedule of each hyperparameter that changed on a way."""
    found = []
    for name, dimension in space.items:
        steps: list[tuple[int, int, Value | None]] = []
        for leg in way:
            value = leg.config.get(name)
            if steps and steps[-1][2] == value:
                steps[-1] = (steps[-1][0], leg.stop, value)
            else:
                steps.append((leg.start, leg.stop, value))
        if len(steps) > 1:
            found.append(Schedule(name, tuple(steps), tuple(_place(dimension, value) for _, _, value in steps)))
    return tuple(found)


def _place(dimension: Dimension, value: Value | None) -> float:
    # A value comes from a configuration, which the space has checked.
    known: list[Any] = [] if value is None else [value]
    return float(dimension.to_unit(known)[0]) if known else math.nan


def _members(history: History) -> tuple[tuple[int, int], ...]:
    place = {int(number): rank for rank, number in enumerate(history.ranking)}
    there = [trial for trial in history.trials if history.epochs[trial.number]]
    there.sort(key=lambda trial: (trial.round, place.get(trial.number, len(place)), trial.number))
    return tuple((trial.round, trial.number) for trial in there)


def _stretches(history: History, member: int) -> list[Stretch]:
    """Return a member's stretches: they meet where anyone of its round copied."""
    end = int(history.epochs[member])
    marks = sorted({0, *(epoch for epoch in _met(history, history.trials[member].round) if epoch < end), end})
    curve = history.curves[history.objective.metric.name][member]
    return [Stretch(member, start, stop, float(curve[stop - 1])) for start, stop in pairwise(marks)]


def _met(history: History, round_number: int) -> set[int]:
    """Return the epochs at which anyone of a round was changed."""
    edits = (edits for number, edits in history.edits.items() if history.trials[number].round == round_number)
    return {edit.epoch for some in edits for edit in some}


def _copies(space: Space, history: History) -> Iterator[Copy]:
    for member, edits in history.edits.items():
        for edit in edits:
            if edit.source is not None:
                before = history.legs(edit.source.trial, edit.epoch)[-1].config
                yield Copy(edit.epoch, member, edit.source.trial, _changes(space, before, edit.config))


def _changes(space: Space, before: Config, after: Config) -> tuple[str, ...]:
    changed = [name for name in space.names if name in before and name in after and before[name] != after[name]]
    return tuple(f"{name} {number(before[name])} → {number(after[name])}" for name in changed)
