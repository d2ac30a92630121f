"""Facts into figures: the family tree of a population, and the schedules that its best network found."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from ikura.records import Goal, Leg, Metric
from ikura.report import theme
from ikura.report.axes import Axis
from ikura.report.drawing import MARGIN, chained, placed, unit
from ikura.report.family import Copy, Family, Schedule, Stretch
from ikura.report.labels import label
from ikura.report.measures import Extent, drawn, extent, written
from ikura.wording import number

MOST_MEMBERS = 60
COLOURS = theme.ramp(8)
"""From the worst values to the best."""

LEAST_SHARE = 0.4
"""Of a dimension's range that the picture of a schedule shows at least."""

MOST_VALUES = 5
"""Of a schedule that are written beside their steps."""


def shown_members(found: Family) -> tuple[tuple[int, int], ...]:
    """Return round and number of the members that are drawn: those on the way that stands out, and the best."""
    way = {leg.number for leg in found.way}
    ranks: dict[int, int] = {}
    order = []
    for round_number, member in found.members:
        ranks[round_number] = ranks.get(round_number, -1) + 1
        order.append((member not in way, ranks[round_number], round_number, member))
    kept = {member for *_, member in sorted(order)[:MOST_MEMBERS]}
    return tuple(pair for pair in found.members if pair[1] in kept)


@dataclass(frozen=True)
class _Canvas:
    """Where the members lie."""

    rows: Mapping[int, int]
    """From the top, by member."""
    slant: float
    """For how many epochs a link runs from the member that was copied to the one that took over."""
    copied: Collection[tuple[int, int]]
    """Member and epoch of every copy."""

    def begin(self, member: int, epoch: int) -> float:
        """Return where a member's line goes on after an epoch: behind the link, where one leads to it."""
        return epoch + self.slant if (member, epoch) in self.copied else epoch


def family_tree(found: Family, metric: Metric, best: int | None) -> go.Figure:
    """Draw each member along the epochs, coloured by the objective, and a link wherever one took over another."""
    members = shown_members(found)
    rows, heads = _rows(members)
    stretches = [one for one in found.stretches if one.member in rows]
    copies = [one for one in found.copies if one.member in rows and one.source in rows]
    slant = 0.4 * min((one.stop - one.start for one in stretches), default=1)
    canvas = _Canvas(rows, slant, {(one.member, one.epoch) for one in copies})
    values = np.array([one.value for one in stretches], dtype=float)
    within = extent(metric, values[np.isfinite(values)])
    figure = go.Figure()
    _add_links(figure, canvas, copies)
    _add_stretches(figure, canvas, stretches, values, within)
    if best in rows:
        _add_way(figure, canvas, found.way, best)
    _add_points(figure, canvas, stretches, copies, metric, within)
    last = max(rows.values(), default=0)
    figure.update_xaxes(title={"text": "epoch"}, showgrid=False)
    figure.update_yaxes(
        range=[last + 0.8, -0.8],
        tickvals=[*rows.values(), *heads.values()],
        ticktext=[*(str(member) for member in rows), *(f"round {number + 1}" for number in heads)],
        title={"text": "trial"},
        showgrid=False,
    )
    return placed(figure, height=150 + 16 * last)


def _rows(members: tuple[tuple[int, int], ...]) -> tuple[dict[int, int], dict[int, int]]:
    """Return each member's row from the top; and the row above each round, where there are several."""
    rounds = sorted({round_number for round_number, _ in members})
    if len(rounds) < 2:
        return {member: row for row, (_, member) in enumerate(members)}, {}
    rows = {member: row + 1 + rounds.index(round_number) for row, (round_number, member) in enumerate(members)}
    heads: dict[int, int] = {}
    for round_number, member in members:
        heads.setdefault(round_number, rows[member] - 1)
    return rows, heads


def _add_links(figure: go.Figure, canvas: _Canvas, copies: list[Copy]) -> None:
    if copies:
        ends = np.array([(one.epoch, one.epoch + canvas.slant) for one in copies], dtype=float)
        heights = np.array([(canvas.rows[one.source], canvas.rows[one.member]) for one in copies])
        line = {"color": theme.SEA, "width": 1.4}
        figure.add_scatter(x=chained(ends), y=chained(heights), mode="lines", line=line, opacity=0.8, hoverinfo="skip")


def _add_stretches(
    figure: go.Figure, canvas: _Canvas, stretches: list[Stretch], values: np.ndarray, within: Extent
) -> None:
    ends = np.array([(canvas.begin(one.member, one.start), one.stop) for one in stretches], dtype=float)
    heights = np.array([(canvas.rows[one.member],) * 2 for one in stretches])
    nearness = np.nan_to_num(1 - np.abs(values - within.best) / within.room)
    shades = np.clip(nearness * len(COLOURS), 0, len(COLOURS) - 1).astype(int)
    for shade, colour in enumerate(COLOURS):
        those = shades == shade
        if those.any():
            line = {"color": colour, "width": 3}
            figure.add_scatter(
                x=chained(ends[those]), y=chained(heights[those]), mode="lines", line=line, hoverinfo="skip"
            )


