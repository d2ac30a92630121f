"""Hyperband (Li et al., 2018): successive halving that begins early for some trials, and late for others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import lcm

from ikura.records import Decision, GoOn, History, Trial, TrialState
from ikura.schedulers.cohorts import Group, gathered
from ikura.schedulers.ladder import Ladder, checked_rungs


@dataclass(frozen=True)
class Hyperband:
    """Splits each round into brackets of successive halving, of which each begins at another rung.

    So where a few epochs do not tell good from bad, the trials of the brackets that begin late are still told rightly.
    A bracket gets trials in the proportions of the paper, reduction**s / (s + 1) for one with s rungs below the
    horizon, dealt out so that the first trials of a round hold all brackets as well. Implements Scheduler.

    Args:
        horizon: epochs of the last rung.
        reduction: one in so many trials goes on from each rung.
        min_epochs: the earliest rung; by default horizon // reduction**2.

    Raises:
        SettingError: a value is out of range, or so that no trial could ever be stopped.
    """

    horizon: int
    reduction: int = 3
    min_epochs: int | None = None
    brackets: tuple[Ladder, ...] = field(init=False)
    """The one that begins earliest first; the last trains all to the horizon."""

    def __post_init__(self) -> None:
        reduction, first, rungs = checked_rungs(self.reduction, self.min_epochs, self.horizon)
        object.__setattr__(self, "reduction", reduction)
        object.__setattr__(self, "min_epochs", first)
        object.__setattr__(self, "brackets", tuple(Ladder(rungs[place:], reduction) for place in range(len(rungs))))

    is_bound = False

    @property
    def settings(self) -> Mapping[str, int]:
        """See `Scheduler.settings`."""
        assert self.min_epochs is not None
        return {"reduction": self.reduction, "min_epochs": self.min_epochs}

    @property
    def summary(self) -> str:
        """See `Scheduler.summary`."""
        first = ", ".join(f"{bracket.rungs[0]:,}" for bracket in self.brackets)
        return f"by Hyperband (brackets from {first} epochs on)"

    def decide(self, history: History, seed: int) -> list[Decision]:  # noqa: ARG002
        """Return that those that wait begin, and for each bracket that has come to a rung, who goes on from there."""
        dealt = self.brackets_of(history)

        def group(trial: Trial) -> Group:
            return (trial.round, dealt[trial.number])

        decisions: list[Decision] = []
        for number in history.numbers(TrialState.WAITING):
            _, bracket = group(history.trials[number])
            decisions.append(GoOn(number, self.brackets[bracket].rungs[0]))
        for cohort in gathered(history, group):
            decisions += self.brackets[cohort.group[1]].decide(history, cohort, group)
        return decisions

    def planned_epochs(self, rounds: Sequence[int]) -> int:
        """Return how many epochs a search with rounds of these sizes trains in all, if no trial is lost."""
        total = 0
        for size in rounds:
            sizes = Counter(deal(self._shares, size))
            total += sum(self.brackets[bracket].planned_epochs(trials) for bracket, trials in sizes.items())
        return total

    def brackets_of(self, history: History) -> list[int]:
        """Return to which of the brackets each trial belongs [trial]: it follows from its place in its round."""
        firsts: dict[int, int] = {}
        for trial in history.trials:
            firsts.setdefault(trial.round, trial.number)
        dealt = deal(self._shares, len(history.trials))
        return [dealt[trial.number - firsts[trial.round]] for trial in history.trials]

    @property
    def _shares(self) -> tuple[int, ...]:
        """How many trials a bracket gets beside so many of each other."""
        depths = [len(bracket.rungs) for bracket in self.brackets]
        return tuple(self.reduction ** (depth - 1) * lcm(*depths) // depth for depth in depths)


@lru_cache(maxsize=64)
def deal(shares: tuple[int, ...], size: int) -> tuple[int, ...]:
    """Return which of several takes each of so many things, so that all beginnings have them by their shares.

    Whoever lacks most takes the next, the first of equal ones; a longer deal begins as a shorter one does.
    """
    whole = sum(shares)
    dealt: list[int] = []
    given = [0] * len(shares)
    for place in range(1, size + 1):
        lacks = [share * place - has * whole for share, has in zip(shares, given, strict=True)]
        taker = lacks.index(max(lacks))
        given[taker] += 1
        dealt.append(taker)
    return tuple(dealt)
