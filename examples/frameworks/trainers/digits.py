"""The digits for trainers in Python, of any version from 3.6 on: arrays of NumPy's, and mini-batches of them."""

import os
from pathlib import Path

import numpy as np


def load():
    """Return images [1347, 64] and labels to train on, then [450, 64] and labels to measure accuracy on."""
    with np.load(Path(os.environ["DIGITS"]) / "digits.npz") as file:
        return [file[name] for name in ("x", "y", "x_dev", "y_dev")]


def batches(x, y, random, size=64):
    """Yield mini-batches of an epoch in a new order; what is left over and too few for one is left out."""
    order = random.permutation(len(x))
    for start in range(0, len(x) - size + 1, size):
        chosen = order[start : start + size]
        yield x[chosen], y[chosen]