def _add_way(figure: go.Figure, canvas: _Canvas, way: tuple[Leg, ...], best: int) -> None:
    """Draw the way of the network that stands out: from its first epoch, over all whose networks it was."""
    points = [
        (at, canvas.rows[leg.number])
        for leg in way
        if leg.number in canvas.rows
        for at in (canvas.begin(leg.number, leg.start), leg.stop)
    ]
    figure.add_scatter(
        x=[epoch for epoch, _ in points],
        y=[row for _, row in points],
        mode="lines",
        line={"color": theme.ROE, "width": 6},
        opacity=0.55,
        name=f"trial {best}",
        hoverinfo="skip",
    )


def _add_points(
    figure: go.Figure,
    canvas: _Canvas,
    stretches: list[Stretch],
    copies: list[Copy],
    metric: Metric,
    within: Extent,
) -> None:
    """Draw a point at the end of each stretch, which says what was measured and copied, and the colours' key."""
    came = {(one.member, one.epoch): one for one in copies}
    low, high = drawn(metric, np.array(within.ends)).tolist()
    scale = list(zip(np.linspace(0, 1, len(COLOURS)).tolist(), COLOURS, strict=True))
    figure.add_scatter(
        x=[one.stop for one in stretches],
        y=[canvas.rows[one.member] for one in stretches],
        text=[_said(one, came.get((one.member, one.start)), metric) for one in stretches],
        mode="markers",
        marker={
            "size": 6,
            "color": drawn(metric, np.array([one.value for one in stretches], dtype=float)),
            "cmin": low,
            "cmax": high,
            "colorscale": scale,
            "reversescale": metric.goal is Goal.MINIMIZE,
            "line": {"width": 0},
            "colorbar": {
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 1.0,
                "yanchor": "bottom",
                "len": 0.5,
                "thickness": 8,
                "nticks": 4,
                "ticksuffix": unit(metric),
                "title": {"text": label(metric.title), "side": "top"},
            },
        },
        hovertemplate="%{text}<extra></extra>",
    )


def _said(stretch: Stretch, copy: Copy | None, metric: Metric) -> str:
    value = f"trial {stretch.member}, epoch {stretch.stop}: {metric.title} {written(metric, stretch.value, 2)}"
    if copy is None:
        return label(value, longest=120)
    changes = "".join(f"<br>{label(change, longest=80)}" for change in copy.changes)
    return f"{label(value, longest=120)}<br>took over trial {copy.source} at epoch {copy.epoch}{changes}"


def schedule_steps(found: Schedule, axis: Axis) -> go.Figure:
    """Draw the values of one hyperparameter along the epochs, on its own scale."""
    starts, last = [start for start, _, _ in found.steps], found.steps[-1][1]
    values = ["not used" if value is None else label(number(value), longest=14) for _, _, value in found.steps]
    said = [
        f"epochs {start + 1} to {stop}: {value}" for (start, stop, _), value in zip(found.steps, values, strict=True)
    ]
    # The values of many steps would lie on each other: those of the first and the last remain.
    shown = [value if len(values) <= MOST_VALUES else "" for value in values[1:-1]]
    # The last step may be too short for its value: that ends with it, on the side where the step before is not.
    end = "bottom left" if found.places[-1] < found.places[-2] else "top left"
    figure = go.Figure()
    figure.add_scatter(
        x=[*starts, last],
        y=[*found.places, found.places[-1]],
        text=[values[0], *shown, "", values[-1]],
        textposition=["top right"] * len(starts) + [end],
        textfont={"size": 11},
        customdata=[*said, said[-1]],
        mode="lines+markers+text",
        line={"color": theme.ROE, "width": 2.5, "shape": "hv"},
        marker={"size": [7] * len(starts) + [0]},
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.update_xaxes(title={"text": "epoch"}, range=[-0.02 * last, 1.02 * last])
    figure.update_yaxes(
        range=_around(found.places),
        tickvals=[place for place, _ in axis.ticks],
        ticktext=[label(text, longest=14) for _, text in axis.ticks],
    )
    return placed(figure, height=220)


def _around(places: tuple[float, ...]) -> list[float]:
    """Return the part of the unit interval in which the places lie: some of it, since most changes are small."""
    known = [place for place in places if not math.isnan(place)]
    middle, half = (min(known) + max(known)) / 2, max((max(known) - min(known)) / 2 + 0.1, LEAST_SHARE / 2)
    low = min(max(middle - half, -MARGIN), 1 + MARGIN - 2 * half)
    return [max(low, -MARGIN), min(low + 2 * half, 1 + MARGIN)]
