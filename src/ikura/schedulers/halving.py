"""Successive halving (Jamieson and Talwalkar, 2016), as one bracket of Hyperband has it (Li et al., 2018)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ikura.records import Decision, GoOn, History, TrialState
from ikura.schedulers.cohorts import gathered, of_round
from ikura.schedulers.ladder import Ladder, checked_rungs


@dataclass(frozen=True)
class SuccessiveHalving:
    """Trains all trials of a round a little, the best of them for longer, and the best of these to the horizon.

    At each rung it waits for the whole round: one in `reduction` of the trials that were started towards the rung goes
    on, at least one, the others are stopped. The objective decides, as it was after the rung's epochs. Implements
    Scheduler.

    Args:
        horizon: epochs of the last rung.
        reduction: one in so many trials goes on from each rung.
        min_epochs: no trial is stopped before it has been trained for so many epochs; by default
            horizon // reduction**2, so that there are at most three rungs.

    Raises:
        SettingError: a value is out of range, or so that no trial could ever be stopped.
    """

    horizon: int
    reduction: int = 3
    min_epochs: int | None = None
    rungs: tuple[int, ...] = field(init=False)
    """The horizon, divided by `reduction` again and again while that leaves `min_epochs`; ascending."""

    def __post_init__(self) -> None:
        reduction, first, rungs = checked_rungs(self.reduction, self.min_epochs, self.horizon)
        object.__setattr__(self, "reduction", reduction)
        object.__setattr__(self, "min_epochs", first)
        object.__setattr__(self, "rungs", rungs)

    is_bound = False

    @property
    def settings(self) -> Mapping[str, int]:
        """See `Scheduler.settings`."""
        assert self.min_epochs is not None
        return {"reduction": self.reduction, "min_epochs": self.min_epochs}

    @property
    def summary(self) -> str:
        """See `Scheduler.summary`."""
        return f"by halving ({', '.join(f'{rung:,}' for rung in self.rungs)} epochs)"

    def decide(self, history: History, seed: int) -> list[Decision]:  # noqa: ARG002
        """Return that those that wait begin, and for each round that has come to a rung, who goes on from there."""
        decisions: list[Decision] = [GoOn(number, self.rungs[0]) for number in history.numbers(TrialState.WAITING)]
        for cohort in gathered(history):
            decisions += self._ladder.decide(history, cohort, of_round)
        return decisions

    def planned_epochs(self, rounds: Sequence[int]) -> int:
        """Return how many epochs a search with rounds of these sizes trains in all, if no trial is lost."""
        return sum(map(self._ladder.planned_epochs, rounds))

    @property
    def _ladder(self) -> Ladder:
        return Ladder(self.rungs, self.reduction)
