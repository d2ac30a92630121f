"""The space to search next: wider where the best crowd a bound, narrower around them, without what diverges."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from ikura.records import History, OptionCounts, Settings, Span, Value
from ikura.report.checks.evidence import Cliff, cliff, region_of
from ikura.space import LARGEST_INT, SCALES, Choice, Float, Int, Space
from ikura.wording import listing, number

Limits: TypeAlias = tuple[float | None, float | None]
"""The least and the greatest value there can be; None for no end."""

OUTWARDS = 0.25
"""Of the range, on the dimension's scale: so far is a bound moved that the best crowd."""

MARGIN = 1.5
"""The next range is so many times as wide as where the last round drew, which is two spreads to either side."""

EVIDENCE = 5.0
"""Of few trials the best lie close together by chance: of n no range is narrower than this over the root of n."""

WIDE = 0.9
"""From this share of a dimension's range on, it is not narrowed."""

ALL_LOST = 0.9
"""From this share of diverged trials on, nothing is to be found beyond a cliff."""

CHANCE = 0.02
"""An option is left out if as many draws as there are elites would miss it less often than so, were all alike."""


@dataclass(frozen=True, slots=True)
class NextSpace:
    """What to search next, and why."""

    space: Space
    reasons: Mapping[str, str]
    """By the dimensions that are another than they were; none where nothing speaks against the same again."""

    def to_toml(self) -> str:
        """Write the space as TOML, each reason above its table."""
        text = self.space.to_toml()
        for name, reason in self.reasons.items():
            table = next((line for line in text.splitlines() if line in (f"[{name}]", f'["{name}"]')), None)
            text = text if table is None else text.replace(table, f"# {reason}\n{table}", 1)
        return text


def next_space(space: Space, history: History, settings: Settings) -> NextSpace:
    """Return what to search next after what a study has found in a space.

    What is scientific stays, since the question is about all of it, and so does what has one value. So does the other
    part of a study of which too little is known. The best trial stays inside, and with two objectives all of the front.
    """
    best = [history.config(number) for number in history.front or history.able[:1].tolist()]
    region, found = region_of(space, history, settings), cliff(space, history)
    items = {item.dimension: item for item in region.dimensions} if region else {}
    least = EVIDENCE / math.sqrt(max(len(history.ranking), 1))
    ranges: dict[str, _Range] = {}
    reasons: dict[str, str] = {}
    box: dict[str, Sequence[Value]] = {}
    for name, dimension in space.items:
        item = items.get(name)
        if dimension.role == "scientific" or dimension.levels == 1:
            continue
        inside = [config[name] for config in best if name in config]
        if isinstance(dimension, Choice):
            if isinstance(item, OptionCounts) and (kept := _options(dimension, item, inside)):
                box[name] = kept
                reasons[name] = f"none of the {item.elites} best has another option"
        else:
            here = found if found and found.dimension == name else None
            span = item if isinstance(item, Span) and item.elites else None
            ranges[name] = _range(dimension, span, here, settings.limits.get(name), least, inside)
            box[name] = ranges[name].within(dimension)
            reasons[name] = ", and ".join(ranges[name].reasons)
    after = Space(
        **{
            name: dimension if isinstance(dimension, Choice) or name not in ranges else ranges[name].put(dimension)
            for name, dimension in space.narrow(box).items
        }
    )
    changed = [name for name in after.names if after.dimensions[name] != space.dimensions[name]]
    return NextSpace(after, {name: reasons[name] for name in changed if reasons.get(name)})


@dataclass(frozen=True, slots=True)
class _Range:
    """The next bounds of a numeric dimension."""

    low: float
    high: float
    reasons: tuple[str, ...]

    def within(self, dimension: Float | Int) -> tuple[float, float]:
        """Return the part of it that the dimension has already."""
        return max(self.low, dimension.low), min(self.high, dimension.high)

    def put(self, dimension: Float | Int) -> Float | Int:
        """Return the dimension with these bounds."""
        if isinstance(dimension, Float):
            return replace(dimension, low=float(self.low), high=float(self.high))
        return replace(dimension, low=round(self.low), high=round(self.high))


def can_move(dimension: Float | Int, side: str, limits: Limits | None) -> bool:
    """Return whether a bound of a dimension can lie further out."""
    bound = getattr(dimension, side)
    if limits is not None:
        return limits[side == "high"] is None or limits[side == "high"] != bound
    # Of the user's own code nobody knows; but few amounts are below 0, and few shares above 1.
    return dimension.scale != "linear" or not (bound == 0 or (side == "high" and bound == 1))


def name_of_bound(side: str) -> str:
    """Return what a bound is called."""
    return "lower" if side == "low" else "upper"


