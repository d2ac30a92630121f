"""What a history shows of its best trials: where they lie, how their curves end, and where training diverges."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from ikura.records import History, Metric, Region, Settings, Span, TrialState
from ikura.samplers import region_now
from ikura.space import Choice, Float, Int, Space

FEWEST_TRIALS = 8
"""With fewer, nothing is said of where the best lie."""

FEWEST_EPOCHS = 8
"""With fewer, a curve has no end apart from its beginning."""

BEST = 5
"""So many of the best trials are looked at, of those that were trained to the end."""

COMPARED = 16
"""At least so many trials are compared, where so many were measured: after fewer epochs if need be."""

CERTAIN = 3.0
"""A curve rises or falls if it does by so many standard errors, and by SHARE of its whole way."""

SHARE = 0.02

SIDE = 3
"""At least so many trials lie on either side of a split."""

EXPLAINED = 14.0
"""The deviance that a split must explain: the best of many splits explains some by chance alone."""


@dataclass(frozen=True, slots=True)
class Cliff:
    """Where along a dimension training begins to diverge."""

    dimension: str
    at: float
    above: bool
    """Whether it diverges above, or below."""
    lost_beyond: int
    beyond: int
    lost_within: int
    within: int


@dataclass(frozen=True, slots=True)
class Ending:
    """How a curve ends, in the sense in which less is better."""

    step: float
    """The standard deviation of what chance adds from epoch to epoch."""
    change: float
    """From the earlier to the later half of the curve's last third."""
    trend: int
    """1 where it rises beyond chance, -1 where it falls, 0 where it does neither."""


TOWARDS = 1.5
"""So many standard errors the early trials become better towards a bound that the best crowd."""

EARLY = 4
"""One in so many trials counts as drawn before the sampler knew anything, and all of the first round."""


