"""Facts into figures: the family tree of a population, and the schedules that its best network found."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from ikura.records import Goal, Leg, Metric
from ikura.report import theme
from ikura.report.axes import Axis
from ikura.report.drawing import MARGIN, chained, placed
from ikura.report.family import Copy, Family, Schedule, Stretch
from ikura.report.labels import label
from ikura.report.measures import Extent, drawn, extent, suffix, written
from ikura.wording import number

MOST_MEMBERS = 60
COLOURS = theme.ramp(8)
"""From the worst values to the best."""


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
    rounds = sorted({round_number for round_number, _ in members})
    # A free row stands between two rounds.
    rows = {member: place + rounds.index(round_number) for place, (round_number, member) in enumerate(members)}
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
        tickvals=list(rows.values()),
        ticktext=[str(member) for member in rows],
        title={"text": "trial"},
        showgrid=False,
    )
    return placed(figure, height=150 + 16 * last)


def _add_links(figure: go.Figure, canvas: _Canvas, copies: list[Copy]) -> None:
    if copies:
        ends = np.array([(one.epoch, one.epoch + canvas.slant) for one in copies], dtype=float)
        heights = np.array([(canvas.rows[one.source], canvas.rows[one.member]) for one in copies])
        line = {"color": theme.SEA, "width": 1}
        figure.add_scatter(
            x=chained(ends), y=chained(heights), mode="lines", line=line, opacity=0.55, hoverinfo="skip"
        )


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
    """Draw a point at the end of each stretch, which says what was measured and what was copied, and the colours' key."""
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
                "ticksuffix": label(suffix(metric)),
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
    starts = [start for start, _, _ in found.steps]
    last = found.steps[-1][1]
    texts = [
        f"epochs {start + 1} to {stop}: {'not used' if value is None else label(number(value))}"
        for start, stop, value in found.steps
    ]
    figure = go.Figure()
    figure.add_scatter(
        x=[*starts, last],
        y=[*found.places, found.places[-1]],
        text=[*texts, texts[-1]],
        mode="lines+markers",
        line={"color": theme.ROE, "width": 2.5, "shape": "hv"},
        marker={"size": [7] * len(starts) + [0]},
        hovertemplate="%{text}<extra></extra>",
    )
    figure.update_xaxes(title={"text": "epoch"}, range=[-0.02 * last, 1.02 * last])
    figure.update_yaxes(
        range=[-MARGIN, 1 + MARGIN],
        tickvals=[place for place, _ in axis.ticks],
        ticktext=[label(text, longest=14) for _, text in axis.ticks],
    )
    return placed(figure, height=220)
