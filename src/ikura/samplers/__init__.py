"""Samplers: what to try next, as deterministic functions of the space, the history and the seed."""

from ikura.samplers.catalogue import (
    SAMPLERS,
    SamplerLike,
    begun_with,
    in_words,
    make_sampler,
    round_sizes,
    rounds_of,
    versions_of,
)
from ikura.samplers.coarse_to_fine import CoarseToFineSampler
from ikura.samplers.grid import GridSampler
from ikura.samplers.protocol import Sampler
from ikura.samplers.region import region_now
from ikura.samplers.sobol import SobolSampler
from ikura.samplers.standing import normal_scores, some_ranks
from ikura.samplers.thompson import ThompsonSampler
from ikura.samplers.uniform import RandomSampler

__all__ = [
    "SAMPLERS",
    "CoarseToFineSampler",
    "GridSampler",
    "RandomSampler",
    "Sampler",
    "SamplerLike",
    "SobolSampler",
    "ThompsonSampler",
    "begun_with",
    "in_words",
    "make_sampler",
    "normal_scores",
    "region_now",
    "round_sizes",
    "rounds_of",
    "some_ranks",
    "versions_of",
]
