"""Several targets that one network learns together."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.records import JSON, Kind, Outcome
from ikura.records.shapes import Shape, check, is_share, is_text, is_whole, maybe
from ikura.tasks.intervals import wilson_interval
from ikura.tasks.parts import check_shared
from ikura.tasks.predictions import predictions_of, truths_of
from ikura.tasks.problem import Problem
from ikura.tasks.protocol import TestLine
from ikura.tasks.regression import NUMBER_TEST, check_number_test, number_lines, number_test
from ikura.wording import percent, share_digits


class Several:
    """The task of telling several things of an example. Implements Task."""

    name = "several"

    def judge(
        self,
        outputs: NDArray[Any],
        y: NDArray[Any],
        problem: Problem,
        train_y: NDArray[Any],
        weights: NDArray[Any] | None = None,  # noqa: ARG002
    ) -> dict[str, JSON]:
        """See `Task.judge`: `numbers` and `classes` have an entry for each target of that kind.

        The `baseline` of a class is the accuracy of always saying what is most frequent in training.
        """
        said = predictions_of(outputs, problem.targets, problem.heads)
        truths, known = truths_of(y, problem.targets), truths_of(train_y, problem.targets)
        quantiles = problem.loss.parameters if problem.loss.name == "pinball" else ()
        numbers, classes = [], []
        for target, predicted, truth, before in zip(problem.targets, said, truths, known, strict=True):
            if target.kind is Kind.CLASS:
                correct = int((predicted.argmax(axis=1) == truth).sum())
                classes.append(
                    {
                        "name": target.name,
                        "accuracy": correct / len(truth),
                        "interval": list(wilson_interval(correct, len(truth))),
                        "baseline": float((truth == np.bincount(before).argmax()).mean()),
                    }
                )
            else:
                own = quantiles if target.kind is Kind.NUMBER else ()
                numbers.append(number_test(truth, predicted, before, target, own))
        return {"examples": len(y), "numbers": numbers, "classes": classes}

    def check_test(self, test: JSON) -> None:
        """Raise DamagedError unless the document is one that `judge` made."""
        check(test, _TEST, "outcome.test")
        check_shared(test)
        check([each.get("baseline") for each in test["classes"]], [maybe(is_share)], "outcome.test.classes")
        for each in test["numbers"]:
            check_number_test(each)

    def test_lines(self, test: Mapping[str, JSON]) -> list[TestLine]:
        """See `Task.test_lines`: one line for each target."""
        digits, lines = share_digits(test["examples"]), []
        for each in test["classes"]:
            low, high = (percent(bound, digits) for bound in each["interval"])
            lines.append(
                TestLine(
                    f"test {each['name']}", percent(each["accuracy"], digits), f"correct, 95 % interval {low} to {high}"
                )
            )
        for each in test["numbers"]:
            first = number_lines(each, f"{test['examples']:,} examples")[0]
            lines.append(TestLine(f"test {each['name']}", first.value, f"RMSE, {first.details.partition(', ')[2]}"))
        return lines

    def headline(self, outcome: Outcome) -> dict[str, JSON]:
        """Return what was measured on the dev set, and of each target the test's RMSE or accuracy."""
        test: Mapping[str, JSON] = outcome.test or {"numbers": [], "classes": []}
        dev = {name: value for name, value in outcome.best.metrics.items() if name.startswith("dev_")}
        tested = {each["name"]: each["rmse"] for each in test["numbers"]}
        tested |= {each["name"]: each["accuracy"] for each in test["classes"]}
        return dev | {"test": tested}


SEVERAL = Several()

_TEST: Shape = {
    "examples": is_whole,
    "numbers": [NUMBER_TEST],
    "classes": [{"name": is_text, "accuracy": is_share, "interval": (is_share, is_share)}],
}
