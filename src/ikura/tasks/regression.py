"""Regression: a number is to be told of each example; or a count."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.records import JSON, DamagedError, Kind, Outcome, Target
from ikura.records.shapes import Shape, check, is_number, is_share, is_text, is_whole, maybe
from ikura.tasks.intervals import mean_interval
from ikura.tasks.measured import MEASURED, measured_line, test_headline, test_measured
from ikura.tasks.measures import deviance, is_constant, mae, pinball, point, r2, rmse
from ikura.tasks.parts import check_shared
from ikura.tasks.predictions import predictions_of, truths_of
from ikura.tasks.problem import Problem
from ikura.tasks.protocol import TestLine
from ikura.wording import number, percent

_TOLD = {
    "rmse": "test RMSE",
    "mae": "test MAE",
    "r2": "test R²",
    "pinball": "test pinball",
    "deviance": "test deviance",
}
"""The lines that tell of a metric that may be optimised, which then come first."""

MOST_DRAWN = 1000
"""Examples whose true and predicted numbers a test keeps, to be drawn."""


class Regression:
    """The task of telling a number, or a count. Implements Task."""

    def __init__(self, name: str) -> None:
        self.name = name

    def judge(
        self,
        outputs: NDArray[Any],
        y: NDArray[Any],
        problem: Problem,
        train_y: NDArray[Any],
        weights: NDArray[Any] | None = None,  # noqa: ARG002
    ) -> dict[str, JSON]:
        """See `Task.judge`: `interval` is the 95 % interval of the RMSE."""
        (said,), (truth,) = predictions_of(outputs, problem.targets, problem.heads), truths_of(y, problem.targets)
        (known,) = truths_of(train_y, problem.targets)
        quantiles = problem.loss.parameters if problem.loss.name == "pinball" else ()
        told = number_test(truth, said, known, problem.targets[0], quantiles)
        # The objective may be one of these.
        return told | {"examples": len(truth)} | test_measured(problem, outputs, y)

    def check_test(self, test: JSON) -> None:
        """Raise DamagedError unless the document is one that `judge` made."""
        check(test, NUMBER_TEST | {"examples": is_whole, "measured": MEASURED}, "outcome.test")
        check_shared(test)
        check_number_test(test)

    def test_lines(self, test: Mapping[str, JSON]) -> list[TestLine]:
        """See `Task.test_lines`: the objective comes first."""
        lines = number_lines(test, f"{test['examples']:,} examples")
        told = _TOLD.get((test["measured"] or {}).get("name", ""))
        if told is None:
            return [*measured_line(test, 1), *lines]
        return sorted(lines, key=lambda line: line.what != told)

    def headline(self, outcome: Outcome) -> dict[str, JSON]:
        """Return what was measured on the dev set, and the test's RMSE with its interval, MAE and R2."""
        test: Mapping[str, JSON] = outcome.test or {}
        dev = {name: value for name, value in outcome.best.metrics.items() if name.startswith("dev_")}
        names = ("rmse", "interval", "mae", "r2")
        return dev | {f"test_{name}": test.get(name) for name in names} | test_headline(test)


REGRESSION = Regression("regression")
COUNTS = Regression("counts")


def number_test(
    truth: NDArray[Any], said: NDArray[Any], known: NDArray[Any], target: Target, quantiles: tuple[float, ...]
) -> dict[str, JSON]:
    """Return what a test says of one number.

    Args:
        truth: what is true [example].
        said: what was predicted [example], or [example, quantile].
        known: what is true of the training examples, whose mean is the simplest answer there is.
        target: what they are of.
        quantiles: that were learned, if they were.
    """
    middle = point(said)
    low, high = mean_interval((middle - truth) ** 2)
    drawn = np.unique(np.linspace(0, len(truth) - 1, min(len(truth), MOST_DRAWN)).round().astype(int))
    within = None
    if said.ndim == 2:
        within = float(((said[:, 0] <= truth) & (truth <= said[:, -1])).mean())
    return {
        "name": target.name,
        "rmse": rmse(truth, said),
        "interval": [low**0.5, high**0.5],
        "mae": mae(truth, said),
        "r2": None if is_constant(truth) else max(r2(truth, said), -1e9),
        "baseline": rmse(truth, np.full(len(truth), known.mean())),
        "deviance": deviance(truth, said) if target.kind is Kind.COUNT else None,
        "quantiles": list(quantiles),
        "pinball": pinball(truth, said, quantiles) if quantiles else None,
        "within": within,
        "sample": {"true": truth[drawn].tolist(), "predicted": middle[drawn].tolist()},
    }


def number_lines(test: Mapping[str, JSON], examples: str) -> list[TestLine]:
    """Return the lines that tell of one number."""
    low, high = map(number, test["interval"])
    lines = [
        TestLine("test RMSE", number(test["rmse"]), f"{examples}, 95 % interval {low} to {high}"),
        TestLine("always mean", number(test["baseline"]), "RMSE of the simplest answer, to compare"),
        TestLine("test MAE", number(test["mae"]), "off by so much on average"),
    ]
    if test["r2"] is not None:
        lines.append(TestLine("test R²", number(test["r2"]), "of the variance is explained"))
    if test["deviance"] is not None:
        lines.append(TestLine("test deviance", number(test["deviance"]), "mean Poisson deviance"))
    if test["pinball"] is not None:
        lines.append(
            TestLine("test pinball", number(test["pinball"]), f"quantiles {', '.join(map(str, test['quantiles']))}")
        )
    if test["within"] is not None:
        first, last = test["quantiles"][0], test["quantiles"][-1]
        lines.append(
            TestLine(
                "within",
                percent(test["within"]),
                f"lie from quantile {first:g} to {last:g}, for {last - first:.0%} expected",
            )
        )
    return lines


def check_number_test(test: Mapping[str, JSON]) -> None:
    """Raise DamagedError where the parts of a document of the right shape cannot be of one test."""
    low, high = test["interval"]
    same = len(test["sample"]["true"]) == len(test["sample"]["predicted"])
    if not (same and low <= high * (1 + 1e-9) and (test["within"] is None or test["quantiles"])):
        raise DamagedError("the parts of its outcome do not agree")


NUMBER_TEST: dict[str, Shape] = {
    "name": is_text,
    "rmse": is_number,
    "interval": (is_number, is_number),
    "mae": is_number,
    "r2": maybe(is_number),
    "baseline": is_number,
    "deviance": maybe(is_number),
    "quantiles": [is_share],
    "pinball": maybe(is_number),
    "within": maybe(is_share),
    "sample": {"true": [is_number], "predicted": [is_number]},
}
