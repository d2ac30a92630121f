"""Coarse to fine: rounds, each drawn more densely where the earlier ones did well."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ikura.records import History, Proposal, TrialState, Wait
from ikura.samplers.elites import Elites, choose_elites, draw_around
from ikura.samplers.region import describe_region
from ikura.samplers.rounds import round_size, trials_since_restart, whole_rounds
from ikura.samplers.sobol import SobolSampler
from ikura.samplers.standing import newest_first
from ikura.samplers.untried import next_configs
from ikura.space import Space

STREAM = 4


@dataclass(frozen=True)
class CoarseToFineSampler:
    """Draws new points around the best trials so far, their spread being the step; a tenth of them anywhere.

    The first round fills the whole space by Sobol's sequence. A dimension that does not matter stays wide by itself,
    since there the best trials are spread as widely as all. After four rounds without a better trial, or half of
    them if that is less, the search starts afresh from the whole space, keeping the best.
    """

    rounds: int = 4

    def __post_init__(self) -> None:
        object.__setattr__(self, "rounds", whole_rounds(self.rounds))

    def propose(self, space: Space, history: History, limit: int, seed: int) -> Proposal | Wait:
        """Propose the next of `rounds` rounds of about equal size, with the region it draws from.

        Rounds that draw from the whole space have no region. A round waits until no trial before it is to be trained.
        """
        if history.count(TrialState.WAITING, TrialState.RUNNING):
            return Wait()
        seen = len(history.trials)
        size = round_size(seen, limit, self.rounds)
        ranking = newest_first(history, trials_since_restart(history, self.rounds))
        if len(ranking) < 2:  # One trial has no spread.
            return SobolSampler().propose(space, history, size, seed)
        elites = choose_elites(space, history, ranking)
        stream = _blocks(space, elites, np.random.default_rng([seed, STREAM, seen]))
        region = describe_region(space, elites, history.next_round, seen)
        return Proposal(next_configs(space, stream, history, size, seed), region)


def _blocks(space: Space, elites: Elites, rng: np.random.Generator) -> Iterator[NDArray[np.float64]]:
    while True:
        yield draw_around(space, elites, rng)