def _range(
    dimension: Float | Int,
    span: Span | None,
    found: Cliff | None,
    limits: Limits | None,
    least: float,
    inside: Sequence[Value],
) -> _Range:
    """Return the next bounds: first of all as the best lie, then without what diverges, but with what stays inside."""
    low, high, reasons = 0.0, 1.0, []
    if span is not None:
        first, last = dimension.to_unit([span.low, span.high]).tolist()
        middle, reach = (first + last) / 2, max(MARGIN * (last - first), least) / 2
        if 2 * reach < WIDE:
            low, high = max(middle - reach, 0.0), min(middle + reach, 1.0)
            ends = f"{number(span.low, 2)} and {number(span.high, 2)}"
            reasons.append(f"{span.inside} of the {span.elites} best lie between {ends}")
        if span.edge is not None and can_move(dimension, span.edge, limits):
            low, high = (low, 1 + OUTWARDS) if span.edge == "high" else (-OUTWARDS, high)
            reasons.append(f"they crowd the {name_of_bound(span.edge)} bound")
    if found is not None and found.lost_beyond >= ALL_LOST * found.beyond:
        (place,) = dimension.to_unit([found.at]).tolist()
        cut = (low, min(high, place)) if found.above else (max(low, place), high)
        if cut[0] < cut[1] and cut != (low, high):
            low, high = cut
            side = "above" if found.above else "below"
            reasons.append(f"{found.lost_beyond:,} of {found.beyond:,} {side} {number(found.at, 2)} diverged")
    places = dimension.to_unit(inside)
    if len(places) and (places.min() < low or places.max() > high):
        low, high = min(low, float(places.min())), max(high, float(places.max()))
        ends = dict.fromkeys(
            number(value, 2) for value, place in zip(inside, places, strict=True) if place in (low, high)
        )
        reasons.append(f"the best so far reach to {listing(ends, 'and')}")
    return _Range(_bound(dimension, low, limits, up=False), _bound(dimension, high, limits, up=True), tuple(reasons))


def _bound(dimension: Float | Int, place: float, limits: Limits | None, *, up: bool) -> float:
    """Return the bound at a place on the dimension's scale, where 0 is its low and 1 its high, rounded outwards."""
    if place == (1.0 if up else 0.0):
        return dimension.high if up else dimension.low
    scale = SCALES[dimension.scale]
    first, last = scale.coordinate([dimension.low, dimension.high]).tolist()
    (value,) = scale.value(np.array([first + place * (last - first)])).tolist()
    if 0 < place < 1:
        value = _rounded(value, up=up) if isinstance(dimension, Float) else _level(dimension, value, up=up)
        return min(value, dimension.high) if up else max(value, dimension.low)
    end = _end(dimension, limits, up=up)
    if isinstance(dimension, Int):
        level = _level(dimension, value, up=up)
        return level if not math.isfinite(end) else (min if up else max)(level, _level(dimension, end, up=not up))
    further = (min if up else max)(_rounded(value, up=up), end)
    return further if math.isfinite(further) else dimension.high if up else dimension.low


def _level(dimension: Int, value: float, *, up: bool) -> int:
    """Return the next level of an integer, above or below a value that need not lie between its bounds."""
    steps = (value - dimension.low) / dimension.step
    return dimension.low + dimension.step * (math.ceil(steps - 1e-9) if up else math.floor(steps + 1e-9))


def _end(dimension: Float | Int, limits: Limits | None, *, up: bool) -> float:
    """Return beyond which value a bound is not moved."""
    if limits is not None and (end := limits[up]) is not None:
        return end
    if isinstance(dimension, Int):
        least = 1 if dimension.scale == "log" else 0 if limits is None and dimension.low >= 0 else -LARGEST_INT
        return LARGEST_INT if up else least
    if dimension.scale == "linear" and limits is None:
        return (1 if 0 <= dimension.high <= 1 else math.inf) if up else (0 if dimension.low >= 0 else -math.inf)
    return math.inf if up else -math.inf


def _rounded(value: float, *, up: bool) -> float:
    """Return a number with two digits that count, outwards; near 1 with two of what it lacks to 1."""
    rest = 1 - value
    if 0 < rest < 0.1:
        return round(1 - _rounded(rest, up=not up), 12)
    if value == 0:
        return value
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    digits = (math.ceil if up else math.floor)(round(value / step, 6))
    return float(f"{digits * step:.2g}")


def _options(dimension: Choice, item: OptionCounts, inside: Sequence[Value]) -> tuple[Value, ...] | None:
    """Return the options that the best have, where the lack of the others is no chance."""
    kept = tuple(option for option, times in item.counts if times or option in inside)
    missed = (1 - 1 / len(dimension.options)) ** item.elites
    return kept if kept and len(kept) < len(dimension.options) and missed < CHANCE else None
