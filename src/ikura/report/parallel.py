"""Parallel coordinates, turned by a quarter: axes lie one under another, so that names and ticks stay readable.

Plotly's own `parcoords` needs WebGL and has no place for a hyperparameter that a trial lacks; here it has a lane.
"""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ikura.report import theme
from ikura.report.axes import Axis, even
from ikura.report.dimensions import reach
from ikura.report.drawing import MARGIN, PERCENT, band_style, chained, placed, scattered
from ikura.report.labels import label
from ikura.report.population import DIVERGED, Population
from ikura.report.words import percent

LANE = 1.1
"""Right of every axis: trials that lack the dimension, or have no accuracy because they diverged."""


def parallel(shown: Population, axes: tuple[Axis, ...], best: int | None) -> go.Figure:
    """Draw each trial as a line through all its values to its dev accuracy, the one that stands out on top."""
    top, room = reach(shown)
    reached = np.clip(1 - (top - shown.accuracy) / room, 0, 1)[:, None]
    places = np.hstack([shown.positions, reached])
    # In the lane too, lines that lie on each other would hide how many they are.
    lane = LANE + 0.025 * scattered(shown.numbers)[:, None]
    places = np.where(np.isnan(places), lane, places)
    figure = go.Figure()
    for band in range(DIVERGED, -1, -1):
        _add_lines(
            figure, shown, axes, places, (shown.band == band) & (shown.numbers != best), band_style(band, len(places))
        )
    strong = {"name": f"trial {best}", "line": {"color": theme.ROE, "width": 3.5}}
    _add_lines(figure, shown, axes, places, shown.numbers == best, strong)
    ticks = tuple((1 - (top - share) / room, f"{100 * share:.4g}{PERCENT}") for share in even(top - room, top))
    _add_axes(figure, axes, ticks)
    rows = len(axes) + 1
    figure.update_xaxes(range=[-MARGIN, LANE + 2 * MARGIN], visible=False)
    figure.update_yaxes(range=[-0.4, rows - 0.6], visible=False)
    return placed(figure, height=60 + 82 * rows, legend=True)


def _add_lines(
    figure: go.Figure,
    shown: Population,
    axes: tuple[Axis, ...],
    places: NDArray,
    lines: NDArray[np.bool_],
    style: dict,
) -> None:
    if not lines.any():
        return
    rows = np.broadcast_to(np.arange(len(axes), -1, -1), (int(lines.sum()), len(axes) + 1))
    texts = [text for line in np.flatnonzero(lines) for text in _texts(shown, axes, int(line))]
    figure.add_scatter(
        x=chained(places[lines]),
        y=chained(rows),
        customdata=np.repeat(shown.numbers[lines], len(axes) + 2).astype(np.int32),
        text=texts,
        mode="lines",
        hovertemplate="trial %{customdata}<br>%{text}<extra></extra>",
        **style,
    )


def _texts(shown: Population, axes: tuple[Axis, ...], line: int) -> list[str]:
    """Return what is said at each vertex, and nothing at the gap behind the line."""
    values = shown.texts[line]
    said = [
        f"{label(axis.name)} {'not used' if text is None else label(text)}"
        for axis, text in zip(axes, values, strict=True)
    ]
    accuracy = float(shown.accuracy[line])
    return [*said, "diverged" if np.isnan(accuracy) else f"dev accuracy {percent(accuracy, 2)}", ""]


def _add_axes(figure: go.Figure, axes: tuple[Axis, ...], accuracy: tuple[tuple[float, str], ...]) -> None:
    rows = [(label(axis.name), axis.ticks, axis.condition is not None) for axis in axes]
    rows.append(("dev accuracy", accuracy, False))
    ticks: list[tuple[float, int, str]] = []
    unused: list[int] = []
    for row, (_, marks, optional) in zip(range(len(axes), -1, -1), rows, strict=True):
        figure.add_shape(type="line", x0=0, x1=1, y0=row, y1=row, line={"width": 1.5})
        ticks += [(place, row, label(text, longest=14)) for place, text in marks]
        if optional:
            unused.append(row)
    below = [(place, row - 0.05, text, "bottom center", 11) for place, row, text in ticks]
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
