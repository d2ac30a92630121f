"""Whether the winner's lead is more than chance: what the finals say of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import variance

from ikura.records import Finalist, Metric, Objective, Outcome, best_first, student, told_apart
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


def lead(outcome: Outcome | None, objective: Objective) -> Check:
    """Return whether the winner's mean is ahead of the second's by more than chance makes.

    The second is the best of those that could have won: that keep to the constraints as well, and diverged no oftener.
    """
    question, metric = "Is the winner's lead more than chance?", objective.metric
    finalists = outcome.finalists if outcome else ()
    found = seed_variance(finalists, metric)
    trained = {each.number: each for each in finalists if each.reached(metric.name)}
    if outcome is None or found is None or len(trained) < 2 or outcome.best.number not in trained:
        nothing = "no two configurations were trained again under several seeds"
        return Check("lead", question, Verdict.UNKNOWN, nothing, None, {})
    winner = trained.pop(outcome.best.number)
    able = [
        each
        for each in trained.values()
        if each.violation(objective) <= winner.violation(objective) and each.diverged <= winner.diverged
    ]
    if not able:
        alone = "no other finalist keeps to the constraints as well and came through under as many seeds"
        return Check("lead", question, Verdict.OK, alone, None, {})
    second = best_first(able, objective)[0]
    mine, other = told_apart([winner.mean(metric.name), second.mean(metric.name)]).tolist()
    ahead = metric.loss(other) - metric.loss(mine)
    margin = found.margin(len(winner.reached(metric.name)), len(second.reached(metric.name)))
    numbers = {"lead": ahead, "margin": margin, "deviation": found.deviation}
    evidence = (
        f"trial {outcome.best.number} leads trial {second.number} by {written(metric, ahead, 2)} in the mean "
        f"{metric.title}; chance alone makes differences of up to {written(metric, margin, 2)} (95 % interval over "
        "seeds)"
    )
    if ahead > margin:
        return Check("lead", question, Verdict.OK, evidence, None, numbers)
    other_way = "cost" if objective.second is None else f"the {objective.second.title}, on the front"
    advice = f"take these finalists to be equally good: choose by {other_way}, or give them more seeds"
    return Check("lead", question, Verdict.LOOK, evidence, advice, numbers)
