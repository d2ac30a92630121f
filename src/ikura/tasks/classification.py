"""Classification: each example belongs to one of several classes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.records import JSON, DamagedError, Objective, Outcome
from ikura.records.shapes import Shape, check, is_number, is_share, is_text, is_whole, maybe
from ikura.tasks.intervals import wilson_interval
from ikura.tasks.measured import MEASURED, measured_line, test_headline, test_measured
from ikura.tasks.measures import balanced_accuracy, log_loss
from ikura.tasks.parts import check_shared
from ikura.tasks.predictions import predictions_of, truths_of
from ikura.tasks.problem import DEV_ACCURACY, DEV_LOSS, TRAIN_LOSS, Problem
from ikura.tasks.protocol import TestLine
from ikura.tasks.threshold import HALF, called
from ikura.tasks.thresholds import calibration, precision_recall, roc
from ikura.wording import number, percent, share_digits


class Classification:
    """The task of telling an example's class. Implements Task."""

    name = "classification"
    metrics = (TRAIN_LOSS, DEV_LOSS, DEV_ACCURACY)
    """Of a study that is after the accuracy, as its objective is."""
    objective = Objective(DEV_ACCURACY, (DEV_LOSS,))

    def judge(
        self,
        outputs: NDArray[Any],
        y: NDArray[Any],
        problem: Problem,
        train_y: NDArray[Any],
        weights: NDArray[Any] | None = None,
    ) -> dict[str, JSON]:
        """See `Task.judge`.

        Among others there are `interval`, the 95 % interval of the accuracy, `confusion` [true class][predicted class]
        and `baseline`, the accuracy of always saying what is most frequent in training.
        """
        (said,), (truth,) = predictions_of(outputs, problem.targets, problem.heads), truths_of(y, problem.targets)
        target = problem.targets[0]
        classes = target.classes
        predicted = called(said, target)
        correct, examples = int((predicted == truth).sum()), len(truth)
        confusion = np.zeros((len(classes), len(classes)), int)
        np.add.at(confusion, (truth, predicted), 1)
        usual = int(np.bincount(train_y.astype(int).ravel(), minlength=len(classes)).argmax())
        return {
            "accuracy": correct / examples,
            "interval": list(wilson_interval(correct, examples)),
            "correct": correct,
            "examples": examples,
            "loss": log_loss(truth, said, weights),
            "confusion": confusion.tolist(),
            "classes": [str(label) for label in classes],
            "balanced_accuracy": balanced_accuracy(truth, np.eye(len(classes))[predicted]),
            "threshold": target.threshold,
            "baseline": {"class": str(classes[usual]), "accuracy": float((truth == usual).mean())},
            # Of the probabilities, whichever class a chosen threshold calls.
            "calibration": calibration(said.max(axis=1), said.argmax(axis=1) == truth),
            "curves": {
                "roc": roc(truth == 1, said[:, 1]),
                "precision_recall": precision_recall(truth == 1, said[:, 1]),
            }
            if len(classes) == 2 and 0 < truth.sum() < examples
            else None,
            **test_measured(problem, outputs, y),
        }

    def check_test(self, test: JSON) -> None:
        """Raise DamagedError unless the document is one that `judge` made."""
        check(test, _TEST, "outcome.test")
        check_shared(test)
        check({name: test.get(name) for name in _LATER}, _LATER, "outcome.test")
        if not _agrees(test):
            raise DamagedError("the parts of its outcome do not agree")

    def test_lines(self, test: Mapping[str, JSON]) -> list[TestLine]:
        """See `Task.test_lines`: the objective's own value, the accuracy, and what it is to be compared with."""
        digits = share_digits(test["examples"])
        low, high = (percent(bound, digits) for bound in test["interval"])
        correct = f"{test['correct']:,} of {test['examples']:,} correct"
        lines = measured_line(test, digits)
        if (threshold := test.get("threshold") or HALF) != HALF:
            said = f"called {test['classes'][1]!r} above a probability of {number(threshold)}"
            lines = [line._replace(details=said) for line in lines]
        lines.append(
            TestLine("test accuracy", percent(test["accuracy"], digits), f"{correct}, 95 % interval {low} to {high}")
        )
        if (baseline := test.get("baseline")) is not None:
            lines.append(
                TestLine(
                    "balanced accuracy",
                    percent(test["balanced_accuracy"], digits),
                    f"to compare: always {baseline['class']!r} has {percent(baseline['accuracy'], digits)} accuracy",
                )
            )
        return lines

    def headline(self, outcome: Outcome) -> dict[str, JSON]:
        """Return the winner's accuracies; None for what was not measured."""
        test: Mapping[str, JSON] = outcome.test or {}
        others = set(outcome.best.metrics) - {"train_loss", "dev_loss"}
        return {
            "dev_accuracy": outcome.best.metrics.get(DEV_ACCURACY.name),
            **{name: outcome.best.metrics[name] for name in sorted(others) if name.startswith("dev_")},
            "test_accuracy": test.get("accuracy"),
            "test_interval": test.get("interval"),
            **test_headline(test),
        }


CLASSIFICATION = Classification()


def _wholes(values: JSON) -> bool:
    """Return whether it is a row of a table, which may be large."""
    return isinstance(values, list) and all(map(is_whole, values))


_TEST: Shape = {
    "accuracy": is_share,
    "interval": (is_share, is_share),
    "correct": is_whole,
    "examples": is_whole,
    "loss": is_number,
    "confusion": [_wholes],
    "classes": [is_text],
}

_LINE: Shape = {"x": [is_number], "y": [is_number]}

_LATER: dict[str, Shape] = {
    "balanced_accuracy": maybe(is_share),
    "baseline": maybe({"class": is_text, "accuracy": is_share}),
    "calibration": maybe({"confidence": [is_share], "accuracy": [is_share], "examples": [is_whole]}),
    "threshold": maybe(is_share),
    "curves": maybe({"roc": _LINE, "precision_recall": _LINE}),
    "measured": MEASURED,
}
"""What older tests do not have."""


def _agrees(test: JSON) -> bool:
    """Return whether the parts of a document of the right shape can be of one test."""
    low, high = test["interval"]
    classes = len(test["classes"])
    return (
        # Studies of before bounds were exact have them beyond the accuracy by a rounding error.
        low - 1e-9 <= test["accuracy"] <= high + 1e-9
        and low < 1
        and len(test["confusion"]) == classes
        and all(len(row) == classes for row in test["confusion"])
    )
