"""What networks say of examples, beside what is true of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

from ikura.data import Split
from ikura.model import Model
from ikura.records import JSON
from ikura.tasks import Problem, part
from ikura.tasks.losses import example_losses

_losses = jax.jit(example_losses, static_argnums=2)
"""Compiled as one, which takes a fraction of compiling its steps one by one for every number of examples."""


FEWEST_AT_ONCE = 30
"""Examples that a network is measured on; with fewer, calling it would take longer than another program."""


class DevOutputs(NamedTuple):
    """What a network says of dev examples that it never saw, and what is true of them."""

    outputs: NDArray[np.float32]
    """[example, output]"""
    truth: NDArray[Any]
    """[example]"""


class Shown(NamedTuple):
    """What a network says of examples, and what it is held to there."""

    outputs: NDArray[np.floating]
    """[example, output]"""
    split: Split
    losses: Callable[[], NDArray[np.float32]]
    """Gives each example's [example]."""


def with_threshold(model: Model, problem: Problem, found: Sequence[DevOutputs | None]) -> Model:
    """Return a model of two classes with the threshold that is best for dev examples, of one part or several."""
    known = [each for each in found if each is not None]
    if not known:
        return model
    outputs, truth = (np.concatenate(parts) for parts in zip(*known, strict=True))
    (target,) = model.targets
    return replace(model, targets=(replace(target, threshold=problem.threshold(outputs, [truth])),))


def outputs_in_batches(model: Model, inputs: NDArray[np.float32], rows: int) -> NDArray[np.float32]:
    """Return the outputs for inputs in batches of so many rows, for which the network is compiled already."""
    filled = np.pad(inputs, ((0, -len(inputs) % rows), (0, 0)))
    batches = (filled[first : first + rows] for first in range(0, len(filled), rows))
    return np.concatenate([model.outputs(batch) for batch in batches])[: len(inputs)]


def shown_of(problem: Problem, split: Split, outputs: NDArray[np.floating]) -> Shown:
    """Return what a network says of examples, and what it is held to there."""

    def losses() -> NDArray[np.float32]:
        columns = np.asarray(split.y, np.float32).reshape(len(split.y), -1)
        return np.asarray(_losses(outputs.astype(np.float32), columns, problem.heads))

    return Shown(outputs, split, losses)


def part_of(problem: Problem, shown: Shown) -> JSON:
    """Return what a network reaches on examples, by the study's metric."""
    return part(problem, shown.outputs, shown.split.y, shown.losses, shown.split.weights)


def at_most(split: Split, most: int) -> Split:
    """Return so many of the examples, evenly chosen."""
    if len(split.y) <= most:
        return split
    rows = np.linspace(0, len(split.y) - 1, most).round().astype(int)
    return Split(split.x[rows], split.y[rows], None if split.weights is None else split.weights[rows])
