"""Batch normalisation (Ioffe and Szegedy 2015) with its gradient derived by hand."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike


@jax.custom_vjp
def batch_norm(z: Array, gamma: Array, beta: Array, epsilon: ArrayLike) -> tuple[Array, Array, Array]:
    """Normalise each unit over the mini-batch, then scale it by gamma and shift it by beta.

    Args:
        z: pre-activations [example, unit].
        gamma: scale [unit].
        beta: shift [unit].
        epsilon: added to the variance; has no gradient.

    Returns:
        The normalised pre-activations [example, unit], and the mini-batch's mean [unit] and biased variance [unit],
        which are for the running averages and carry no gradient.
    """
    return _forward(z, gamma, beta, epsilon)[0]


def _forward(z: Array, gamma: Array, beta: Array, epsilon: ArrayLike):
    mean = jnp.mean(z, axis=0)
    # Centred first: E[z²] - E[z]² loses every digit where the mean is large.
    variance = jnp.mean(jnp.square(z - mean), axis=0)
    scale = jax.lax.rsqrt(variance + epsilon)
    y = (z - mean) * (scale * gamma) + beta
    return (y, mean, variance), (z, gamma, mean, scale)


def _backward(saved, gradients):
    """Follow Ioffe and Szegedy 2015, section 3, with the gradients of mean and variance eliminated."""
    z, gamma, mean, scale = saved
    dy, _, _ = gradients
    z_hat = (z - mean) * scale
    dgamma = jnp.sum(dy * z_hat, axis=0)
    dbeta = jnp.sum(dy, axis=0)
    dz = (gamma * scale) * (dy - (dbeta + z_hat * dgamma) / z.shape[0])
    return dz, dgamma, dbeta, None


batch_norm.defvjp(_forward, _backward)


class Averages(NamedTuple):
    """Exponentially weighted averages over the mini-batches seen in training, for use at test time.

    `weight` is the same average of the constant 1. Dividing by it takes out the share of the initial zeros, so that
    the averages are right from the first mini-batch on (the bias correction of Kingma and Ba 2015, section 3).
    """

    mean: Any
    """[unit]"""
    variance: Any
    """[unit]"""
    weight: Any
    """A scalar in [0, 1]; 0 before the first mini-batch."""

    def updated(self, mean: Array, variance: Array, momentum: ArrayLike) -> "Averages":
        """Return the averages after one more mini-batch; `momentum` is the share that the old average keeps."""
        share = 1.0 - jnp.asarray(momentum)
        return Averages(
            momentum * self.mean + share * mean,
            momentum * self.variance + share * variance,
            momentum * self.weight + share,
        )


def batch_norm_at_test_time(z: Array, gamma: Array, beta: Array, averages: Averages, epsilon: ArrayLike) -> Array:
    """Normalise [example, unit] by the running averages; before the first mini-batch, by mean 0 and variance 1."""
    seen = averages.weight > 0.0
    weight = jnp.where(seen, averages.weight, 1.0)
    mean = averages.mean / weight
    variance = jnp.where(seen, averages.variance / weight, 1.0)
    return (z - mean) * (jax.lax.rsqrt(variance + epsilon) * gamma) + beta
