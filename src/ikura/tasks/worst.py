"""The worst mistakes of a network on the test examples, for its user to look at."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.records import JSON, Kind, Target
from ikura.records.shapes import Shape, either, is_number, is_share, is_text, maybe
from ikura.tasks.measures import point
from ikura.tasks.predictions import predictions_of, truths_of
from ikura.tasks.problem import Problem
from ikura.tasks.threshold import called

MOST_WORST = 10
"""Mistakes of each target that are told."""

RowOf = Callable[[int], str]
"""What the user calls a test example, by its place among them."""


def worst_mistakes(outputs: NDArray[Any], y: NDArray[Any], problem: Problem, row_of: RowOf) -> list[JSON]:
    """Return for each target the test examples that its predictions miss most, the worst first.

    Of classes and labels those with the most confidence in what is wrong; of numbers and counts those furthest off.

    Args:
        outputs: of the network on the test examples [example, output].
        y: the test targets, as `Split` has them.
        problem: what was learned.
        row_of: what the user calls each of them.
    """
    said, truths = predictions_of(outputs, problem.targets, problem.heads), truths_of(y, problem.targets)
    found = []
    for target, predicted, truth in zip(problem.targets, said, truths, strict=True):
        of = {Kind.CLASS: _classes, Kind.LABELS: _labels}.get(target.kind, _numbers)
        found.append({"target": target.name, "mistakes": of(predicted, truth, target, row_of)})
    return found


def _classes(said: NDArray[Any], truth: NDArray[Any], target: Target, row_of: RowOf) -> list[JSON]:
    predicted, names = called(said, target), [str(label) for label in target.classes]
    confidence = said[np.arange(len(said)), predicted]
    return [
        _mistake(row_of(place), names[truth[place]], names[predicted[place]], confidence[place])
        for place in _largest(np.where(predicted != truth, confidence, -1.0))
    ]


def _labels(said: NDArray[Any], truth: NDArray[Any], target: Target, row_of: RowOf) -> list[JSON]:
    there = said > 0.5
    confidence = np.where(there, said, 1.0 - said)
    words = ("not there", "there")
    found = []
    for place in _largest(np.where(there != truth, confidence, -1.0).ravel()):
        row, label = divmod(place, said.shape[1])
        told = words[int(truth[row, label])], words[int(there[row, label])]
        found.append(_mistake(row_of(row), *told, confidence[row, label], label=str(target.classes[label])))
    return found


def _numbers(said: NDArray[Any], truth: NDArray[Any], target: Target, row_of: RowOf) -> list[JSON]:  # noqa: ARG001
    middle = point(said)
    errors = np.abs(middle - truth)
    # A network may be off beyond all numbers that a document holds.
    errors[~np.isfinite(errors) | (np.abs(middle) >= 1e300)] = -1.0
    return [
        _mistake(row_of(place), float(truth[place]), float(middle[place]), None)
        for place in _largest(np.where(errors > 0, errors, -1.0))
    ]


def _largest(badness: NDArray[Any]) -> list[int]:
    """Return the places of the largest values, those below 0 left out; of equal ones the first."""
    order = np.argsort(-badness, kind="stable")[:MOST_WORST]
    return [int(place) for place in order if badness[place] >= 0]


def _mistake(row: str, true: JSON, predicted: JSON, confidence: float | None, label: str | None = None) -> JSON:
    sure = None if confidence is None else float(confidence)
    return {"row": row, "label": label, "true": true, "predicted": predicted, "confidence": sure}


WORST: Shape = maybe(
    [
        {
            "target": is_text,
            "mistakes": [
                {
                    "row": is_text,
                    "label": maybe(is_text),
                    "true": either(is_text, is_number),
                    "predicted": either(is_text, is_number),
                    "confidence": maybe(is_share),
                }
            ],
        }
    ]
)
"""In a test's document; older ones have none."""
