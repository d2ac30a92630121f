"""How sure a number is that was measured on so many examples."""

import math
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Z = NormalDist().inv_cdf(0.975)
"""Of 95 %. SciPy has it, but takes 0.7 s to import."""


def wilson_interval(correct: int, examples: int) -> tuple[float, float]:
    """Return the 95 % interval of an accuracy by Wilson's score (1927, JASA 22)."""
    accuracy, shrink = correct / examples, 1.0 + Z**2 / examples
    centre = (accuracy + Z**2 / (2 * examples)) / shrink
    half = Z / shrink * (accuracy * (1.0 - accuracy) / examples + Z**2 / (4 * examples**2)) ** 0.5
    # Where all or none are correct, rounding must not leave the accuracy outside.
    return (0.0 if correct == 0 else centre - half), (1.0 if correct == examples else centre + half)


def mean_interval(losses: NDArray[Any]) -> tuple[float, float]:
    """Return the 95 % interval of the mean of losses [example] that are not negative.

    It is the normal one of the mean's logarithm, by the delta method, so that it never reaches below 0.
    """
    mean, examples = float(losses.mean()), len(losses)
    if examples < 2 or mean <= 0:
        return mean, mean
    half = Z * float(np.std(losses, ddof=1)) / math.sqrt(examples) / mean
    return mean * math.exp(-half), mean * math.exp(half)
