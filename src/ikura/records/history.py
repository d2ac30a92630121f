"""All trials of a study with what was measured of them and decided about them; frozen, and read by everyone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ikura.records.configuration import Config, Value
from ikura.records.decision import CopyFrom, Decision, GoOn, Stop
from ikura.records.job import Job, JobResult
from ikura.records.metric import Metric, Objective
from ikura.records.proposal import Region
from ikura.records.settings import Settings
from ikura.records.trial import Edit, Leg, Trial, TrialState


@dataclass(frozen=True, eq=False)
class History:
    """All trials of a study in the order of their numbers, 0, 1, 2..., with what was measured of them."""

    metrics: tuple[Metric, ...]
    objective: Objective
    horizon: int
    """Epochs of a trial that is trained to its end."""
    trials: tuple[Trial, ...] = ()
    states: tuple[TrialState, ...] = ()
    curves: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    """For each metric an array [trial, epoch], as wide as the longest trial; NaN where nothing was measured."""
    regions: tuple[Region, ...] = ()
    errors: Mapping[int, str] = field(default_factory=dict)
    """By the numbers of the trials that failed, their tracebacks."""
    targets: Mapping[int, int] = field(default_factory=dict)
    """By the numbers of the trials that are running, the epochs to which they are to be trained."""
    edits: Mapping[int, tuple[Edit, ...]] = field(default_factory=dict)
    """By the numbers of the trials that were changed under training, their changes in order."""
    revision: int = 0
    """Of the store: how many writes this history has seen."""
    study: int = 0
    """Of the store: the study that it was read of, whatever its name."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the history of a study that has no trials yet."""
        curves = {metric.name: np.zeros((0, 0), np.float32) for metric in settings.metrics}
        return cls(settings.metrics, settings.objective, settings.epochs, curves=curves)

    @cached_property
    def epochs(self) -> NDArray[np.intp]:
        """For how many epochs each trial was measured [trial]."""
        if not self._width:
            return np.zeros(len(self.trials), np.intp)
        measured = np.any([~np.isnan(curve) for curve in self.curves.values()], axis=0)
        last = self._width - np.argmax(measured[:, ::-1], axis=1)
        return np.where(measured.any(axis=1), last, 0).astype(np.intp)

    def final(self, metric: str) -> NDArray[np.float32]:
        """Return the metric at each trial's own last epoch [trial]; NaN for trials that came to nothing."""
        return self.at(metric, self.epochs)

    def at(self, metric: str, epochs: NDArray[np.intp] | int) -> NDArray[np.float32]:
        """Return the metric after so many epochs [trial]; NaN where it was not measured, or the trial is lost."""
        values = np.full(len(self.trials), np.nan, np.float32)
        after = np.broadcast_to(np.asarray(epochs, np.intp), len(self.trials))
        there = ~self._lost & (after > 0) & (after <= self._width)
        if there.any():
            values[there] = self.curves[metric][there, after[there] - 1]
        return values

    def values(self, number: int) -> dict[str, float]:
        """Return a trial's metrics at its own last epoch, those that were measured."""
        last = int(self.epochs[number]) - 1
        found = {name: float(curve[number, last]) for name, curve in self.curves.items()} if last >= 0 else {}
        return {name: value for name, value in found.items() if not np.isnan(value)}

    @cached_property
    def ranking(self) -> NDArray[np.intp]:
        """The numbers of the trials that have been measured and are not lost, best first.

        Those that keep to the constraints come first. Then whoever was trained for longer, since schedulers train the
        better ones on; those that are complete were trained for as long as it takes. Then the objective decides, each
        trial's at its own last epoch, then the lower number.
        """
        order = np.lexsort(self.losses[::-1]).astype(np.intp)
        return order[~np.isnan(self.final(self.objective.metric.name)[order])]

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """By what the trials rank [key, trial], the most important first; less is better."""
        finals = {metric.name: self.final(metric.name) for metric in self.objective.metrics}
        return np.stack(self.objective.losses(finals, [~self.feasible, -self.trained])).astype(np.float64)

    @cached_property
    def front(self) -> tuple[int, ...]:
        """With two objectives the numbers of the trials that no other one dominates, the best in the first one first.

        They are of those that can win: complete where some are, and keeping to the constraints, or violating them least
        where none does. Empty with one objective.
        """
        if self.objective.second is None or not len(self.ranking):
            return ()
        able = self.able
        finals = {metric.name: self.final(metric.name)[able] for metric in self.objective.metrics}
        return tuple(able[self.objective.front(finals)].tolist())

    @cached_property
    def by_first(self) -> Self:
        """The history of the first objective alone, as a question has it that is about one metric."""
        return self if self.objective.second is None else replace(self, objective=self.objective.by_first)

    @property
    def able(self) -> NDArray[np.intp]:
        """The numbers of the trials that can win, best first.

        Where some keep to the constraints, none can that does not; of those left, where some are complete, only they.
        """
        keeping = self.ranking[self.feasible[self.ranking]]
        keeping = keeping if len(keeping) else self.ranking
        complete = np.array([state is TrialState.COMPLETE for state in self.states], bool)[keeping]
        return keeping[complete] if complete.any() else keeping

    @cached_property
    def feasible(self) -> NDArray[np.bool_]:
        """Whether each trial keeps to the constraints [trial], by what was measured of it last."""
        finals = {metric.name: self.final(metric.name) for metric in self.objective.metrics}
        return self.objective.violation(finals) == 0

    @cached_property
    def trained(self) -> NDArray[np.intp]:
        """For how many epochs each trial counts as trained [trial]: one that is complete, for the horizon at least."""
        complete = np.array([state is TrialState.COMPLETE for state in self.states], bool)
        return np.where(complete, np.maximum(self.horizon, self.epochs), self.epochs)

    def numbers(self, *states: TrialState) -> list[int]:
        """Return the numbers of the trials in one of the states."""
        return [number for number, state in enumerate(self.states) if state in states]

    def count(self, *states: TrialState) -> int:
        """Return how many trials are in one of the states."""
        return sum(self._tally[state] for state in states)

    @cached_property
    def untried(self) -> int:
        """How many trials were stopped before anything was measured of them, since the search's time was over."""
        return sum(not self.epochs[number] for number in self.numbers(TrialState.STOPPED))

    def spared(self, numbers: Sequence[int]) -> int:
        """Return for how many epochs up to the horizon some trials, which are over, were not trained."""
        return int(np.maximum(self.horizon - self.epochs[list(numbers)], 0).sum())

    @cached_property
    def next_round(self) -> int:
        """The number of the sampler's next round."""
        return self.trials[-1].round + 1 if self.trials else 0

    def config(self, number: int) -> Config:
        """Return the configuration under which a trial was trained last, its edits made."""
        edits = self.edits.get(number)
        return edits[-1].config if edits else self.trials[number].config

    def values_of(self, dimension: str) -> list[Value]:
        """Return what a dimension was in the trials that have it, as they were trained last."""
        configs = map(self.config, range(len(self.trials)))
        return [config[dimension] for config in configs if dimension in config]

    def legs(self, number: int, stop: int) -> tuple[Leg, ...]:
        """Return the way of a trial's network from its first epoch to `stop`, copies from other trials followed."""
        legs: list[Leg] = []
        while True:
            before = [edit for edit in self.edits.get(number, ()) if edit.epoch < stop]
            if not before:
                return (Leg(number, self.trials[number].config, 0, stop), *reversed(legs))
            edit = before[-1]
            legs.append(Leg(number, edit.config, edit.epoch, stop))
            number, stop = (number, edit.epoch) if edit.source is None else (edit.source.trial, edit.source.epoch)
            if stop == 0:
                return tuple(reversed(legs))

    def jobs(self) -> list[Job]:
        """Return what is to be trained: a job for each trial that is running."""
        return [self.job(number) for number in sorted(self.targets)]

    def job(self, number: int) -> Job:
        """Return the job of a running trial."""
        return Job(number, self.legs(number, self.targets[number]), int(self.epochs[number]))

    def with_round(self, trials: Sequence[Trial], region: Region | None = None) -> Self:
        """Return the history with one more round, whose trials wait."""
        new = np.full((len(trials), self._width), np.nan, np.float32)
        return replace(
            self,
            trials=(*self.trials, *trials),
            states=(*self.states, *[TrialState.WAITING] * len(trials)),
            curves={m.name: np.concatenate([self.curves[m.name], new]) if self.trials else new for m in self.metrics},
            regions=self.regions if region is None else (*self.regions, region),
        )

    def with_metrics(self, metrics: Sequence[Metric]) -> Self:
        """Return the history with more metrics, which were not measured yet."""
        shape = (len(self.trials), self._width)
        new = {metric.name: np.full(shape, np.nan, np.float32) for metric in metrics}
        return replace(self, metrics=(*self.metrics, *metrics), curves={**self.curves, **new})

    def with_results(self, results: Sequence[JobResult]) -> Self:
        """Return the history with what training gave for some of its trials."""
        if not results:
            return self
        states, errors, targets = list(self.states), dict(self.errors), dict(self.targets)
        measured = [result.epochs for result in results]
        width = max(self._width, *(result.job.start + epochs for result, epochs in zip(results, measured, strict=True)))
        wider = ((0, 0), (0, width - self._width))
        curves = {m.name: np.pad(self.curves[m.name], wider, constant_values=np.nan) for m in self.metrics}
        for result, epochs in zip(results, measured, strict=True):
            number, start = result.number, result.job.start
            states[number] = result.state
            targets.pop(number, None)
            if result.error is not None:
                errors[number] = result.error
            for name, curve in result.curves.items():
                curves[name][number, start : start + len(curve[:epochs])] = curve[:epochs]
        for curve in curves.values():
            curve += np.float32(0)  # The store keeps -0 as 0.
        return replace(self, states=tuple(states), curves=curves, errors=errors, targets=targets)

    def with_decisions(self, decisions: Sequence[Decision]) -> Self:
        """Return the history with what was decided about some of its trials."""
        if not decisions:
            return self
        states, targets, edits = list(self.states), dict(self.targets), dict(self.edits)
        for decision in decisions:
            number = decision.trial
            match decision:
                case GoOn():
                    states[number], targets[number] = TrialState.RUNNING, decision.until
                case Stop():
                    states[number] = TrialState.STOPPED
                    targets.pop(number, None)
                case CopyFrom():
                    states[number], targets[number] = TrialState.RUNNING, decision.until
                    edit = Edit(decision.source.epoch, decision.config, decision.source)
                    edits[number] = (*edits.get(number, ()), edit)
        return replace(self, states=tuple(states), targets=targets, edits=edits)

    @cached_property
    def _lost(self) -> NDArray[np.bool_]:
        return np.array([state.is_lost for state in self.states], dtype=bool)

    @cached_property
    def _tally(self) -> Counter[TrialState]:
        return Counter(self.states)

    @property
    def _width(self) -> int:
        """Epochs of the longest trial."""
        return max((curve.shape[1] for curve in self.curves.values()), default=0)
