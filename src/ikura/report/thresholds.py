"""A classifier at every threshold, and whether its confidence can be trusted, in pictures."""

from collections.abc import Mapping

import plotly.graph_objects as go

from ikura.records import JSON
from ikura.report import theme
from ikura.report.drawing import placed

HEIGHT = 360


def threshold_figures(test: Mapping[str, JSON]) -> dict[str, go.Figure]:
    """Return the pictures that a test of a classifier has facts for; older ones have none."""
    figures = {}
    if (curves := test.get("curves")) is not None:
        figures["roc"] = _line(curves["roc"], "negatives called positive", "positives called positive", diagonal=True)
        figures["precision"] = _line(
            curves["precision_recall"], "recall: positives found", "precision: right among those found", diagonal=False
        )
    if (found := test.get("calibration")) is not None:
        figures["calibration"] = _calibration(found)
    return figures


def _line(points: Mapping[str, list[float]], x: str, y: str, *, diagonal: bool) -> go.Figure:
    figure = go.Figure()
    if diagonal:
        _diagonal(figure)
    percents = ([100 * value for value in points[axis]] for axis in ("x", "y"))
    across, up = percents
    figure.add_scatter(
        x=across,
        y=up,
        mode="lines",
        line={"color": theme.ROE, "width": 2},
        hovertemplate="%{x:.1f} %<br>%{y:.1f} %<extra></extra>",
    )
    return _in_percent(figure, x, y)


def _calibration(found: Mapping[str, JSON]) -> go.Figure:
    figure = go.Figure()
    _diagonal(figure)
    figure.add_scatter(
        x=[100 * value for value in found["confidence"]],
        y=[100 * value for value in found["accuracy"]],
        mode="lines+markers",
        line={"color": theme.ROE, "width": 1.5},
        marker={"size": 8},
        customdata=found["examples"],
        hovertemplate="confident to %{x:.1f} %<br>right in %{y:.1f} %<br>of %{customdata} examples<extra></extra>",
    )
    return _in_percent(figure, "confidence", "right")


def _diagonal(figure: go.Figure) -> None:
    line = {"color": theme.SEA, "width": 1.5, "dash": "dot"}
    figure.add_scatter(x=[0, 100], y=[0, 100], mode="lines", line=line, hoverinfo="skip")


def _in_percent(figure: go.Figure, x: str, y: str) -> go.Figure:
    figure.update_xaxes(title={"text": x}, range=[-2, 102], ticksuffix="\u00a0%")
    figure.update_yaxes(title={"text": y}, range=[-2, 102], ticksuffix="\u00a0%")
    return placed(figure, height=HEIGHT)
