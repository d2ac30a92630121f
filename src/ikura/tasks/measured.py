"""What a test says of the metric that a study was after, where it is none that every test tells."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.records import JSON
from ikura.records.metric import SHARE
from ikura.records.shapes import Shape, is_number, is_text, maybe
from ikura.tasks.predictions import truths_of
from ikura.tasks.problem import Problem
from ikura.tasks.protocol import TestLine
from ikura.wording import number, percent

MEASURED: Shape = maybe({"name": is_text, "value": maybe(is_number), "unit": is_text})


def test_measured(problem: Problem, outputs: NDArray[Any], y: NDArray[Any]) -> dict[str, JSON]:
    """Return the part of a test's document that tells it; its value is None where the test part cannot be measured."""
    if problem.measured is None:
        return {"measured": None}
    truths = truths_of(y, problem.targets)
    with np.errstate(all="ignore"):
        value = problem.measure_as_called(outputs, truths)
    measured = problem.measured
    found = value if np.isfinite(value) else None
    return {"measured": {"name": measured.name, "value": found, "unit": measured.unit}}


def measured_line(test: Mapping[str, JSON], digits: int) -> list[TestLine]:
    """Return the line that tells it, if there is one."""
    found = test.get("measured")
    if found is None:
        return []
    value, words = found["value"], found["name"].replace("_", " ")
    if value is None:
        return [TestLine(f"test {words}", "–", "it cannot be measured on these examples")]
    return [TestLine(f"test {words}", percent(value, digits) if found["unit"] == SHARE else number(value), "")]


def test_headline(test: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return it as a fact of the headline, if there is one."""
    found = test.get("measured")
    return {} if found is None else {f"test_{found['name']}": found["value"]}
