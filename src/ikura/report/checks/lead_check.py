"""Whether the winner's lead is more than chance: what the finals say of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance

from ikura.records import Finalist, Metric, Outcome, student
from ikura.report.checks.check import Check, Verdict
from ikura.report.measures import written


@dataclass(frozen=True, slots=True)
class SeedVariance:
    """What chance in training makes of one metric, over all finalists together."""

    deviation: float
    """The standard deviation from seed to seed."""
    freedom: int
    """Degrees of freedom of it."""

    def margin(self, runs: int, others: int) -> float:
        """Return how large a difference of two means chance makes, of so many runs each, in 95 % of cases."""
        return student(self.freedom) * self.deviation * sqrt(1 / runs + 1 / others)


def seed_variance(finalists: Sequence[Finalist], metric: Metric) -> SeedVariance | None:
    """Return the variance within the finalists, pooled; None where no two seeds of one came through."""
    groups = [values for each in finalists if len(values := each.reached(metric.name)) > 1]
    freedom = sum(len(values) - 1 for values in groups)
    if not freedom:
        return None
    squares = sum((len(values) - 1) * variance(values) for values in groups)
    return SeedVariance(sqrt(squares / freedom), freedom)


def lead(outcome: Outcome | None, metric: Metric) -> Check:
    """Return whether the winner's mean is ahead of the second's by more than chance makes."""
    question = "Is the winner's lead more than chance?"
    finalists = outcome.finalists if outcome else ()
    found = seed_variance(finalists, metric)
    runs = {each.number: values for each in finalists if (values := each.reached(metric.name))}
    if outcome is None or found is None or len(runs) < 2 or outcome.best.number not in runs:
        nothing = "no two configurations were trained again under several seeds"
        return Check("lead", question, Verdict.UNKNOWN, nothing, None, {})
    winner = runs.pop(outcome.best.number)
    second = min(runs, key=lambda number: metric.loss(fmean(runs[number])))
    ahead = float(metric.loss(fmean(runs[second])) - metric.loss(fmean(winner)))
    margin = found.margin(len(winner), len(runs[second]))
    numbers = {"lead": ahead, "margin": margin, "deviation": found.deviation}
    evidence = (
        f"trial {outcome.best.number} leads trial {second} by {written(metric, ahead, 2)} in the mean {metric.title}; "
        f"chance alone makes differences of up to {written(metric, margin, 2)} (95 % interval over seeds)"
    )
    if ahead > margin:
        return Check("lead", question, Verdict.OK, evidence, None, numbers)
    advice = "take these finalists to be equally good: choose by cost, or give them more seeds"
    return Check("lead", question, Verdict.LOOK, evidence, advice, numbers)
