"""Successive halving (Jamieson and Talwalkar, 2016), as one bracket of Hyperband has it (Li et al., 2018)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ikura.errors import SettingError
from ikura.records import Decision, GoOn, History, Stop, TrialState
from ikura.schedulers.checks import whole
from ikura.schedulers.cohorts import Cohort, gathered


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
        reduction = whole("reduction", self.reduction)
        if reduction < 2:
            raise SettingError(
                f"reduction is {reduction}; one in so many trials goes on, so it must be at least 2: raise it"
            )
        if self.horizon < reduction:
            raise SettingError(
                f"epochs is {self.horizon}; with a reduction of {reduction} it must be at least {reduction}, or no "
                "trial could ever be stopped: raise the epochs, or lower the reduction"
            )
        usual = max(1, self.horizon // reduction**2)
        first = usual if self.min_epochs is None else whole("min_epochs", self.min_epochs)
        most = self.horizon // reduction
        if not 1 <= first <= most:
            rule = f"from 1 to {most}: change it" if most > 1 else "1: give that, or raise the epochs"
            raise SettingError(
                f"min_epochs is {first}; of {self.horizon} epochs with a reduction of {reduction}, the last rung at "
                f"which trials are stopped is at {most}, so it must be {rule}"
            )
        rungs = [self.horizon]
        while rungs[0] // reduction >= first:
            rungs.insert(0, rungs[0] // reduction)
        object.__setattr__(self, "reduction", reduction)
        object.__setattr__(self, "min_epochs", first)
        object.__setattr__(self, "rungs", tuple(rungs))

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
            kept = self._kept(self._started(history, cohort))
            until = next(rung for rung in self.rungs if rung > cohort.epoch)
            decisions += [GoOn(number, until) for number in cohort.members[:kept]]
            decisions += [Stop(number) for number in cohort.members[kept:]]
        return decisions

    def planned_epochs(self, rounds: Sequence[int]) -> int:
        """Return how many epochs a search with rounds of these sizes trains in all, if no trial is lost."""
        total = 0
        for size in rounds:
            left = size
            for start, stop in pairwise((0, *self.rungs)):
                total += left * (stop - start)
                left = self._kept(left)
        return total

    def _kept(self, started: int) -> int:
        """Return how many of so many trials go on from a rung."""
        return max(1, started // self.reduction)

    def _started(self, history: History, cohort: Cohort) -> int:
        """Return how many of the round were started towards the rung: those that stand there, and those lost since."""
        before = max((rung for rung in self.rungs if rung < cohort.epoch), default=0)
        lost = history.numbers(TrialState.DIVERGED, TrialState.FAILED)
        since = [n for n in lost if history.trials[n].round == cohort.round and history.epochs[n] >= before]
        return len(cohort.members) + len(since)
