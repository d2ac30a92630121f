"""The coarse-to-fine rounds: where each one sampled each dimension, and why, in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from ikura.records import History, OptionCounts, Region, Span
from ikura.space import Choice, Dimension, Int, Space
from ikura.wording import number, percent

WIDE = 0.9
"""From this share of a dimension's range on, a round has not narrowed it."""

MATTERS = ((0.5, "matters much"), (2.0, "matters"), (8.0, "little effect seen"))
"""Below which length scale a dimension matters how much; 1 is its whole range."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where one round sampled one dimension."""

    round: int
    bands: tuple[tuple[float, float, float], ...]
    """From and to in the unit interval, and the weight from 0 to 1."""
    reason: str


@dataclass(frozen=True, slots=True)
class Zoom:
    """How the rounds narrowed one dimension."""

    dimension: str
    steps: tuple[Step, ...]
    width: float
    """What share of the dimension's range the last round still samples."""
    matters: str | None
    """How much the dimension matters by what the last round's surrogate found, in words; None without one."""

    @property
    def reasons(self) -> tuple[tuple[str, str], ...]:
        """`round 2` and why it sampled where it did; rounds in a row with one reason together: `rounds 2–4`."""
        said = []
        for reason, steps in groupby(self.steps, key=lambda step: step.reason):
            first, *_, last = [step.round + 1 for step in steps] * 2
            said.append((f"round {first}" if first == last else f"rounds {first}–{last}", reason))
        return tuple(said)


def zooms(space: Space, history: History, earlier: Sequence[tuple[float, Space]] = ()) -> tuple[Zoom, ...]:
    """Return one for each dimension with a region, the most narrowed first; empty for a study without regions.

    Args:
        space: that holds all that the study has searched.
        history: of the study.
        earlier: the spaces of a study that was changed, each with the round up to which it was searched, the present
            one too.
    """
    if not history.regions:
        return ()
    regions = {region.round: region for region in history.regions}
    rounds = [regions.get(at) for at in range(1 + max([*regions, *(trial.round for trial in history.trials)]))]
    searched = [next((own for until, own in earlier if at < until), space) for at in range(len(rounds))]
    found = [
        _zoom(name, dimension, rounds, [own.dimensions.get(name) for own in searched])
        for name, dimension in space.dimensions.items()
    ]
    return tuple(sorted((zoom for zoom in found if zoom is not None), key=lambda zoom: zoom.width))


def _zoom(
    name: str, dimension: Dimension, rounds: list[Region | None], searched: list[Dimension | None]
) -> Zoom | None:
    items = [
        next((item for item in region.dimensions if item.dimension == name), None) if region else None
        for region in rounds
    ]
    last = next((item for item in reversed(items) if item is not None), None)
    if last is None:
        return None
    steps = tuple(
        _whole(at, dimension, searched[at])
        if item is None
        else Step(at, _bands(dimension, item), _reason(dimension, item))
        for at, item in enumerate(items)
    )
    return Zoom(name, steps, _width(dimension, last), _matters(last.length_scale))


def _whole(at: int, dimension: Dimension, searched: Dimension | None) -> Step:
    """Return the step of a round without a region: the first, or one where the search starts afresh."""
    if searched is None:
        return Step(at, (), "not in the space")
    reason = "afresh from the whole range" if at else "the whole range"
    if searched == dimension:
        return Step(at, ((0.0, 1.0, 1.0),), reason)
    if isinstance(searched, Choice):
        half = 0.5 / (dimension.levels or math.inf)
        return Step(at, tuple((p - half, p + half, 1.0) for p in dimension.to_unit(searched.options).tolist()), reason)
    low, high = dimension.to_unit([searched.low, searched.high]).tolist()
    return Step(at, ((low, high, 1.0),), reason)


def _bands(dimension: Dimension, item: Span | OptionCounts) -> tuple[tuple[float, float, float], ...]:
    if not item.elites:
        return ()
    if isinstance(item, OptionCounts):
        half = 0.5 / (dimension.levels or math.inf)
        chosen = [(option, times) for option, times in item.counts if times]
        places = dimension.to_unit([option for option, _ in chosen])
        return tuple(
            (float(place - half), float(place + half), times / item.elites)
            for place, (_, times) in zip(places, chosen, strict=True)
        )
    # An integer owns half a step to either side of it.
    half = dimension.step / 2 if isinstance(dimension, Int) else 0.0
    low, high = np.clip(dimension.to_unit([item.low - half, item.high + half]), 0, 1)
    return ((float(low), float(high), 1.0),)


def _width(dimension: Dimension, item: Span | OptionCounts) -> float:
    bands = _bands(dimension, item)
    if not bands:
        return 1.0
    if isinstance(item, OptionCounts):
        return 1 - max(weight for _, _, weight in bands)
    return sum(high - low for low, high, _ in bands)


def _reason(dimension: Dimension, item: Span | OptionCounts) -> str:
    if not item.elites:
        return "none of the best trials has it"
    if isinstance(item, OptionCounts):
        chosen = sorted(((option, times) for option, times in item.counts if times), key=lambda pair: -pair[1])
        if not chosen:
            return "the best trials have options that are left out"
        (first, times), *others = chosen
        rest = [f"{number(option)} in {times}" for option, times in others]
        return ", ".join([f"{number(first)} in {times} of {item.elites} best", *rest])
    low, high = _shown(dimension, item.low), _shown(dimension, item.high)
    if _width(dimension, item) >= WIDE:
        return "still the whole range"
    if low == high:
        return f"{item.inside} of {item.elites} best at {low}"
    return f"{item.inside} of {item.elites} best between {low} and {high}"


def _matters(length_scale: float | None) -> str | None:
    if length_scale is None:
        return None
    much = next((words for shortest, words in MATTERS if length_scale < shortest), "no effect seen")
    if length_scale < 1:
        return f"{much}: results change over {percent(length_scale, 0)} of its range"
    return f"{much}: results would change over {number(length_scale, digits=2)} times its range"


def _shown(dimension: Dimension, value: float) -> str:
    if isinstance(dimension, Int):
        return str(round(value))
    return number(float(value), digits=2)
