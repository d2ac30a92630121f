"""What is measured of a classifier, and what a test says of it."""

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.data import Split
from ikura.records import JSON, DamagedError, Goal, Metric, Objective, Outcome, Value
from ikura.records.metric import SHARE
from ikura.records.shapes import Shape, check, is_number, is_share, is_text, is_whole
from ikura.wording import percent, share_digits

TRAIN_LOSS = Metric("train_loss", Goal.MINIMIZE)
DEV_LOSS = Metric("dev_loss", Goal.MINIMIZE)
DEV_ACCURACY = Metric("dev_accuracy", Goal.MAXIMIZE, SHARE)


class Classification:
    """The task of telling an example's class. Implements Task."""

    name = "classification"
    metrics = (TRAIN_LOSS, DEV_LOSS, DEV_ACCURACY)
    objective = Objective(DEV_ACCURACY, (DEV_LOSS,))

    def judge(self, predictions: NDArray[Any], split: Split, classes: tuple[Value, ...]) -> dict[str, JSON]:
        """Return how a network did on examples that it never saw.

        Args:
            predictions: probabilities [example, class].
            split: the test part.
            classes: the labels.

        Returns:
            Among others `interval`, the 95 % interval of the accuracy, and `confusion` [true class][predicted class].
        """
        predicted = predictions.argmax(axis=1)
        correct, examples = int((predicted == split.y).sum()), len(split.y)
        confusion = np.zeros((len(classes), len(classes)), int)
        np.add.at(confusion, (split.y, predicted), 1)
        true = predictions[np.arange(examples), split.y].astype(np.float64)
        return {
            "accuracy": correct / examples,
            "interval": list(wilson_interval(correct, examples)),
            "correct": correct,
            "examples": examples,
            "loss": float(-np.log(np.maximum(true, np.finfo(np.float32).tiny)).mean()),
            "confusion": confusion.tolist(),
            "classes": [str(label) for label in classes],
        }

    def check_test(self, test: JSON) -> None:
        """Raise DamagedError unless the document is one that `judge` made."""
        check(test, _TEST, "outcome.test")
        if not _agrees(test):
            raise DamagedError("the parts of its outcome do not agree")

    def test_line(self, test: Mapping[str, JSON]) -> tuple[str, str, str]:
        """Return what the test said in words: what it measured, the value, and how sure that is."""
        digits = share_digits(test["examples"])
        low, high = (percent(bound, digits) for bound in test["interval"])
        correct = f"{test['correct']:,} of {test['examples']:,} correct"
        return "test accuracy", percent(test["accuracy"], digits), f"{correct}, 95 % interval {low} to {high}"

    def headline(self, outcome: Outcome) -> dict[str, JSON]:
        """Return the winner's accuracies; None for what was not measured."""
        test: Mapping[str, JSON] = outcome.test or {}
        return {
            "dev_accuracy": outcome.best.metrics.get(DEV_ACCURACY.name),
            "test_accuracy": test.get("accuracy"),
            "test_interval": test.get("interval"),
        }


CLASSIFICATION = Classification()


def wilson_interval(correct: int, examples: int) -> tuple[float, float]:
    """Return the 95 % interval of an accuracy by Wilson's score (1927, JASA 22)."""
    # SciPy has it, but takes 0.7 s to import.
    z = NormalDist().inv_cdf(0.975)
    accuracy, shrink = correct / examples, 1.0 + z**2 / examples
    centre = (accuracy + z**2 / (2 * examples)) / shrink
    half = z / shrink * (accuracy * (1.0 - accuracy) / examples + z**2 / (4 * examples**2)) ** 0.5
    # Where all or none are correct, rounding must not leave the accuracy outside.
    return (0.0 if correct == 0 else centre - half), (1.0 if correct == examples else centre + half)


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
