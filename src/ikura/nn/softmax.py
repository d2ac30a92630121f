"""Softmax regression: class probabilities and their cross-entropy, safe for logits of any size."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike


def softmax(logits: Array) -> Array:
    """Return exp(z) / sum exp(z) over the last axis.

    The largest logit is taken off first, so that nothing overflows.
    """
    exponentials = jnp.exp(logits - jax.lax.stop_gradient(jnp.max(logits, axis=-1, keepdims=True)))
    return exponentials / jnp.sum(exponentials, axis=-1, keepdims=True)


def cross_entropy(
    logits: Array, labels: Array, smoothing: ArrayLike = 0.0, class_weights: Array | None = None
) -> Array:
    """Return the loss -sum y·log(yhat) of each example.

    Args:
        logits: [example, class].
        labels: the true classes, integers [example].
        smoothing: the share of a label that is spread evenly over all classes (Szegedy et al. 2016, section 7); has no
            gradient.
        class_weights: [class]; each example's loss is multiplied by the weight of its true class.

    Returns:
        [example]
    """
    losses = _cross_entropy(logits, labels, smoothing)
    return losses if class_weights is None else losses * class_weights[labels]


@jax.custom_vjp
def _cross_entropy(logits: Array, labels: Array, smoothing: ArrayLike) -> Array:
    return _forward(logits, labels, smoothing)[0]


def _forward(logits: Array, labels: Array, smoothing: ArrayLike):
    shifted = logits - jnp.max(logits, axis=-1, keepdims=True)
    total = jnp.sum(jnp.exp(shifted), axis=-1)
    losses = jnp.log(total) - jnp.sum(_targets(shifted, labels, smoothing) * shifted, axis=-1)
    return losses, (shifted, total, labels, smoothing)


def _backward(saved, gradient: Array):
    """Return the well-known yhat - y, without the sums that differentiating the logarithm would cost."""
    shifted, total, labels, smoothing = saved
    probabilities = jnp.exp(shifted) / total[..., None]
    return gradient[..., None] * (probabilities - _targets(shifted, labels, smoothing)), None, None


_cross_entropy.defvjp(_forward, _backward)


def _targets(logits: Array, labels: Array, smoothing: ArrayLike) -> Array:
    classes = logits.shape[-1]
    return jax.nn.one_hot(labels, classes, dtype=logits.dtype) * (1.0 - smoothing) + smoothing / classes
