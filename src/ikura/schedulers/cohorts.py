"""Cohorts: the trials of one of the sampler's rounds, which go on together and are judged together."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ikura.records import History, TrialState


@dataclass(frozen=True, slots=True)
class Cohort:
    """The trials of a round that all came as far as was decided."""

    round: int
    epoch: int
    """For how many epochs they have been trained."""
    members: list[int]
    """The numbers of those that were not lost or stopped on the way, best first by the objective at that epoch."""


def gathered(history: History) -> Iterator[Cohort]:
    """Yield the cohorts that may go on and of which no trial waits or runs.

    So neither the order of results nor how often the history is looked at changes anything.
    """
    paused: defaultdict[int, list[int]] = defaultdict(list)
    for number in history.numbers(TrialState.PAUSED):
        paused[history.trials[number].round].append(number)
    under_way = {history.trials[n].round for n in history.numbers(TrialState.WAITING, TrialState.RUNNING)}
    for round_number, members in paused.items():
        if round_number not in under_way:
            epoch = int(history.epochs[members].max())
            values = {metric.name: history.at(metric.name, epoch)[members] for metric in history.objective.metrics}
            best_first = history.objective.order(values, members)
            yield Cohort(round_number, epoch, [members[place] for place in best_first])
