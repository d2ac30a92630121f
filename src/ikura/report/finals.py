"""What came after the search: the finalists under several seeds, and why the winner won."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ikura.records import Finalist, Metric, Objective, Outcome, best_first, told_apart
from ikura.report.measures import comparative, superlative, to_words, written
from ikura.wording import count, listing


@dataclass(frozen=True, slots=True)
class Finals:
    """The finalists, the winner first, and why it won."""

    finalists: tuple[Finalist, ...]
    verdict: str


def finals(outcome: Outcome, objective: Objective) -> Finals | None:
    """Return the finals of a finished study; None where there were none."""
    if not outcome.finalists:
        return None
    winner, objective = outcome.best.number, objective.by_first
    ordered = sorted(best_first(outcome.finalists, objective), key=lambda one: one.number != winner)
    verdict = _verdict(ordered, objective) + _expected(ordered[0], objective.metric, outcome.trials)
    return Finals(tuple(ordered), verdict)


def _verdict(ordered: Sequence[Finalist], objective: Objective) -> str:
    winner, *others = ordered
    metric = objective.metric
    under = count(len(winner.reached(metric.name)), "seed")
    mean = written(metric, winner.mean(metric.name), 2)
    if not others:
        return f"Only trial {winner.number} went to the finals: {mean} on average over {under}."
    second = others[0]
    if second.diverged:
        why = f"Trial {winner.number} won with a mean {metric.title} of {mean} over {under}; "
        why += f"trial {second.number} diverged under {second.diverged} of them."
    elif winner.violation(objective) < second.violation(objective):
        why = (
            f"Trial {winner.number} won with a mean {metric.title} of {mean} over {under}; trial {second.number}, with "
        )
        why += f"{written(metric, second.mean(metric.name), 2)}, "
        why += f"does not keep to {listing([str(each) for each in objective.constraints], 'and')} as well."
    elif (keys := _keys(winner, second, objective))[0][0] < keys[0][1]:
        why = f"Trial {winner.number} won with the {superlative(metric)} mean {metric.title} over {under}, {mean}; "
        why += f"trial {second.number} came second with {written(metric, second.mean(metric.name), 2)}."
    else:
        why = f"Trials {winner.number} and {second.number} have the same mean {metric.title} over {under}, {mean}"
        why += _tie_break(winner, keys, objective)
    return why + _luck(ordered, objective)


def _tie_break(winner: Finalist, keys: Sequence[tuple[float, float]], objective: Objective) -> str:
    for metric, (mine, other) in zip(objective.ranked, keys, strict=True):
        if mine != other:
            won = f"; trial {winner.number} won by the {comparative(metric)} mean {metric.title}."
            return won if mine < other else "."
    return "."


def _keys(winner: Finalist, second: Finalist, objective: Objective) -> list[tuple[float, float]]:
    """Return for each metric that ranks, the most important first, the losses of both."""
    found = []
    for metric in objective.ranked:
        mine, other = told_apart([winner.mean(metric.name), second.mean(metric.name)]).tolist()
        found.append((_loss(metric, mine), _loss(metric, other)))
    return found


def _loss(metric: Metric, value: float) -> float:
    return math.inf if math.isnan(value) else metric.loss(value)


def _expected(winner: Finalist, metric: Metric, trials: int) -> str:
    """Return what the finals made of the winner's value in the search, the best of many, where that was better."""
    search, mean = winner.search.get(metric.name, math.nan), winner.mean(metric.name)
    if trials < 2 or not metric.loss(search) < metric.loss(mean):
        return ""
    told = written(metric, mean, 2)
    if (interval := winner.interval(metric)) is not None:
        told += f" (95\u00a0% interval {to_words(metric, interval)})"
    return (
        f" The search had measured {written(metric, search, 2)} of trial {winner.number}; but who looks best of "
        f"{count(trials, 'trial')} was lucky, too: expect what the finals found, {told}."
    )


def _luck(ordered: Sequence[Finalist], objective: Objective) -> str:
    """Return what is to be said where another finalist had looked better in the search."""
    metric = objective.metric
    losses = [_loss(metric, one.search.get(metric.name, math.nan)) for one in ordered]
    if min(losses) >= losses[0]:
        return ""
    lucky = ordered[losses.index(min(losses))]
    looked = written(metric, lucky.search.get(metric.name, math.nan), 2)
    return f" In the search, under a single seed, trial {lucky.number} had looked best ({looked})."
