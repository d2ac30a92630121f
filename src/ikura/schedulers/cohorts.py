"""Cohorts: trials of one of the sampler's rounds, which go on together and are judged together."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ikura.records import History, Trial, TrialState

Group: TypeAlias = tuple[int, ...]
"""Which trials are judged together: the number of a round, and a part of it."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """The trials of a group that all came as far as was decided."""

    group: Group
    epoch: int
    """For how many epochs they have been trained."""
    members: list[int]
    """The numbers of those that were not lost or stopped on the way, best first by the objective at that epoch."""


def of_round(trial: Trial) -> Group:
    """Return the round of a trial."""
    return (trial.round,)


def gathered(history: History, group: Callable[[Trial], Group] = of_round) -> Iterator[Cohort]:
    """Yield the cohorts that may go on and of which no trial waits or runs; by default those of whole rounds.

    So neither the order of results nor how often the history is looked at changes anything.
    """
    paused: defaultdict[Group, list[int]] = defaultdict(list)
    for number in history.numbers(TrialState.PAUSED):
        paused[group(history.trials[number])].append(number)
    under_way = {group(history.trials[n]) for n in history.numbers(TrialState.WAITING, TrialState.RUNNING)}
    for own, members in paused.items():
        if own not in under_way:
            epoch = int(history.epochs[members].max())
            values = {metric.name: history.at(metric.name, epoch)[members] for metric in history.objective.metrics}
            best_first = history.objective.order(values, members)
            yield Cohort(own, epoch, [members[place] for place in best_first])


def set_out(history: History, cohort: Cohort, before: int, group: Callable[[Trial], Group] = of_round) -> int:
    """Return how many were trained towards where a cohort stands: its members, and those lost after `before` epochs."""
    lost = history.numbers(TrialState.DIVERGED, TrialState.FAILED)
    since = [n for n in lost if group(history.trials[n]) == cohort.group and history.epochs[n] >= before]
    return len(cohort.members) + len(since)
