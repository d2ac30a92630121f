"""Asynchronous successive halving (ASHA, Li et al., 2020, algorithm 2), which promotes and never waits for a round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ikura.records import Decision, GoOn, History, TrialState
from ikura.schedulers.ladder import checked_rungs


@dataclass(frozen=True)
class AsynchronousHalving:
    """Trains all trials to the first rung, and a trial on from a rung as soon as it is among the best there.

    Of the n trials that have come to a rung so far, those that went on included, the best floor(n / reduction) go on;
    the highest rung is looked at first. All rounds are compared, nobody is waited for, and nobody is stopped: a trial
    that is paused may still be among the best when more have come. The objective decides, as it was after the rung's
    epochs; a trial that was lost since counts as the worst. Implements Scheduler.

    So what is decided depends on the order in which results come in.

    Args:
        horizon: epochs of the last rung.
        reduction: one in so many trials goes on from each rung.
        min_epochs: epochs of the first rung, at least; by default horizon // reduction**2.

    Raises:
        SettingError: a value is out of range, or so that no trial could ever be left behind.
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
        return f"by ASHA ({', '.join(f'{rung:,}' for rung in self.rungs)} epochs)"

    def decide(self, history: History, seed: int) -> list[Decision]:  # noqa: ARG002
        """Return that those that wait begin, and who is promoted, from the highest rung down."""
        decisions: list[Decision] = [GoOn(number, self.rungs[0]) for number in history.numbers(TrialState.WAITING)]
        paused = set(history.numbers(TrialState.PAUSED))
        for rung, until in reversed(list(pairwise(self.rungs))):
            promoted = [n for n in self._best(history, rung) if n in paused and history.epochs[n] < until]
            decisions += [GoOn(number, until) for number in promoted]
            paused -= set(promoted)
        return decisions

    def planned_epochs(self, rounds: Sequence[int]) -> int:
        """Return what is trained if the best of all trials come to each rung first; others cost a little more.

        Who is promoted early and overtaken later has been trained for nothing, which happens to about the square root
        of the trials at a rung (Li et al., 2020, section 3.3).
        """
        total, size = 0, sum(rounds)
        for start, stop in pairwise((0, *self.rungs)):
            total += size * (stop - start)
            size //= self.reduction
        return total

    def _best(self, history: History, rung: int) -> list[int]:
        """Return the numbers of the best of those that have come to a rung, one in `reduction` of them."""
        there: NDArray[np.intp] = np.flatnonzero(history.epochs >= rung)
        values = {metric.name: history.at(metric.name, rung)[there] for metric in history.objective.metrics}
        best_first = history.objective.order(values, there.tolist())
        return there[best_first[: len(there) // self.reduction]].tolist()
