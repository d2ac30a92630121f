"""Learning-rate decay and warm-up. Rates are tabulated before training, so that a program knows of no schedule."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ikura.records import Config

Epochs = NDArray[np.float64]

DECAYS: dict[str, Callable[[Epochs, float, int], Epochs]] = {
    "none": lambda epoch, _rate, _horizon: np.ones_like(epoch),
    "inverse": lambda epoch, rate, _horizon: 1.0 / (1.0 + rate * epoch),
    "exponential": lambda epoch, rate, _horizon: np.exp(-rate * epoch),
    "staircase": lambda epoch, rate, _horizon: 0.5 ** np.floor(rate * epoch + 1e-9),
    "sqrt": lambda epoch, _rate, _horizon: 1.0 / np.sqrt(epoch + 1.0),
    "cosine": lambda epoch, _rate, horizon: 0.5 * (1.0 + np.cos(np.pi * epoch / horizon)),
}
"""The factor on the learning rate after `epoch` whole epochs, for a `decay_rate` and a horizon of epochs.

`sqrt` is k / sqrt(epoch) with epochs counted from 1, its k being the learning rate. `staircase` halves the rate every
1 / decay_rate epochs.
"""


def learning_rates(config: Config, epochs: int, steps: int) -> NDArray[np.float64]:
    """Return the learning rate at each step [epoch, step].

    It reads `learning_rate`, `decay`, `decay_rate` and `warmup` from a full configuration. The decay changes from epoch
    to epoch; in the first `warmup` epochs the rate rises linearly from step to step.

    Args:
        config: the full configuration.
        epochs: the horizon, where `cosine` arrives at zero.
        steps: how many there are in an epoch.
    """
    epoch = np.arange(epochs, dtype=np.float64)[:, None]
    passed = epoch + np.arange(1, steps + 1) / steps
    warm = np.minimum(1.0, passed / max(float(config["warmup"]), 1e-9))
    factor = DECAYS[str(config["decay"])](epoch, float(config["decay_rate"]), epochs)
    return float(config["learning_rate"]) * factor * warm
