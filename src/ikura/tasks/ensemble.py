"""What several networks say together: the mean of their predictions, and whose mean is best.

Caruana, Niculescu-Mizil, Crew and Ksikes 2004, "Ensemble selection from libraries of models" (ICML): greedy selection
with replacement. What is put together is what networks say of targets, not their outputs: probabilities, numbers in
their own unit, quantiles, expected counts.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.records import Kind, Target
from ikura.tasks.heads import Head

Said: TypeAlias = Sequence[NDArray[Any]]
"""What a network says of each target, as `predictions_of` has it."""

Score: TypeAlias = tuple[float, ...]
"""Less is better; a later number decides where the earlier ones are equal."""

LEAST_PROBABILITY = float(np.finfo(np.float32).tiny)
"""Less would have no logarithm in single precision."""

MOST_PROBABILITY = 1.0 - float(np.finfo(np.float64).epsneg)


def select_members(said: Sequence[Said], score: Callable[[Said], Score], first: int, most: int) -> dict[int, float]:
    """Return the networks whose mean is best, by their places, each with its share.

    The best few come first: one that is only lucky must not decide alone who goes with it ("sorted initialization").
    Then the one is added, at each step, with which the mean is best, be it one that is there already, whether the mean
    gets better or not, until there are `most`. Of all means on the way the best is taken, and of equal ones the
    smallest. Of networks that are equal the earlier is taken.

    Args:
        said: by each network; at least one.
        score: tells how good a mean is.
        first: so many come first, if there are as many.
        most: how many networks a mean is taken of, those counted again that are there more than once.
    """
    alone = [score(each) for each in said]
    picked = sorted(range(len(said)), key=alone.__getitem__)[:first]
    total: Said = [np.sum(parts, axis=0) for parts in zip(*(said[place] for place in picked), strict=True)]
    sizes = range(len(picked), most + 1)
    scores = [score([each / len(picked) for each in total])]
    for size in sizes[1:]:
        tried = [score([(sum_ + own) / size for sum_, own in zip(total, each, strict=True)]) for each in said]
        best = min(range(len(said)), key=tried.__getitem__)
        total = [sum_ + own for sum_, own in zip(total, said[best], strict=True)]
        picked.append(best)
        scores.append(tried[best])
    size = sizes[min(range(len(sizes)), key=scores.__getitem__)]
    return {place: times / size for place, times in Counter(picked[:size]).items()}


def mean_said(said: Sequence[Said], shares: Sequence[float]) -> list[NDArray[np.float64]]:
    """Return what networks say together: of each target the mean, each network counting by its share of 1."""
    return [
        np.sum([share * own.astype(np.float64) for share, own in zip(shares, by_network, strict=True)], axis=0)
        for by_network in zip(*said, strict=True)
    ]


def outputs_saying(said: Said, targets: Sequence[Target], heads: Sequence[Head]) -> NDArray[np.float64]:
    """Return the outputs [example, output] of a network that would say this: the inverse of `predictions_of`.

    So whatever measures or judges a network's outputs does the same of several networks together.
    """
    by_column: Mapping[int, Head] = {head.column: head for head in reversed(heads)}
    outputs = np.empty((len(said[0]), sum(head.outputs for head in heads)))
    column = 0
    for target, own in zip(targets, said, strict=True):
        first = by_column[column].output
        parts = _outputs_of(own.astype(np.float64), target)
        outputs[:, first : first + parts.shape[1]] = parts
        column += target.columns
    return outputs


def _outputs_of(said: NDArray[np.float64], target: Target) -> NDArray[np.float64]:
    columns = said.reshape(len(said), -1)
    if target.kind is Kind.CLASS:
        return np.log(np.maximum(columns, LEAST_PROBABILITY))
    if target.kind is Kind.LABELS:
        there = np.clip(columns, LEAST_PROBABILITY, MOST_PROBABILITY)
        return np.log(there) - np.log1p(-there)
    if target.kind is Kind.COUNT:
        return np.log(np.maximum(columns, LEAST_PROBABILITY))
    return (columns - target.mean) / target.scale
