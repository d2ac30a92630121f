"""How a network does on examples that it was trained on, was chosen by, or never saw: by the study's own metric."""

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.records import JSON, DamagedError, Kind
from ikura.records.metric import SHARE
from ikura.records.shapes import Shape, check, is_number, is_whole, maybe
from ikura.tasks.intervals import Z, mean_interval, wilson_interval
from ikura.tasks.measures import point
from ikura.tasks.predictions import predictions_of, truths_of
from ikura.tasks.problem import Problem
from ikura.tasks.worst import WORST

GROUPS = 20
"""Of the jackknife, each left out once."""


Losses: TypeAlias = Callable[[], NDArray[Any]]


def part(
    problem: Problem, outputs: NDArray[Any], y: NDArray[Any], losses: Losses, weights: NDArray[Any] | None = None
) -> dict[str, JSON] | None:
    """Return a network's value in what the study optimises, its 95 % interval, and of how many examples.

    The interval is Wilson's of an accuracy, the delta method's of an RMSE, and of other metrics the jackknife's, which
    leaves out a twentieth of the examples at a time. None where the metric cannot be measured on these examples.

    Args:
        problem: what was learned, with the threshold that was chosen, if one was: all parts are called by it.
        outputs: of the network [example, output].
        y: what is true of them, as `Split` has it.
        losses: gives those of the examples, as networks are held to them [example]; asked where they are optimised.
        weights: how much each example counts in these [example]; None where all count the same.
    """
    try:
        with np.errstate(all="ignore"):
            found = _measured(problem, outputs, y, losses, weights)
    except Exception:
        if problem.measured is None or not problem.measured.own:
            raise
        return None  # a metric of the user's own may fail where a class is missing
    if found is None or not all(map(math.isfinite, (found[0], *found[1]))):
        return None
    value, interval = found
    return {"value": value, "interval": [min(interval), max(interval)], "examples": len(y)}


def _measured(
    problem: Problem, outputs: NDArray[Any], y: NDArray[Any], losses: Losses, weights: NDArray[Any] | None
) -> tuple[float, tuple[float, float]] | None:
    if problem.measured is None and problem.wanted is None:
        correct = int((outputs.argmax(axis=1) == truths_of(y, problem.targets)[0]).sum())
        return correct / len(y), wilson_interval(correct, len(y))
    if problem.measured is None:
        found, count = losses(), np.ones(len(y)) if weights is None or not weights.any() else weights.astype(float)
        return _jackknifed(lambda kept: float((count * found)[kept].sum() / count[kept].sum()), len(y))
    truths = truths_of(y, problem.targets)
    if problem.measured.name == "rmse" and problem.targets[0].kind in (Kind.NUMBER, Kind.COUNT):
        (said,) = predictions_of(outputs, problem.targets, problem.heads)
        squares = (point(said) - truths[0]) ** 2
        low, high = mean_interval(squares)
        return float(squares.mean()) ** 0.5, (low**0.5, high**0.5)
    found = _jackknifed(
        lambda kept: problem.measure_as_called(outputs[kept], [truth[kept] for truth in truths]), len(y)
    )
    if found is not None and problem.measured.unit == SHARE:
        value, (low, high) = found
        return value, (max(low, 0.0), min(high, 1.0))
    return found


def _jackknifed(measure: Callable[[NDArray[Any]], float], examples: int) -> tuple[float, tuple[float, float]] | None:
    """Return the value on all examples, and its 95 % interval by the delete-a-group jackknife (Kott 2001, JOS 17)."""
    groups = min(GROUPS, examples)
    if groups < 2:
        return None
    belongs = np.random.default_rng(0).permutation(examples) % groups
    value = float(measure(np.full(examples, True)))
    without = np.array([measure(belongs != group) for group in range(groups)])
    deviation = math.sqrt((groups - 1) / groups * float(((without - without.mean()) ** 2).sum()))
    return value, (value - Z * deviation, value + Z * deviation)


def check_shared(test: Mapping[str, JSON]) -> None:
    """Raise DamagedError unless what the tests of all tasks have alike has its shape; older ones have none of it."""
    check({name: test.get(name) for name in _SHARED}, _SHARED, "outcome.test")
    for each in (test.get("parts") or {}).values():
        if each is not None and not each["interval"][0] <= each["interval"][1]:
            raise DamagedError("the parts of its outcome do not agree")


_PART: Shape = maybe({"value": is_number, "interval": (is_number, is_number), "examples": is_whole})

_SHARED: dict[str, Shape] = {"worst": WORST, "parts": maybe({"train": _PART, "dev": _PART, "test": _PART})}
