"""From a network's outputs to what it says of each target, and from columns of numbers to what is true."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.records import Kind, Target
from ikura.tasks.heads import Head


def predictions_of(
    outputs: NDArray[np.floating], targets: Sequence[Target], heads: Sequence[Head]
) -> list[NDArray[Any]]:
    """Return what outputs [example, output] say of each target.

    Of a class or labels probabilities [example, class]; of a number [example], or [example, quantile] where it was held
    to several, in its own unit; of a count the rate [example].
    """
    found = []
    for target, own in zip(targets, _heads_by_target(targets, heads), strict=True):
        parts = np.concatenate([outputs[:, head.part] for head in own], axis=1)
        found.append(_said(parts, target))
    return found


def truths_of(y: NDArray[Any], targets: Sequence[Target]) -> list[NDArray[Any]]:
    """Return what the columns of y say of each target, as `Split` has them.

    Of a class its number [example]; of labels which are there [example, label]; of a number in its own unit, or a
    count, [example].
    """
    columns = y.reshape(len(y), -1)
    found: list[NDArray[Any]] = []
    first = 0
    for target in targets:
        own = columns[:, first : first + target.columns]
        first += target.columns
        if target.kind is Kind.CLASS:
            found.append(own[:, 0].astype(np.int64))
        elif target.kind is Kind.LABELS:
            found.append(own > 0.5)
        elif target.kind is Kind.NUMBER:
            found.append(own[:, 0].astype(np.float64) * target.scale + target.mean)
        else:
            found.append(own[:, 0].astype(np.float64))
    return found


def softmax(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return exp(z) / sum exp(z) over the last axis; see `ikura.nn.softmax`."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def sigmoid(logits: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return 1 / (1 + exp(-z)), safe for logits of any size."""
    powers = np.exp(-np.abs(logits))
    return (np.where(logits < 0, powers, np.float32(1.0)) / (1 + powers)).astype(np.float32)


def _heads_by_target(targets: Sequence[Target], heads: Sequence[Head]) -> Iterable[list[Head]]:
    column = 0
    for target in targets:
        yield [head for head in heads if head.column == column]
        column += target.columns


def _said(outputs: NDArray[np.floating], target: Target) -> NDArray[Any]:
    if target.kind is Kind.CLASS:
        return softmax(outputs)
    if target.kind is Kind.LABELS:
        return sigmoid(outputs)
    if target.kind is Kind.COUNT:
        # Where a float32 would be infinite, a double says how far a network is off.
        return np.exp(outputs[:, 0].astype(np.float64))
    numbers = outputs.astype(np.float64) * target.scale + target.mean
    # Networks that learn quantiles one by one may cross them (Chernozhukov et al. 2010, Econometrica 78: sort them).
    return numbers[:, 0] if numbers.shape[1] == 1 else np.sort(numbers, axis=1)