def region_of(space: Space, history: History, settings: Settings) -> Region | None:
    """Return where the best trials lie, as the last round saw it, or as they lie now; None where there are too few."""
    if len(history.ranking) < FEWEST_TRIALS:
        return None
    since = settings.earlier[-1].until if settings.earlier else 0
    drawn = history.regions and history.regions[-1].round >= since
    region = history.regions[-1] if drawn else region_now(space, history)
    return replace(
        region,
        dimensions=tuple(
            replace(item, edge=crowding(space, history, item)) if isinstance(item, Span) else item
            for item in region.dimensions
            if item.dimension in space.names
        ),
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """Trials as they were after the same epochs: at the horizon, or after fewer where few got there."""

    losses: NDArray[np.float64]
    """The objective, best first, with the sign by which less is better."""
    room: float
    """How far the median of the first round, which was drawn from the whole space, lies behind the best."""


def compared(history: History) -> Compared:
    """Return what the objective is of trials that can be compared."""
    ranking, metric = history.ranking, history.objective.metric
    if history.feasible[ranking].any():  # what breaks the constraints cannot win
        ranking = ranking[history.feasible[ranking]]
    trained = history.trained[ranking]
    after = int(np.sort(trained)[-min(COMPARED, len(trained))]) if len(trained) else 0
    reported = np.all([~np.isnan(history.final(each.name)) for each in history.objective.optimised], axis=0)
    numbers = ranking[(trained >= after) & reported[ranking]]
    # Training code may end before the horizon.
    values = history.at(metric.name, np.minimum(after, history.epochs))[numbers]
    losses = np.asarray(metric.loss(values), np.float64)
    finite = np.isfinite(losses)
    numbers, losses = numbers[finite], losses[finite]
    first = np.array([history.trials[number].round == 0 for number in numbers], bool)
    reference = losses[first] if first.sum() >= SIDE else losses
    room = float(np.median(reference) - losses.min()) if len(losses) else 0.0
    return Compared(np.sort(losses), room)


def crowding(space: Space, history: History, span: Span) -> str | None:
    """Return the bound that the best trials crowd along a dimension, if the early trials speak for it as well.

    The best of a search that draws around its best descend from a few, and so lie close together even along what does
    not matter. Early trials lie anywhere: they must become better towards that bound, too.
    """
    if span.edge is None:
        return None
    column, ranked = space.names.index(span.dimension), history.ranking.tolist()
    numbers = [*ranked, *history.numbers(TrialState.DIVERGED)]
    first = len(history.trials) / EARLY
    ranks = [(min(rank, len(ranked)), n) for rank, n in enumerate(numbers) if n < first or not history.trials[n].round]
    places = space.encode([history.config(number) for _, number in ranks])[:, column]
    there = ~np.isnan(places)
    places, worse = places[there], np.array([rank for rank, _ in ranks], np.float64)[there]
    if len(places) < SIDE or np.ptp(places) == 0:
        return None
    towards = -places if span.edge == "high" else places
    from scipy.stats import rankdata

    return span.edge if np.corrcoef(rankdata(towards), rankdata(worse))[0, 1] > TOWARDS / sqrt(len(places)) else None


def best_complete(history: History) -> list[int]:
    """Return the numbers of the best of those trials that were trained to the end."""
    complete = [int(number) for number in history.ranking if history.states[number] is TrialState.COMPLETE]
    return complete[:BEST]


def endings(history: History, metric: Metric, numbers: Sequence[int]) -> list[Ending]:
    """Return how the curves of a metric end, those that are long enough and have it at every epoch."""
    found = []
    for number in numbers:
        curve = history.curves[metric.name][number, : history.epochs[number]].astype(np.float64)
        if len(curve) >= FEWEST_EPOCHS and np.isfinite(curve).all():
            found.append(ending(np.asarray(metric.loss(curve), np.float64)))
    return found


def ending(losses: NDArray[np.float64]) -> Ending:
    """Return how one curve ends, of values [epoch] of which less is better.

    What is left of smooth curves after taking differences twice is chance, with six times its variance.
    """
    second = np.diff(losses[-max(FEWEST_EPOCHS, len(losses) // 2) :], 2)
    step = sqrt(float((second**2).mean()) / 6)
    last = losses[-max(4, len(losses) // 3) :]
    half = len(last) // 2
    change = float(last[-half:].mean() - last[:-half].mean())
    error = step * sqrt(1 / half + 1 / (len(last) - half))
    way = float(losses.max() - losses.min())
    certain = abs(change) > CERTAIN * error and abs(change) > SHARE * way
    return Ending(step, change, int(np.sign(change)) if certain else 0)


def cliff(space: Space, history: History) -> Cliff | None:
    """Return the split of a numeric dimension that explains best which trials diverged; None where none does."""
    numbers = [*history.ranking.tolist(), *history.numbers(TrialState.DIVERGED)]
    lost = np.arange(len(numbers)) >= len(history.ranking)
    if not lost.any() or lost.all():
        return None
    places = space.encode([history.config(number) for number in numbers])
    most, found = EXPLAINED, None
    for column, (name, dimension) in enumerate(space.items):
        if isinstance(dimension, Choice):
            continue
        there = ~np.isnan(places[:, column])
        order = np.argsort(places[there, column], kind="stable")
        split = _split(places[there, column][order], lost[there][order])
        if split is not None and split[0] > most:
            most, found = split[0], _cliff(name, dimension, *split[1:])
    return found


def _split(places: NDArray[np.float64], lost: NDArray[np.bool_]) -> tuple[float, float, NDArray[np.int64]] | None:
    """Return the deviance that the best split explains, its place, and lost and all before and after it."""
    count = len(places)
    before = np.arange(1, count)
    possible = (np.diff(places) > 0) & (before >= SIDE) & (count - before >= SIDE)
    if not possible.any():
        return None
    gone = np.cumsum(lost, dtype=np.int64)[:-1]
    whole = int(lost.sum())
    explained = 2 * (_likelihood(gone, before) + _likelihood(whole - gone, count - before))
    explained = np.where(possible, explained - 2 * _likelihood(np.array(whole), np.array(count)), -inf)
    at = int(np.argmax(explained))
    counts = np.array([gone[at], before[at], whole - gone[at], count - before[at]])
    return float(explained[at]), float(places[at] + places[at + 1]) / 2, counts


def _likelihood(lost: NDArray[np.int64], of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the greatest log-likelihood of so many lost of so many trials."""
    from scipy.special import xlogy

    return xlogy(lost, lost / of) + xlogy(of - lost, (of - lost) / of)


def _cliff(name: str, dimension: Float | Int, place: float, counts: NDArray[np.int64]) -> Cliff:
    (value,) = dimension.from_unit([place]).tolist()
    lost_before, before, lost_after, after = counts.tolist()
    if lost_after * before >= lost_before * after:
        return Cliff(name, value, True, lost_after, after, lost_before, before)
    return Cliff(name, value, False, lost_before, before, lost_after, after)
