"""One canonical form of a trial under training, whichever engine trains it."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

from ikura.nn import Variables
from ikura.optim import Slots
from ikura.records import Leg


class Position(NamedTuple):
    """So far a trial has come."""

    epoch: int
    """Whole epochs."""
    steps: int = 0
    """Of the epoch that is not over."""


START = Position(0)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A trial as it was at some position: all that training changes, without an engine's padding."""

    position: Position
    variables: Variables
    slots: Slots
    """The optimizer's, in trees of the parameters' shapes."""
    loss: float
    """The sum over the mini-batches of the epoch that is not over."""
    curves: NDArray[np.float32]
    """[metric, epoch], since the first epoch."""

    @property
    def leaves(self) -> list[NDArray[Any]]:
        """Return the arrays of the variables and the slots."""
        return [np.asarray(leaf) for leaf in jax.tree.leaves((self.variables, self.slots))]

    @property
    def nbytes(self) -> int:
        """Return the bytes of its arrays."""
        return sum(leaf.nbytes for leaf in self.leaves) + self.curves.nbytes


def ways(legs: Sequence[Leg], replicate: int) -> Iterator[tuple[Leg, str]]:
    """Yield each leg with a digest of the way through it.

    Of two positions with one digest, training leads from one to the other: the way to both is the same but for its
    length.
    """
    digest = hashlib.sha256(str(replicate).encode())
    for leg in legs:
        digest.update(json.dumps([leg.number, leg.start, dict(leg.config)], sort_keys=True).encode())
        yield leg, digest.hexdigest()


def way(legs: Sequence[Leg], replicate: int, position: Position) -> str:
    """Return the digest of the way that led to a position after the first."""
    last = position.epoch if position.steps else position.epoch - 1
    return next(digest for leg, digest in ways(legs, replicate) if last < leg.stop)


def legs_after(legs: Sequence[Leg], position: Position) -> list[Leg]:
    """Return what is left of a way at a position, by whole epochs: the first leg may have been begun."""
    return [leg for leg in legs if position.epoch < leg.stop]
