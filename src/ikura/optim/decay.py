"""Learning-rate decay and warm-up with traced constants, so that trials with different schedules share a program."""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from ikura.records import Config

DECAYS: dict[str, Callable[[Array, ArrayLike, ArrayLike], Array]] = {
    "none": lambda epoch, _rate, _epochs: jnp.ones_like(epoch),
    "inverse": lambda epoch, rate, _epochs: 1.0 / (1.0 + rate * epoch),
    "exponential": lambda epoch, rate, _epochs: jnp.exp(-rate * epoch),
    "staircase": lambda epoch, rate, _epochs: 0.5 ** jnp.floor(rate * epoch + 1e-4),
    "sqrt": lambda epoch, _rate, _epochs: 1.0 / jnp.sqrt(epoch + 1.0),
    "cosine": lambda epoch, _rate, epochs: 0.5 * (1.0 + jnp.cos(jnp.pi * epoch / epochs)),
}
"""The factor on the learning rate after `epoch` whole epochs, for a `decay_rate` and a budget of `epochs`.

`sqrt` is k / sqrt(epoch) with epochs counted from 1, its k being the learning rate. `staircase` halves the rate every
1 / decay_rate epochs.
"""


class Schedule(NamedTuple):
    """The constants of one trial's learning-rate schedule; inside a program each is a scalar array."""

    learning_rate: ArrayLike
    kind: ArrayLike
    """Position in DECAYS."""
    decay_rate: ArrayLike
    warmup: ArrayLike
    """Epochs in which the learning rate rises linearly to its full value."""
    epochs: ArrayLike
    """The budget, where `cosine` arrives at zero."""


def schedule(config: Config, epochs: int) -> Schedule:
    """Reads `learning_rate`, `decay`, `decay_rate` and `warmup` from a full configuration."""
    return Schedule(
        learning_rate=np.float32(config["learning_rate"]),
        kind=np.int32(list(DECAYS).index(str(config["decay"]))),
        decay_rate=np.float32(config["decay_rate"]),
        warmup=np.float32(config["warmup"]),
        epochs=np.float32(epochs),
    )


def learning_rates(constants: Schedule, epoch: ArrayLike, steps: int) -> Array:
    """The learning rate at each step of an epoch [step]; the epoch counts from 0."""
    whole = jnp.asarray(epoch, jnp.float32)
    factors = jnp.stack([factor(whole, constants.decay_rate, constants.epochs) for factor in DECAYS.values()])
    passed = whole + jnp.arange(1, steps + 1, dtype=jnp.float32) / steps
    warm = jnp.minimum(1.0, passed / jnp.maximum(constants.warmup, 1e-6))
    return constants.learning_rate * factors[constants.kind] * warm
