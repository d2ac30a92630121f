"""Checks of how the best trials trained: how their curves end, how unsteady they are, whether the loss rises."""

import numpy as np

from ikura.records import History, Metric
from ikura.report.checks.check import Check, Verdict
from ikura.report.checks.evidence import FEWEST_EPOCHS, Ending, best_complete, compared, endings
from ikura.report.measures import written
from ikura.wording import count

MOST_NOISE = 0.25
"""Of the way from the best trial to the median one: what chance may add from epoch to epoch."""


def training_length(history: History) -> Check:
    """Return whether the objective still gets better at the end, or has begun to get worse."""
    question, metric = "Were the best trained for long enough?", history.objective.metric
    ends = endings(history, metric, best_complete(history))
    if not ends:
        return _too_short("training_length", question)
    better, worse = _with_trend(ends, -1), _with_trend(ends, 1)
    numbers = {"better": better, "worse": worse, "looked_at": len(ends)}
    many = (
        f"of the {count(len(ends), 'best trial')} that was trained to the end"
        if len(ends) == 1
        else (f"of {better:,} of the best {len(ends)} trials")
    )
    if 2 * better > len(ends):
        evidence = f"the {metric.title} {many} still gets better at the end"
        return Check("training_length", question, Verdict.LOOK, evidence, "train for longer: give more epochs", numbers)
    if 2 * worse > len(ends):
        many = many.replace(f"of {better:,} of", f"of {worse:,} of")
        evidence = f"the {metric.title} {many} gets worse at the end"
        advice = "train for fewer epochs, or search more regularisation (weight decay, dropout)"
        return Check("training_length", question, Verdict.LOOK, evidence, advice, numbers)
    evidence = f"the {metric.title} of most of the best {len(ends)} trials has levelled off"
    return Check("training_length", question, Verdict.OK, evidence, None, numbers)


def steadiness(history: History) -> Check:
    """Return whether chance from epoch to epoch could decide who is best."""
    question, metric = "Is training steady from epoch to epoch?", history.objective.metric
    ends, found = endings(history, metric, best_complete(history)), compared(history)
    if not ends or len(found.losses) < 2:
        return _too_short("steadiness", question)
    step = float(np.sqrt(np.mean([end.step**2 for end in ends])))
    evidence = (
        f"from epoch to epoch chance moves the {metric.title} of the best by {written(metric, step, 2)} (one standard "
        f"deviation); the median trial of the first round is {written(metric, found.room, 2)} behind the best"
    )
    numbers = {"step": step, "room": found.room}
    if step <= MOST_NOISE * found.room:
        return Check("steadiness", question, Verdict.OK, evidence, None, numbers)
    advice = "let the learning rate fall, or make mini-batches larger: the last epoch alone says little of who is best"
    return Check("steadiness", question, Verdict.LOOK, evidence, advice, numbers)


def training_loss(history: History) -> Check:
    """Return whether the loss that training lowers rises at the end."""
    question, metric = "Does the training loss fall?", _of_training(history)
    if metric is None:
        nothing = "no metric of the training examples was measured"
        return Check("training_loss", question, Verdict.UNKNOWN, nothing, None, {})
    ends = endings(history, metric, best_complete(history))
    if not ends:
        return _too_short("training_loss", question)
    rising = _with_trend(ends, 1)
    evidence = f"the {metric.title} rises at the end of {rising:,} of the best {len(ends)} trials"
    numbers = {"rising": rising, "looked_at": len(ends)}
    if 2 * rising <= len(ends):
        return Check("training_loss", question, Verdict.OK, evidence, None, numbers)
    advice = "lower the learning rate, or look for a mistake in training: no setting should make this worse"
    return Check("training_loss", question, Verdict.LOOK, evidence, advice, numbers)


def _of_training(history: History) -> Metric | None:
    """Return the loss on the training examples, or what else is measured of them."""
    of_training = [metric for metric in history.metrics if metric.name.startswith("train")]
    return next((metric for metric in of_training if "loss" in metric.name), next(iter(of_training), None))


def _with_trend(ends: list[Ending], trend: int) -> int:
    return sum(end.trend == trend for end in ends)


def _too_short(name: str, question: str) -> Check:
    few = f"no trial was trained to the end and measured at {FEWEST_EPOCHS} epochs or more"
    return Check(name, question, Verdict.UNKNOWN, few, None, {})
