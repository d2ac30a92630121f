"""What came after the search: the finalists under several seeds, and the winner on the test set."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from ikura.records import Config
from ikura.report.words import count, listing, percent

MOST_CONFUSIONS = 5


@dataclass(frozen=True, slots=True)
class Finalist:
    """A configuration that was trained again under several seeds."""

    number: int
    config: Config
    search: float
    """Dev accuracy in the search."""
    accuracy: tuple[float, ...]
    """Dev accuracy [seed], of the seeds under which it did not diverge."""
    diverged: int
    """Under how many seeds it diverged."""
    mean: float
    loss: float
    """Mean dev loss over the same seeds; NaN without any, as the mean accuracy."""
    winner: bool


@dataclass(frozen=True, slots=True)
class Finals:
    """The finalists, the winner first, and why it won."""

    finalists: tuple[Finalist, ...]
    verdict: str


@dataclass(frozen=True, slots=True)
class Confusion:
    """The test examples by true and predicted class."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    """[true][predicted]"""
    recall: tuple[float | None, ...]
    """The share of each true class that was recognised; None for a class without test examples."""
    mistakes: tuple[tuple[str, str, int], ...]
    """The true class, the predicted one and how often, most often first."""


def finals(outcome: Mapping[str, Any]) -> Finals:
    """Return the finalists of a finished study."""
    found = [_finalist(row, outcome["best"]["number"]) for row in outcome["finalists"]]
    ordered = sorted(found, key=lambda one: (not one.winner, one.diverged, -one.mean, one.loss))
    return Finals(tuple(ordered), _verdict(ordered))


def _finalist(row: Mapping[str, Any], winner: int) -> Finalist:
    # JSON has no NaN: the store keeps None for the metrics of a seed that diverged.
    accuracy, loss = ([value for value in row[name] if value is not None] for name in ("dev_accuracy", "dev_loss"))
    return Finalist(
        number=row["number"],
        config=row["config"],
        search=row["search_dev_accuracy"],
        accuracy=tuple(accuracy),
        diverged=len(row["dev_accuracy"]) - len(accuracy),
        mean=fmean(accuracy) if accuracy else math.nan,
        loss=fmean(loss) if loss else math.nan,
        winner=row["number"] == winner,
    )


def _verdict(ordered: list[Finalist]) -> str:
    if not ordered:
        return "No trial went to the finals."
    winner, *others = ordered
    seeds = count(len(winner.accuracy), "seed")
    if not others:
        return f"Only trial {winner.number} went to the finals: {percent(winner.mean, 2)} on average over {seeds}."
    second = others[0]
    if second.diverged:
        why = f"Trial {winner.number} won with a mean dev accuracy of {percent(winner.mean, 2)} over {seeds}; "
        why += f"trial {second.number} diverged under {second.diverged} of them."
    elif winner.mean > second.mean:
        why = f"Trial {winner.number} won with the highest mean dev accuracy over {seeds}, {percent(winner.mean, 2)}; "
        why += f"trial {second.number} came second with {percent(second.mean, 2)}."
    else:
        why = f"Trials {winner.number} and {second.number} have the same mean dev accuracy over {seeds}, "
        why += f"{percent(winner.mean, 2)}"
        why += f"; trial {winner.number} won by the lower mean dev loss." if winner.loss < second.loss else "."
    lucky = max(ordered, key=lambda one: one.search)
    if lucky.search > winner.search:
        why += (
            f" In the search, under a single seed, trial {lucky.number} had looked best ({percent(lucky.search, 2)})."
        )
    return why


def confusion(outcome: Mapping[str, Any]) -> Confusion:
    """Return the confusion matrix of a finished study."""
    counts = np.asarray(outcome["test"]["confusion"], dtype=int)
    classes = tuple(str(label) for label in outcome["test"]["classes"])
    totals = counts.sum(axis=1)
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_CONFUSIONS]
    pairs = [divmod(int(place), len(classes)) for place in order]
    return Confusion(
        classes=classes,
        counts=tuple(tuple(int(cell) for cell in row) for row in counts),
        recall=tuple(
            float(right / total) if total else None for right, total in zip(np.diag(counts), totals, strict=True)
        ),
        mistakes=tuple(
            (classes[row], classes[column], int(wrong[row, column])) for row, column in pairs if wrong[row, column]
        ),
    )


def mistakes_in_words(found: Confusion) -> str:
    """Say `Most often confused: 8 taken for 1 (3 times) and 9 taken for 4 (once)`."""
    if not found.mistakes:
        return "No test example was taken for another class."
    named = [
        f"{true} taken for {said} ({'once' if times == 1 else f'{times} times'})"
        for true, said, times in found.mistakes
    ]
    return f"Most often confused: {listing(named, 'and')}."
