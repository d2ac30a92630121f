"""What a finished study found, in JSON's own types; the store keeps it, and the report and the command line read it."""

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.data import Split
from ikura.records import History, TrialState, Value
from ikura.study.finals import Finalist


def test_facts(probabilities: NDArray[np.float32], split: Split, classes: tuple[Value, ...]) -> dict[str, Any]:
    """How the handed-back network did on examples it never saw.

    Args:
        probabilities: [example, class].
        split: the test part.
        classes: the labels.

    Returns:
        Among others `interval`, the 95 % interval of the accuracy, and `confusion` [true class][predicted class].
    """
    predicted = probabilities.argmax(axis=1)
    correct, examples = int((predicted == split.y).sum()), len(split.y)
    confusion = np.zeros((len(classes), len(classes)), int)
    np.add.at(confusion, (split.y, predicted), 1)
    true = probabilities[np.arange(examples), split.y].astype(np.float64)
    return {
        "accuracy": correct / examples,
        "interval": list(wilson_interval(correct, examples)),
        "correct": correct,
        "examples": examples,
        "loss": float(-np.log(np.maximum(true, np.finfo(np.float32).tiny)).mean()),
        "confusion": confusion.tolist(),
        "classes": [str(label) for label in classes],
    }


def wilson_interval(correct: int, examples: int) -> tuple[float, float]:
    """The 95 % interval of an accuracy by Wilson's score (1927, JASA 22)."""
    # SciPy has it, but takes 0.7 s to import.
    z = NormalDist().inv_cdf(0.975)
    accuracy, shrink = correct / examples, 1.0 + z**2 / examples
    centre = (accuracy + z**2 / (2 * examples)) / shrink
    half = z / shrink * (accuracy * (1.0 - accuracy) / examples + z**2 / (4 * examples**2)) ** 0.5
    # Where all or none are correct, rounding must not leave the accuracy outside.
    return (0.0 if correct == 0 else centre - half), (1.0 if correct == examples else centre + half)


def outcome_of(history: History, finalists: list[Finalist], test: dict[str, Any]) -> dict[str, Any]:
    """What follows from the trials, the finals and the test; the same for a study that was resumed."""
    winner = finalists[0]
    return {
        "best": {
            "number": winner.trial.number,
            "config": dict(winner.trial.config),
            "dev_accuracy": float(np.mean(winner.dev_accuracy)),
            "dev_loss": float(np.mean(winner.dev_loss)),
        },
        "finalists": [
            {
                "number": finalist.trial.number,
                "config": dict(finalist.trial.config),
                "search_dev_accuracy": finalist.search_dev_accuracy,
                "dev_accuracy": list(finalist.dev_accuracy),
                "dev_loss": list(finalist.dev_loss),
            }
            for finalist in finalists
        ],
        "test": test,
        "trials": len(history.trials),
        "diverged": sum(state is TrialState.DIVERGED for state in history.states),
        "failed": len(history.errors),
    }
