"""What training costs: models of time that were fitted once, on one core of a reference machine.

Plans are made with these figures alone, so that a space has the same plan everywhere: the sizes to which XLA's programs
pad networks have a part in how their numbers round. How fast another machine is only scales the seconds for its user.
"""

from collections.abc import Sequence
from itertools import pairwise

STEP_MICROSECONDS = (0.98, 0.0786, 8.62, 0.378)
"""Of the kernel: a step's own; for each example, million operations in matrix products, 1,000 weights.

Non-negative least squares of the relative error over the networks of `python -m bench.kernel`, with Adam and batch
normalisation, on an Intel Xeon with AVX-512, November 2026; half of them come out within 5 %, all within 20 %.
"""

TRIAL_MICROSECONDS = 400.0
"""What a trial takes beside its steps: initial weights, schedules, copies."""

XLA_STEP_MICROSECONDS = (6.1, 11.7, 20.7, 2.8, 8.7)
"""Of XLA's programs: a step's own; for each hidden layer, million operations in matrix products, 1,000 parameters,
1,000 activations. Fitted likewise on an AMD EPYC over 15 networks from 64-10 to 784-256-256-10; most come out within
25 %.
"""

COMPILE_SECONDS = (2.4, 0.6)
"""Of one of XLA's programs, and more for each hidden layer; processor time."""


def step_work(sizes: Sequence[int], batch_size: int) -> tuple[float, ...]:
    """Return what one of the kernel's training steps has to do, in the units of STEP_MICROSECONDS.

    Args:
        sizes: of the layers, inputs and classes included.
        batch_size: examples in a mini-batch.
    """
    weights = [inputs * units for inputs, units in pairwise(sizes)]
    # Forward, gradient of the weights, gradient of the inputs; the last is not needed of the first layer.
    operations = batch_size * (6.0 * sum(weights) - 2.0 * weights[0])
    return (1.0, batch_size, 1e-6 * operations, 1e-3 * sum(weights))


def step_seconds(sizes: Sequence[int], batch_size: int) -> float:
    """Return the processor time of one of the kernel's training steps; arguments as of `step_work`."""
    return 1e-6 * _dot(STEP_MICROSECONDS, step_work(sizes, batch_size))


def xla_step_seconds(sizes: Sequence[int], batch_size: int) -> float:
    """Return the processor time of one trial's step in a program of XLA's; its sizes are those that it is padded to."""
    parameters = sum(inputs * units for inputs, units in pairwise(sizes))
    hidden = sizes[1:-1]
    work = (1.0, len(hidden), 6e-6 * batch_size * parameters, 1e-3 * parameters, 1e-3 * batch_size * sum(hidden))
    return 1e-6 * _dot(XLA_STEP_MICROSECONDS, work)


def compile_seconds(hidden_layers: int) -> float:
    """Return the processor time of compiling one of XLA's programs."""
    return COMPILE_SECONDS[0] + COMPILE_SECONDS[1] * hidden_layers


def _dot(costs: Sequence[float], amounts: Sequence[float]) -> float:
    return sum(cost * amount for cost, amount in zip(costs, amounts, strict=True))
