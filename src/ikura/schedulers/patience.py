"""Patience: a trial that has not become better for a while is stopped, as by early stopping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ikura.errors import SettingError
from ikura.records import Decision, GoOn, History, Stop, TrialState
from ikura.schedulers.bests import best_epochs
from ikura.schedulers.checks import whole
from ikura.wording import count


@dataclass(frozen=True)
class Patience:
    """Stops a trial at the first epoch at which its best values are more than `min_epochs` epochs old.

    Each trial is judged by itself. What is better is what the objective's order says, its tie-breaks included. A trial
    pauses only at epochs at which it might have to be stopped. Implements Scheduler.

    Args:
        horizon: epochs of a trial that is never stopped.
        min_epochs: for how many epochs it may go without being better than before; by default a fifth of the horizon.

    Raises:
        SettingError: a value is out of range, or so that no trial could ever be stopped.
    """

    horizon: int
    min_epochs: int | None = None

    def __post_init__(self) -> None:
        if self.horizon < 4:
            raise SettingError(
                f"epochs is {self.horizon}; patience is over after 3 epochs at the earliest, so it must be at least 4: "
                "raise it"
            )
        usual = max(1, self.horizon // 5)
        patience = usual if self.min_epochs is None else whole("min_epochs", self.min_epochs)
        if not 1 <= patience <= self.horizon - 3:
            most = self.horizon - 3
            rule = f"from 1 to {most}: change it" if most > 1 else "1: give that, or raise the epochs"
            raise SettingError(
                f"min_epochs is {patience}; a trial is stopped when its best value is more than so many epochs old, "
                f"before it comes to all {self.horizon}, so it must be {rule}"
            )
        object.__setattr__(self, "min_epochs", patience)

    is_bound = True

    @property
    def settings(self) -> Mapping[str, int]:
        """See `Scheduler.settings`."""
        return {"min_epochs": self._patience}

    @property
    def summary(self) -> str:
        """See `Scheduler.summary`."""
        return f"by patience, stopped after more than {count(self._patience, 'epoch')} without a better value"

    def decide(self, history: History, seed: int) -> list[Decision]:  # noqa: ARG002
        """Return that those that wait begin, and who of those that are paused goes on."""
        # Whatever the first epoch gives is the best by then.
        first = 1 + self._patience + 1
        decisions: list[Decision] = [GoOn(number, first) for number in history.numbers(TrialState.WAITING)]
        paused = history.numbers(TrialState.PAUSED)
        if not paused:
            return decisions
        curves = {metric.name: history.curves[metric.name][paused] for metric in history.objective.metrics}
        for number, best in zip(paused, 1 + best_epochs(history.objective, curves), strict=True):
            if history.epochs[number] - best > self._patience:
                decisions.append(Stop(number))
            else:
                decisions.append(GoOn(number, min(int(best) + self._patience + 1, self.horizon)))
        return decisions

    def planned_epochs(self, rounds: Sequence[int]) -> int:
        """Return the horizon times the trials, which is the most that there can be."""
        return sum(rounds) * self.horizon

    @property
    def _patience(self) -> int:
        assert self.min_epochs is not None
        return self.min_epochs
