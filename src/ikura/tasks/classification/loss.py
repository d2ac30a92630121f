"""What a classifier learns by, and what is measured of it at every epoch, inside a compiled program."""

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from ikura.nn import cross_entropy


def training_loss(logits: Array, labels: Array, label_smoothing: ArrayLike, class_weights: Array | None) -> Array:
    """Return the mean cross-entropy of a mini-batch.

    Args:
        logits: [example, class].
        labels: the true classes [example].
        label_smoothing: the share of a label that is spread evenly over all classes.
        class_weights: [class]; None where all weigh the same.
    """
    return jnp.mean(cross_entropy(logits, labels, label_smoothing, class_weights))


def dev_sums(logits: Array, labels: Array) -> tuple[Array, Array]:
    """Return the dev loss and the dev accuracy, each summed over the examples.

    Args:
        logits: [example, class].
        labels: the true classes [example]; -1 marks filling, which counts for nothing.
    """
    losses = jnp.where(labels >= 0, cross_entropy(logits, labels), 0.0)
    return jnp.sum(losses), jnp.sum(jnp.argmax(logits, axis=-1) == labels)
