"""What a network learns by, and what is measured of it at every epoch, inside a compiled program."""

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from ikura.nn import absolute_error, binary_cross_entropy, cross_entropy, huber, pinball, poisson, squared_error
from ikura.tasks.heads import Head


def example_losses(
    outputs: Array,
    targets: Array,
    heads: Sequence[Head],
    label_smoothing: ArrayLike = 0.0,
    class_weights: Sequence[Array | None] = (),
) -> Array:
    """Return the loss of each example [example]: the heads' losses, by their weights.

    Args:
        outputs: [example, output].
        targets: [example, column]; a class stands there as its number.
        heads: which outputs are held to what.
        label_smoothing: the share of a label that is spread evenly over all classes, or over being there or not.
        class_weights: for each head [class], or [2, label] for labels that are not there and such that are; None, or
            none at all, where all weigh the same.
    """
    total = jnp.zeros(len(outputs), outputs.dtype)
    for number, head in enumerate(heads):
        weights = class_weights[number] if class_weights else None
        own = outputs[:, head.part]
        total = total + head.weight * _losses(own, targets, head, label_smoothing, weights)
    return total


def count_correct(outputs: Array, targets: Array, heads: Sequence[Head], counted: Array) -> Array:
    """Return how many examples have their largest output at the right class, where the first head is a softmax.

    Args:
        outputs: [example, output].
        targets: [example, column].
        heads: which outputs are held to what.
        counted: how much each example counts [example].
    """
    head = heads[0]
    right = jnp.argmax(outputs[:, head.part], axis=-1) == targets[:, head.column]
    return jnp.sum(jnp.where(right, counted, 0.0))


def _losses(outputs: Array, targets: Array, head: Head, smoothing: ArrayLike, class_weights: Array | None) -> Array:
    if head.loss == "softmax":
        return cross_entropy(outputs, targets[:, head.column].astype(jnp.int32), smoothing, class_weights)
    wanted = targets[:, head.column : head.column + head.outputs]
    if head.loss == "sigmoid":
        losses = binary_cross_entropy(outputs, wanted * (1.0 - smoothing) + 0.5 * smoothing)
        if class_weights is not None:
            losses = losses * jnp.where(wanted > 0.5, class_weights[1], class_weights[0])
    elif head.loss == "squared":
        losses = squared_error(outputs, wanted)
    elif head.loss == "absolute":
        losses = absolute_error(outputs, wanted)
    elif head.loss == "huber":
        losses = huber(outputs, wanted, head.parameter)
    elif head.loss == "pinball":
        losses = pinball(outputs, wanted, head.parameter)
    else:
        losses = poisson(outputs, wanted)
    return jnp.mean(losses, axis=-1)
