"""Parallel coordinates, turned by a quarter: axes lie one under another, so that names and ticks stay readable.

Plotly's own `parcoords` needs WebGL and has no place for a hyperparameter that a trial lacks; here it has a lane.
"""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ikura.records import Metric
from ikura.report import theme
from ikura.report.axes import Axis
from ikura.report.drawing import MARGIN, band_style, chained, placed, scattered
from ikura.report.labels import label
from ikura.report.measures import ticks, written
from ikura.report.shown_trials import DIVERGED, ShownTrials

LANE = 1.1
"""Right of every axis: trials that lack the dimension, or have no objective because they diverged."""


LINE_HEIGHT = 0.17
"""Of a tick's text, of the way from axis to axis."""

CHARACTER = 0.025
"""The width of one, of an axis on a phone of 390 pixels."""


def parallel(shown: ShownTrials, metric: Metric, axes: tuple[Axis, ...], best: int | None) -> go.Figure:
    """Draw each trial as a line through all its values to its objective, the one that stands out on top."""
    low, high = shown.extents[metric.name].ends
    reached = np.clip((shown.values - low) / (high - low), 0, 1)[:, None]
    places = np.hstack([shown.last.positions, reached])
    # In the lane too, lines that lie on each other would hide how many they are.
    lane = LANE + 0.025 * scattered(shown.numbers)[:, None]
    places = np.where(np.isnan(places), lane, places)
    figure = go.Figure()
    texts = [_texts(shown, metric, axes, line) for line in range(len(shown.numbers))]
    for band in range(DIVERGED, -1, -1):
        lines = (shown.band == band) & (shown.numbers != best)
        _add_lines(figure, shown.numbers, places, texts, lines, band_style(band, len(places)))
    strong = {"name": f"trial {best}", "line": {"color": theme.ROE, "width": 3.5}}
    _add_lines(figure, shown.numbers, places, texts, shown.numbers == best, strong)
    marks = tuple(((value - low) / (high - low), text) for value, text in ticks(metric, low, high))
    _add_axes(figure, axes, metric, marks)
    rows = len(axes) + 1
    figure.update_xaxes(range=[-MARGIN, LANE + 2 * MARGIN], visible=False)
    figure.update_yaxes(range=[-0.4, rows - 0.6], visible=False)
    return placed(figure, height=60 + 82 * rows, legend=True)


def _add_lines(
    figure: go.Figure,
    numbers: NDArray[np.intp],
    places: NDArray[np.float64],
    texts: list[list[str]],
    lines: NDArray[np.bool_],
    style: dict[str, Any],
) -> None:
    if not lines.any():
        return
    points = places.shape[1]
    rows = np.broadcast_to(np.arange(points - 1, -1, -1), (int(lines.sum()), points))
    figure.add_scatter(
        x=chained(places[lines]),
        y=chained(rows),
        customdata=np.repeat(numbers[lines], points + 1).astype(np.int32),
        text=[text for line in np.flatnonzero(lines) for text in texts[line]],
        mode="lines",
        hovertemplate="trial %{customdata}<br>%{text}<extra></extra>",
        **style,
    )


def _texts(shown: ShownTrials, metric: Metric, axes: tuple[Axis, ...], line: int) -> list[str]:
    """Return what is said at each vertex, and nothing at the gap behind the line."""
    said = [
        f"{label(axis.name)} {'not used' if text is None else label(text)}"
        for axis, text in zip(axes, shown.last.texts[line], strict=True)
    ]
    value = float(shown.values[line])
    return [*said, "diverged" if np.isnan(value) else label(f"{metric.title} {written(metric, value, 2)}"), ""]


def _add_axes(
    figure: go.Figure, axes: tuple[Axis, ...], metric: Metric, objective: tuple[tuple[float, str], ...]
) -> None:
    rows = [(label(axis.name), axis.ticks, axis.condition is not None) for axis in axes]
    rows.append((label(metric.title), objective, False))
    marked: list[tuple[float, float, str]] = []
    unused: list[int] = []
    for row, (_, marks, optional) in zip(range(len(axes), -1, -1), rows, strict=True):
        figure.add_shape(type="line", x0=0, x1=1, y0=row, y1=row, line={"width": 1.5})
        labels = [(place, label(text, longest=14)) for place, text in marks]
        for (place, text), line in zip(labels, _lines(labels), strict=True):
            marked.append((place, row - 0.05 - line * LINE_HEIGHT, text))
        if optional:
            unused.append(row)
    below = [(place, height, text, "bottom center", 11) for place, height, text in marked]
    above = [
        (0, len(axes) - index + 0.05, f"<b>{name}</b>", "top right", 12) for index, (name, _, _) in enumerate(rows)
    ]
    beside = [(LANE, row + 0.05, "not used", "top center", 11) for row in unused]
    for place, height, text, where, size in below + above + beside:
        figure.add_scatter(
            x=[place],
            y=[height],
            text=[text],
            mode="text",
            textposition=where,
            textfont={"size": size},
            hoverinfo="skip",
            showlegend=False,
            cliponaxis=False,
        )


def _lines(labels: list[tuple[float, str]]) -> list[int]:
    """Return in which line below its axis each tick's text stands: the second one where it would touch the one before.

    Args:
        labels: places on the axis, ascending, and texts.
    """
    lines: list[int] = []
    ends = [-1.0, -1.0]
    for place, text in labels:
        half = len(text) * CHARACTER / 2
        line = int(place - half < ends[0] and ends[1] <= ends[0])
        lines.append(line)
        ends[line] = place + half + CHARACTER
    return lines
