"""A ladder of rungs: at each, one in so many of a cohort goes on, and the others are stopped."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from ikura.errors import SettingError
from ikura.records import Decision, GoOn, History, Stop, Trial
from ikura.schedulers.checks import whole
from ikura.schedulers.cohorts import Cohort, Group, set_out


@dataclass(frozen=True)
class Ladder:
    """One bracket of halving; without a rung below the horizon all go on to it."""

    rungs: tuple[int, ...]
    """Ascending; the last is the horizon."""
    reduction: int

    def decide(self, history: History, cohort: Cohort, group: Callable[[Trial], Group]) -> list[Decision]:
        """Return who of a cohort goes on to the next rung, and who is stopped."""
        before = max((rung for rung in self.rungs if rung < cohort.epoch), default=0)
        kept = self.kept(set_out(history, cohort, before, group))
        until = next(rung for rung in self.rungs if rung > cohort.epoch)
        going_on: list[Decision] = [GoOn(number, until) for number in cohort.members[:kept]]
        return going_on + [Stop(number) for number in cohort.members[kept:]]

    def planned_epochs(self, size: int) -> int:
        """Return how many epochs a cohort of this size is trained in all, if no trial is lost."""
        total = 0
        for start, stop in pairwise((0, *self.rungs)):
            total += size * (stop - start)
            size = self.kept(size) if size else 0
        return total

    def kept(self, started: int) -> int:
        """Return how many of so many trials go on from a rung."""
        return max(1, started // self.reduction)


def checked_rungs(reduction: object, min_epochs: object, horizon: int) -> tuple[int, int, tuple[int, ...]]:
    """Return one in how many trials goes on, the epochs of the first rung at least, and the rungs, ascending.

    The rungs are the horizon, divided by the reduction again and again while that leaves the first one's epochs.

    Args:
        reduction: as it was given.
        min_epochs: as they were given; None for horizon // reduction**2.
        horizon: epochs of the last rung.

    Raises:
        SettingError: a value is out of range, or so that no trial could ever be stopped.
    """
    by = _checked_reduction(reduction, horizon)
    first = _checked_first(min_epochs, horizon, by)
    rungs = [horizon]
    while rungs[0] // by >= first:
        rungs.insert(0, rungs[0] // by)
    return by, first, tuple(rungs)


def _checked_reduction(given: object, horizon: int) -> int:
    reduction = whole("reduction", given)
    if reduction < 2:
        raise SettingError(
            f"reduction is {reduction}; one in so many trials goes on, so it must be at least 2: raise it"
        )
    if horizon < reduction:
        raise SettingError(
            f"epochs is {horizon}; with a reduction of {reduction} it must be at least {reduction}, or no trial could "
            "ever be stopped: raise the epochs, or lower the reduction"
        )
    return reduction


def _checked_first(given: object, horizon: int, reduction: int) -> int:
    first = max(1, horizon // reduction**2) if given is None else whole("min_epochs", given)
    most = horizon // reduction
    if not 1 <= first <= most:
        rule = f"from 1 to {most}: change it" if most > 1 else "1: give that, or raise the epochs"
        raise SettingError(
            f"min_epochs is {first}; of {horizon} epochs with a reduction of {reduction}, the last rung at which "
            f"trials are stopped is at {most}, so it must be {rule}"
        )
    return first
