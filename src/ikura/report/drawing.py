"""What all figures share: how they sit on the page, and how they get there."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ikura.records import Metric
from ikura.report import theme
from ikura.report.axes import Axis
from ikura.report.labels import label
from ikura.report.measures import suffix
from ikura.report.shown_trials import BANDS, DIVERGED

MARGIN = 0.04
"""How much of a dimension's range is left free at each side."""

MANY_LINES = 400


def placed(figure: go.Figure, *, height: int, legend: bool = False) -> go.Figure:
    """Give the figure its height in pixels and the page's width; no zooming, which would catch a thumb's swipe."""
    figure.update_layout(
        height=height,
        autosize=True,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hovermode="closest",
        dragmode=False,
        showlegend=legend,
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "traceorder": "reversed",
        },
    )
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    return figure


def along(figure: go.Figure, axis: Axis) -> None:
    """Let the figure's x axis be the dimension's, with its own scale and ticks."""
    figure.update_xaxes(
        range=[-MARGIN, 1 + MARGIN],
        tickvals=[place for place, _ in axis.ticks],
        ticktext=[label(text, longest=14) for _, text in axis.ticks],
    )


def chained(rows: NDArray) -> NDArray:
    """Return rows [line, point] as one line with a gap of NaN after each row."""
    gaps = np.full((len(rows), 1), np.nan, dtype=np.float32)
    return np.hstack([rows.astype(np.float32), gaps]).ravel()


def shortened(values: NDArray[np.floating]) -> list[float | None]:
    """Return values [point] to five digits, which pack to half of what floats do; hovering shows four."""
    return [
        float(f"{value:.5g}") if finite else None for value, finite in zip(values, np.isfinite(values), strict=True)
    ]


def scattered(numbers: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return a place from -1 to 1 for each trial number [trial], for dots that would hide each other."""
    return np.random.default_rng(1).uniform(-1, 1, int(numbers.max(initial=0)) + 1)[numbers]


def band_style(band: int, lines: int) -> dict[str, Any]:
    """Return the name, the line and the opacity of a group of trials, thinner where there are many lines."""
    if band == DIVERGED:
        return {"name": "diverged", "line": {"color": theme.DIVERGED, "width": 1, "dash": "dot"}, "opacity": 0.6}
    many = lines > MANY_LINES
    line = {"color": theme.BANDS[band], "width": 0.7 if many else 1.2 if band else 1.6}
    return {"name": BANDS[band][1], "line": line, "opacity": theme.BAND_OPACITY[band] * (0.6 if many else 1)}


def unit(metric: Metric) -> str:
    """Return what stands behind the numbers of an axis, made safe for plotly."""
    text = suffix(metric)
    return f"\u00a0{label(text)}" if text else ""


def to_json(figure: go.Figure) -> str:
    """Return data and layout without a template; the page has one for light and one for dark.

    Plotly writes `<`, `>` and `/` as escapes, so that the text ends no script element.
    """
    figure.layout.template = None
    return str(figure.to_json())
