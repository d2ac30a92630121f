"""Coarse to fine by Thompson sampling: each point is the best of many under a draw of what trials let one believe."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ikura.records import Config, Evidence, History, Proposal, TrialState, Wait
from ikura.samplers.elites import Elites, choose_elites, draw_around
from ikura.samplers.gaussian import Features, Process, features_of, fitted
from ikura.samplers.region import describe_region
from ikura.samplers.rounds import round_size, whole_rounds
from ikura.samplers.sobol import SobolSampler
from ikura.samplers.standing import normal_scores, some_ranks
from ikura.samplers.untried import BLOCK, next_configs, untried
from ikura.space import Space

STREAM = 6

MOST_TRIALS = 512
"""So many of a long history are looked at."""

POINTS, NEAR, FAR = 128, 512, 128
"""At most so many points are chosen at a time, of so many candidates near the best trials and from anywhere."""

WIDE = 0.1
"""How often a candidate near the best is chosen only where no other is left."""

FARTHEST = 1e6
"""Beyond all that is drawn of normal scores."""


@dataclass(frozen=True)
class ThompsonSampler:
    """Draws candidates around the best trials, as coarse-to-fine does, and takes what a Gaussian process believes in.

    The process is fitted to the ranks of the trials so far. For each new point one function is drawn from what it then
    believes, and the best candidate under that function is taken (Thompson, 1933), so that a round is as diverse as the
    belief is uncertain. The best trials, around which candidates lie, are the best by the mean of their own score and
    the one that the process expects of them: a score that was lucky is trusted by half. A tenth of the points is chosen
    of candidates from the whole space.

    The first round fills the space by Sobol's sequence. What it costs does not grow with the history beyond 512 trials.

    What earlier studies found counts as far as it goes with what this one finds: the study is one more dimension of the
    process, of which the length scale is found as every other's is.
    """

    rounds: int = 4
    evidence: tuple[Evidence, ...] = ()
    """Of earlier studies."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rounds", whole_rounds(self.rounds))

    def propose(self, space: Space, history: History, limit: int, seed: int) -> Proposal | Wait:
        """Propose the next of `rounds` rounds of about equal size, with the region that its candidates come from.

        A round waits until no trial before it waits or runs.
        """
        if history.count(TrialState.WAITING, TrialState.RUNNING):
            return Wait()
        seen = len(history.trials)
        size = round_size(seen, limit, self.rounds)
        if len(history.ranking) < 2:  # One trial has no spread.
            return SobolSampler().propose(space, history, size, seed)
        from threadpoolctl import threadpool_limits

        # The sums of many threads come in another order, and so to other bits, for each number of them.
        with threadpool_limits(1, "blas"):
            return _round(space, history, self.evidence, size, seed)


def _round(space: Space, history: History, evidence: Sequence[Evidence], size: int, seed: int) -> Proposal:
    process, best_first = _believed(space, history, evidence)
    elites = choose_elites(space, history, best_first)
    seen = len(history.trials)
    region = describe_region(space, elites, history.next_round, seen, process.length_scales[: len(space)])

    rng = np.random.default_rng([seed, STREAM, seen])
    chunks = -(-size // POINTS)
    near = next_configs(space, _around(space, elites, rng), history, NEAR * chunks, seed)
    if len(near) <= size:  # The space has no more.
        return Proposal(near, region)
    far = untried(next_configs(space, _anywhere(space, rng), history, FAR * chunks, seed), space, near)
    configs: list[Config] = []
    for chunk in range(chunks):
        count = size * (chunk + 1) // chunks - size * chunk // chunks
        candidates = near[chunk::chunks], far[chunk::chunks]
        configs += _chosen(space, process, len(evidence), *candidates, count, rng)
    return Proposal(configs, region)


def _believed(space: Space, history: History, evidence: Sequence[Evidence]) -> tuple[Process, NDArray[np.intp]]:
    """Return what is made of a history and of earlier studies, and the numbers of its measured trials, best first.

    They are in the order of what is expected of them and what was measured, together.
    """
    numbers, scores = normal_scores(history)
    kept = some_ranks(len(numbers), MOST_TRIALS)
    numbers, scores = numbers[kept], scores[kept]
    own = _features(space, [history.config(int(number)) for number in numbers], 0, len(evidence))
    others = [_features(space, each.configs, 1 + place, len(evidence)) for place, each in enumerate(evidence)]
    features = Features(np.concatenate([own.values, *(other.values for other in others)]), own.owners)
    process = fitted(features, np.concatenate([scores, *(np.array(each.scores) for each in evidence)]))
    measured = np.isin(numbers, history.ranking)
    order = np.argsort(process.mean(own.values[measured]) + scores[measured], kind="stable")
    return process, numbers[measured][order]


def _features(space: Space, configs: Sequence[Config], study: int, earlier: int) -> Features:
    """Return the features of configurations in one of the studies: 0 is this one, and `earlier` are before it.

    The studies are corners of a simplex, as options without an order are.
    """
    found = features_of(space, space.encode(configs))
    if not earlier:
        return found
    corner = np.zeros((len(configs), earlier + 1))
    corner[:, study] = 1 / np.sqrt(2)
    owners = np.append(found.owners, np.full(earlier + 1, len(space)))
    return Features(np.concatenate([found.values, corner], axis=1), owners)


def _chosen(
    space: Space, process: Process, earlier: int, near: list[Config], far: list[Config], count: int, rng: Generator
) -> list[Config]:
    """Choose so many of the candidates: each the best under a draw, some of them only of those that are far."""
    candidates = near + far
    features = _features(space, candidates, 0, earlier).values
    draws = process.draws(features, rng.standard_normal((count, len(candidates))))
    draws[rng.random(count) < WIDE, : len(near)] += FARTHEST
    places = []
    for draw in draws:
        draw[places] = np.inf
        places.append(int(np.argmin(draw)))
    return [candidates[place] for place in places]


def _around(space: Space, elites: Elites, rng: Generator) -> Iterator[NDArray[np.float64]]:
    while True:
        yield draw_around(space, elites, rng)


def _anywhere(space: Space, rng: Generator) -> Iterator[NDArray[np.float64]]:
    while True:
        yield rng.random((BLOCK, len(space)))
