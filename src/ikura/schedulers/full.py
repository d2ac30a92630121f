"""The full budget for everyone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ikura.records import Decision, GoOn, History, TrialState


@dataclass(frozen=True)
class FullBudget:
    """Trains every trial for the whole horizon. Implements Scheduler."""

    horizon: int

    is_bound = False

    @property
    def settings(self) -> Mapping[str, int]:
        """See `Scheduler.settings`."""
        return {}

    @property
    def summary(self) -> None:
        """See `Scheduler.summary`."""
        return None

    def decide(self, history: History, seed: int) -> list[Decision]:  # noqa: ARG002
        """Return that each trial that waits or is paused goes on to the horizon."""
        return [GoOn(number, self.horizon) for number in history.numbers(TrialState.WAITING, TrialState.PAUSED)]

    def planned_epochs(self, rounds: Sequence[int]) -> int:
        """Return the horizon times the trials."""
        return sum(rounds) * self.horizon
