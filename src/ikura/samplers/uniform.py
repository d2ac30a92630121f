"""Random search (Bergstra and Bengio, 2012): every trial tries a new value of every dimension."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ikura.records import History, Proposal
from ikura.samplers.untried import BLOCK, next_configs
from ikura.space import Space

STREAM = 2


@dataclass(frozen=True)
class RandomSampler:
    """Draws each dimension uniformly on its scale, in one round.

    The n-th configuration follows from the space and the seed alone: 64 trials are the beginning of 256.
    """

    def propose(self, space: Space, history: History, limit: int, seed: int) -> Proposal:
        """Propose the next `limit` configurations of the seed's sequence."""
        return Proposal(next_configs(space, _blocks(len(space), seed), history, limit, seed))


def _blocks(dimensions: int, seed: int) -> Iterator[NDArray[np.float64]]:
    rng = np.random.default_rng([seed, STREAM])
    while True:
        yield rng.random((BLOCK, dimensions))
