"""Sobol's sequence: points that fill the cube more evenly than random ones (SciPy's, scrambled after Owen, 1998)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ikura.records import History, Proposal
from ikura.samplers.untried import BLOCK, next_configs
from ikura.space import Space

STREAM = 3


@dataclass(frozen=True)
class SobolSampler:
    """Takes the points of one scrambled Sobol sequence in turn, in one round.

    The n-th configuration follows from the space and the seed alone. Powers of 2 make the most even rounds.
    """

    def propose(self, space: Space, history: History, limit: int, seed: int) -> Proposal:
        """Propose the next `limit` configurations of the seed's sequence."""
        return Proposal(next_configs(space, _blocks(len(space), seed), history, limit, seed))


def _blocks(dimensions: int, seed: int) -> Iterator[NDArray[np.float64]]:
    from scipy.stats.qmc import Sobol  # 0.7 s: only for those who use it

    sequence = Sobol(dimensions, rng=np.random.default_rng([seed, STREAM]))
    while True:
        yield sequence.random(BLOCK)
