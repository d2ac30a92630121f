"""Initial weights, drawn by NumPy on the host: inside a compiled program they would triple its compile time."""

import math

import numpy as np
from numpy.typing import NDArray

INITIALIZERS = ("he", "xavier")


def initial_weights(generator: np.random.Generator, fan_in: int, fan_out: int, initializer: str) -> NDArray[np.float32]:
    """Draw normal weights [fan_in, fan_out] that keep the variance of activations (He) or of both passes (Xavier).

    He et al. 2015, equation 10: variance 2 / fan_in. Glorot and Bengio 2010, equation 12: 2 / (fan_in + fan_out).
    """
    fan = fan_in if initializer == "he" else fan_in + fan_out
    draws = generator.standard_normal((fan_in, fan_out), dtype=np.float32)
    return draws * np.float32(math.sqrt(2.0 / fan))
