"""Softmax regression: class probabilities and their cross-entropy, safe for logits of any size."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike


def softmax(logits: Array) -> Array:
    """exp(z) / sum exp(z) over the last axis; the largest logit is taken off first, so that nothing overflows."""
    exponentials = jnp.exp(logits - jax.lax.stop_gradient(jnp.max(logits, axis=-1, keepdims=True)))
    return exponentials / jnp.sum(exponentials, axis=-1, keepdims=True)


def log_softmax(logits: Array) -> Array:
    """The logarithm of the softmax over the last axis."""
    shifted = logits - jax.lax.stop_gradient(jnp.max(logits, axis=-1, keepdims=True))
    return shifted - jnp.log(jnp.sum(jnp.exp(shifted), axis=-1, keepdims=True))


def cross_entropy(logits: Array, labels: Array, smoothing: ArrayLike = 0.0, class_weights: Array | None = None) -> Array:
    """The loss -sum y·log(yhat) of each example.

    Args:
        logits: [..., class].
        labels: the true classes, integers [...].
        smoothing: the share of a label that is spread evenly over all classes (Szegedy et al. 2016, section 7).
        class_weights: [class]; each example's loss is multiplied by the weight of its true class.

    Returns:
        [...]
    """
    log_probabilities = log_softmax(logits)
    classes = logits.shape[-1]
    targets = jax.nn.one_hot(labels, classes, dtype=logits.dtype) * (1.0 - smoothing) + smoothing / classes
    losses = -jnp.sum(targets * log_probabilities, axis=-1)
    return losses if class_weights is None else losses * class_weights[labels]
