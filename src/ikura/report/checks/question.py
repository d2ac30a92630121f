"""What a search says of a scientific hyperparameter: each of its values at its best, and whether one is better."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from statistics import fmean

import numpy as np

from ikura.records import Finalist, History, Metric, Objective, StudyRecord, TrialState, Value, best_first
from ikura.report.checks.lead_check import SeedVariance, seed_variance
from ikura.report.measures import written
from ikura.space import Choice, Dimension, Float, Space
from ikura.wording import count, listing, number

FEW_LEVELS, PARTS = 8, 4
"""An integer with more levels is compared part by part, as a float is."""

UNEVEN = 3
"""A value is tried too seldom if others were so many times as often, on average."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One value of the scientific hyperparameter, or one part of its range, with all others at their best."""

    value: str
    trials: int
    """That were measured, or diverged."""
    diverged: int
    best: int | None
    """The number of the best trial; None where none was measured."""
    epochs: int
    """For which that counts as trained."""
    search: float
    """What the search measured of it."""
    runs: tuple[float, ...]
    """What it came to under the seeds of the finals; none where it was not in them."""
    keeps: bool
    """Whether it keeps to the constraints."""

    @property
    def score(self) -> float:
        """What it is judged by: the mean of the finals, or what the search measured."""
        return fmean(self.runs) if self.runs else self.search


@dataclass(frozen=True, slots=True)
class Question:
    """A scientific hyperparameter, what was found of each of its values, and the verdict in words."""

    dimension: str
    answers: tuple[Answer, ...]
    """In the order of the values."""
    best: str | None
    """The value that is best; None where fewer than two can be compared."""
    more_than_chance: bool | None
    """Whether its lead is more than chance makes from seed to seed; None where nobody knows."""
    verdict: str


def questions(study: StudyRecord, history: History) -> tuple[Question, ...]:
    """Return what a study says of each of its scientific hyperparameters, by the first objective."""
    space = Space.from_toml(study.space)
    asked = [(name, dimension) for name, dimension in space.items if dimension.role == "scientific"]
    if not asked:
        return ()
    metric, finalists = history.objective.metric, study.outcome.finalists if study.outcome else ()
    chance = seed_variance(finalists, metric)
    found = []
    for name, dimension in asked:
        answers = tuple(_answer(history, finalists, name, label, holds, metric) for label, holds in parts_of(dimension))
        found.append(_judged(name, answers, chance, history.objective))
    return tuple(found)


def best_of_each(space: Space, history: History) -> list[int]:
    """Return the numbers of the best trained trial of each value of the scientific hyperparameters."""
    complete = [int(number) for number in history.by_first.ranking if history.states[number] is TrialState.COMPLETE]
    best: list[int] = []
    for name, dimension in space.items:
        if dimension.role == "scientific":
            for _, holds in parts_of(dimension):
                best += [number for number in complete if _has(history, number, name, holds)][:1]
    return list(dict.fromkeys(best))


def parts_of(dimension: Dimension) -> list[tuple[str, Callable[[Value], bool]]]:
    """Return the values of a dimension that are compared, or the parts of its range, each with what lies in it."""
    if isinstance(dimension, Choice):
        return [(number(option), partial(_is, option)) for option in dimension.options]
    if not isinstance(dimension, Float) and dimension.levels <= FEW_LEVELS:
        levels = range(dimension.low, dimension.high + 1, dimension.step)
        return [(number(level), partial(_is, level)) for level in levels]
    edges = np.linspace(0, 1, PARTS + 1)
    bounds = dimension.from_unit(edges).tolist()
    labels = [f"{number(low, 2)} to {number(high, 2)}" for low, high in pairwise(bounds)]
    return [(label, partial(_lies, dimension, part)) for part, label in enumerate(labels)]


def _is(option: Value, value: Value) -> bool:
    return value == option


def _lies(dimension: Dimension, part: int, value: Value) -> bool:
    (place,) = dimension.to_unit([value])  # pyright: ignore[reportArgumentType] - a number, since it is no choice
    return min(int(place * PARTS), PARTS - 1) == part


def _has(history: History, trial: int, name: str, holds: Callable[[Value], bool]) -> bool:
    config = history.config(trial)
    return name in config and holds(config[name])


def _answer(
    history: History,
    finalists: tuple[Finalist, ...],
    name: str,
    label: str,
    holds: Callable[[Value], bool],
    metric: Metric,
) -> Answer:
    ranked = [int(trial) for trial in history.by_first.ranking if _has(history, int(trial), name, holds)]
    lost = [trial for trial in history.numbers(TrialState.DIVERGED) if _has(history, trial, name, holds)]
    retrained = [each for each in finalists if name in each.config and holds(each.config[name])]
    chosen = best_first(retrained, history.objective)[0] if retrained else None
    best = chosen.number if chosen else ranked[0] if ranked else None
    return Answer(
        value=label,
        trials=len(ranked) + len(lost),
        diverged=len(lost),
        best=best,
        epochs=0 if best is None else int(history.trained[best]),
        search=float("nan") if best is None else float(history.final(metric.name)[best]),
        runs=tuple(chosen.reached(metric.name)) if chosen else (),
        keeps=chosen.violation(history.objective) == 0 if chosen else best is not None and bool(history.feasible[best]),
    )


def _judged(name: str, answers: tuple[Answer, ...], chance: SeedVariance | None, objective: Objective) -> Question:
    metric = objective.metric
    known = [answer for answer in answers if answer.best is not None]
    if len(known) < 2:
        return Question(name, answers, None, None, f"Fewer than two values of {name} were measured.")
    first, second, *_ = sorted(known, key=lambda answer: (not answer.keeps, -answer.epochs, metric.loss(answer.score)))
    said = [f"{name} is best at {first.value}: {written(metric, first.score, 2)} with the others at their best"]
    surely = None
    if first.keeps != second.keeps:
        rules = listing([str(each) for each in objective.constraints], "and")
        said.append(f"; no best setting of another value keeps to {rules}.")
    elif first.epochs != second.epochs:
        said.append(f"; no setting of another value was trained for more than {count(second.epochs, 'epoch')}.")
    else:
        ahead = float(metric.loss(second.score) - metric.loss(first.score))
        said.append(f", {written(metric, ahead, 2)} ahead of {second.value}.")
        if chance is None:
            said.append(" How much of that is chance nobody knows: nothing was trained again under other seeds.")
        else:
            margin = chance.margin(max(len(first.runs), 1), max(len(second.runs), 1))
            surely = ahead > margin
            said.append(
                f" Chance alone makes differences of up to {written(metric, margin, 2)} (95 % interval over seeds), so "
                f"that {'it is really better' if surely else 'the two may be equally good'}."
            )
    return Question(name, answers, first.value, surely, "".join(said) + _uneven(name, answers))


def _uneven(name: str, answers: tuple[Answer, ...]) -> str:
    """Return which values were tried too seldom to be at their best, and what to do."""
    mean = sum(answer.trials for answer in answers) / len(answers)
    seldom = [answer for answer in answers if UNEVEN * answer.trials < mean]
    if not seldom:
        return ""
    which = listing([f"{answer.value} ({count(answer.trials, 'trial')})" for answer in seldom], "and")
    return (
        f" But {name} was seldom {which}, since the search went where it did well: the samplers sobol and random try "
        "all values alike."
    )
