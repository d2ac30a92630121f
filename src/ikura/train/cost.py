"""What training costs on a CPU core: a model of time, fitted once, and the speed of this machine beside it.

Plans are made with the reference machine's figures alone, so that a space has the same plan everywhere: the sizes to
which networks are padded have a part in how their numbers round. The speed of this machine only turns the reference's
seconds into its own, for the user.
"""

import time
from collections.abc import Sequence
from itertools import pairwise

import jax
import numpy as np

STEP_MICROSECONDS = (6.1, 11.7, 20.7, 2.8, 8.7)
"""A step's own, for each hidden layer, million multiplications and additions, 1,000 parameters, 1,000 activations.

Non-negative least squares of the relative error over 15 networks from 64-10 to 784-256-256-10 at mini-batches of 16 to
256, with Adam, batch normalisation and dropout, on one core of an AMD EPYC, November 2026; most come out within 25 %.
"""

COMPILE_SECONDS = (2.4, 0.6)
"""Of one program, and more for each hidden layer; processor time."""


def step_seconds(sizes: Sequence[int], batch_size: int) -> float:
    """Processor time of one trial's training step on the reference machine.

    Args:
        sizes: of the layers, inputs and classes included, as they are padded.
        batch_size: examples in a mini-batch.
    """
    parameters = sum(a * b for a, b in pairwise(sizes))
    hidden = sizes[1:-1]
    work = (1.0, len(hidden), 6e-6 * batch_size * parameters, 1e-3 * parameters, 1e-3 * batch_size * sum(hidden))
    return 1e-6 * sum(cost * amount for cost, amount in zip(STEP_MICROSECONDS, work, strict=True))


def compile_seconds(hidden_layers: int) -> float:
    """Processor time of compiling one program on the reference machine."""
    return COMPILE_SECONDS[0] + COMPILE_SECONDS[1] * hidden_layers


def gigaflops() -> float:
    """How fast one device of this machine multiplies matrices, in 10^9 operations a second; measured in 0.1 s."""
    size, best = 512, float("inf")
    multiply = jax.jit(lambda a: a @ a)
    matrix = jax.device_put(np.ones((size, size), np.float32))
    multiply(matrix).block_until_ready()
    for _ in range(20):
        began = time.perf_counter()
        multiply(matrix).block_until_ready()
        best = min(best, time.perf_counter() - began)
    return 2e-9 * size**3 / best
