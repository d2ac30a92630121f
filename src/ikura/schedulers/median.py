"""Median stopping (Golovin et al., 2017, section 3.2.2), for the trials of a round together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ikura.records import Decision, GoOn, History, Stop, TrialState
from ikura.schedulers.bests import best_epochs
from ikura.schedulers.checks import checked_looks
from ikura.schedulers.cohorts import Cohort, gathered, set_out
from ikura.wording import every


@dataclass(frozen=True)
class MedianStopping:
    """Looks at the trials of a round together every few epochs, and stops those that lag behind half of them.

    A trial is stopped whose best values so far are worse than the median of the running averages: of what the trials
    that stand there had on average from their first epoch on, a trial that was lost on the way there being the worst.
    Best and worse is what the objective's order says, of averages as of values; so of an even number the median is the
    worse one of the middle two. Implements Scheduler.

    Args:
        horizon: epochs of a trial that is never stopped.
        min_epochs: epochs before the first look, and between two; by default a tenth of the horizon.

    Raises:
        SettingError: a value is out of range.
    """

    horizon: int
    min_epochs: int | None = None
    epochs: tuple[int, ...] = field(init=False)
    """After which trials are looked at; the horizon is the last."""

    def __post_init__(self) -> None:
        epochs = checked_looks(self.min_epochs, self.horizon, "trials are looked at")
        object.__setattr__(self, "min_epochs", epochs[0])
        object.__setattr__(self, "epochs", epochs)

    is_bound = True

    @property
    def settings(self) -> Mapping[str, int]:
        """See `Scheduler.settings`."""
        assert self.min_epochs is not None
        return {"min_epochs": self.min_epochs}

    @property
    def summary(self) -> str:
        """See `Scheduler.summary`."""
        return f"by median stopping, looked at {every(self.epochs[0], 'epoch')}"

    def decide(self, history: History, seed: int) -> list[Decision]:  # noqa: ARG002
        """Return that those that wait begin, and for each round that stands together, who goes on."""
        decisions: list[Decision] = [GoOn(number, self.epochs[0]) for number in history.numbers(TrialState.WAITING)]
        for cohort in gathered(history):
            until = next(epoch for epoch in self.epochs if epoch > cohort.epoch)
            behind = self._behind(history, cohort)
            decisions += [GoOn(number, until) for number in cohort.members if number not in behind]
            decisions += [Stop(number) for number in cohort.members if number in behind]
        return decisions

    def planned_epochs(self, rounds: Sequence[int]) -> int:
        """Return the horizon times the trials, which is the most that there can be."""
        return sum(rounds) * self.horizon

    def _behind(self, history: History, cohort: Cohort) -> set[int]:
        """Return the members whose best values are worse than the averages of more than half of those that set out."""
        objective, members = history.objective, len(cohort.members)
        # In double precision the average of equal values is that value.
        curves = {
            metric.name: history.curves[metric.name][cohort.members, : cohort.epoch].astype(np.float64)
            for metric in objective.metrics
        }
        best = best_epochs(objective, curves)[:, None]
        values = {}
        for name, curve in curves.items():
            measured = np.isfinite(curve).sum(axis=1)
            average = np.where(measured, np.nansum(curve, axis=1) / np.maximum(measured, 1), np.nan)
            values[name] = np.concatenate([np.take_along_axis(curve, best, axis=1)[:, 0], average])
        # Bests stand before averages that are equal, so that before a best there is only what is better.
        order = objective.order(values, [0] * members + [1] * members)
        is_best = order < members
        better = np.cumsum(~is_best)[is_best]
        before = max((epoch for epoch in self.epochs if epoch < cohort.epoch), default=0)
        half = set_out(history, cohort, before) / 2
        return {cohort.members[place] for place in order[is_best][better > half]}
