"""Losses of outputs that stand for themselves: a number, a rate, whether a label is there; see `softmax` for classes.

All take outputs and targets of one shape, and return the losses in that shape.
"""

import jax
import jax.numpy as jnp
from jax import Array


def binary_cross_entropy(logits: Array, labels: Array) -> Array:
    """Return -y·log(p) - (1 - y)·log(1 - p) for p the sigmoid of the logits, safe for logits of any size.

    Args:
        logits: of any shape.
        labels: 1 where the label is there and 0 where it is not; between them where labels are smoothed.
    """
    return jnp.maximum(logits, 0.0) - logits * labels + jnp.log1p(jnp.exp(-jnp.abs(logits)))


def squared_error(outputs: Array, targets: Array) -> Array:
    """Return the squares of the errors."""
    return jnp.square(outputs - targets)


def absolute_error(outputs: Array, targets: Array) -> Array:
    """Return the sizes of the errors; where there is none, the gradient is 0."""
    error = outputs - targets
    return error * jax.lax.stop_gradient(jnp.sign(error))


def huber(outputs: Array, targets: Array, delta: float) -> Array:
    """Return half the square of errors up to `delta`, and a line from there on (Huber 1964, Ann. Math. Stat. 35)."""
    error = outputs - targets
    size = jnp.abs(error)
    return jnp.where(size <= delta, 0.5 * error * error, delta * (size - 0.5 * delta))


def pinball(outputs: Array, targets: Array, quantile: float) -> Array:
    """Return the loss whose mean is least at a quantile (Koenker and Bassett 1978, Econometrica 46)."""
    error = outputs - targets
    slope = jnp.where(error < 0.0, -quantile, jnp.where(error > 0.0, 1.0 - quantile, 0.0))
    return error * slope


def poisson(log_rates: Array, counts: Array) -> Array:
    """Return the negative log-likelihood of counts, but for what does not depend on the rates."""
    return jnp.exp(log_rates) - counts * log_rates
