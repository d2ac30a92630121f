"""Facts into figures: the learning curves."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ikura.records import Goal, Metric, TrialState
from ikura.report import theme
from ikura.report.axes import ladder
from ikura.report.drawing import band_style, chained, placed, shortened, unit
from ikura.report.labels import label
from ikura.report.measures import Extent, drawn
from ikura.report.shown_trials import DIVERGED, ShownTrials
from ikura.wording import number


def curves(shown: ShownTrials, metric: Metric, best: int | None) -> go.Figure:
    """Draw the learning curves, coloured by rank; the one that stands out on top, those that ended early marked."""
    figure = go.Figure()
    log, low, high = _axis(shown, metric)
    values = drawn(metric, shown.curves[metric.name])
    for band in range(DIVERGED, -1, -1):
        lines = (shown.band == band) & (shown.numbers != best) & np.isfinite(values).any(axis=1)
        if lines.any():
            _add_curves(figure, shown, values, lines, band_style(band, len(values)), metric)
    ends = np.clip(drawn(metric, shown.ends[metric.name]), low, high)
    _add_stops(figure, shown, ends)
    _add_crosses(figure, shown, ends)
    if best is not None:
        style = {"name": f"trial {best}", "line": {"color": theme.ROE, "width": 3.5}}
        _add_curves(figure, shown, values, shown.numbers == best, style, metric)
    first, last = int(shown.epochs[0]), int(shown.epochs[-1])
    edge = 0.015 * (last - first) or 0.5
    figure.update_xaxes(
        title={"text": "epoch"}, range=[first - edge, last + edge], dtick=1 if last - first < 8 else None
    )
    figure.update_yaxes(
        title={"text": label(metric.title)},
        type="log" if log else "linear",
        range=np.log10([low, high]).tolist() if log else [low, high],
        ticksuffix=unit(metric),
        **(_ticks(low, high) if log else {}),
    )
    return placed(figure, height=460, legend=True)


def _add_curves(
    figure: go.Figure,
    shown: ShownTrials,
    values: NDArray[np.floating],
    lines: NDArray[np.bool_],
    style: dict[str, Any],
    metric: Metric,
) -> None:
    epochs = np.broadcast_to(shown.epochs, (int(lines.sum()), len(shown.epochs)))
    figure.add_scatter(
        x=chained(epochs),
        y=shortened(chained(values[lines])),
        customdata=np.repeat(shown.numbers[lines], len(shown.epochs) + 1).astype(np.int32),
        mode="lines" if len(shown.epochs) > 1 else "markers",
        marker={"size": 8},
        hovertemplate=f"trial %{{customdata}}, epoch %{{x}}: %{{y:.4g}}{unit(metric)}<extra></extra>",
        legendgroup=style["name"],
        **style,
    )


def _add_stops(figure: go.Figure, shown: ShownTrials, ends: NDArray[np.floating]) -> None:
    """Mark with a dot, in the colour of its group, where each trial was stopped."""
    stopped = shown.are(TrialState.STOPPED) & np.isfinite(ends)
    for band in range(DIVERGED - 1, -1, -1):
        those = stopped & (shown.band == band)
        if those.any():
            style = band_style(band, len(ends))
            marker = {"size": 5, "color": style["line"]["color"], "line": {"width": 0}}
            _add_marks(figure, shown, ends, those, marker, "was stopped", style["name"])


def _add_crosses(figure: go.Figure, shown: ShownTrials, ends: NDArray[np.floating]) -> None:
    """Mark with a cross where each diverged trial was last finite."""
    diverged = (shown.band == DIVERGED) & np.isfinite(ends)
    if diverged.any():
        marker = {"symbol": "x-thin-open", "size": 7, "color": theme.DIVERGED, "line": {"width": 1.8}}
        _add_marks(figure, shown, ends, diverged, marker, "diverged", "diverged")


def _add_marks(
    figure: go.Figure,
    shown: ShownTrials,
    ends: NDArray[np.floating],
    those: NDArray[np.bool_],
    marker: dict[str, Any],
    fate: str,
    group: str,
) -> None:
    figure.add_scatter(
        x=shown.ended[those],
        y=ends[those],
        customdata=shown.numbers[those].astype(np.int32),
        mode="markers",
        marker=marker,
        hovertemplate=f"trial %{{customdata}} {fate} after epoch %{{x}}<extra></extra>",
        legendgroup=group,
        showlegend=False,
    )


def _axis(shown: ShownTrials, metric: Metric) -> tuple[bool, float, float]:
    """Return whether the axis is logarithmic, and where most of the curves run: a few bad ones are cut off."""
    values = shown.curves[metric.name][shown.band != DIVERGED]
    values = values[np.isfinite(values)].astype(float)
    if metric.goal is Goal.MINIMIZE and not metric.is_share and (values > 0).all():
        return True, *_log_range(values)
    return False, *_linear_range(metric, values, shown.extents[metric.name])


def _ticks(low: float, high: float) -> dict[str, Any]:
    values = ladder(low, high)
    return {"tickvals": values, "ticktext": [number(value) for value in values]}


def _log_range(values: NDArray[np.float64]) -> tuple[float, float]:
    if not len(values):
        return 0.1, 10.0
    low, high = values.min(), np.quantile(values, 0.98)
    return float(low / 1.1), float(max(high, 1.5 * low) * 1.1)


def _linear_range(metric: Metric, values: NDArray[np.float64], within: Extent) -> tuple[float, float]:
    """Return the range from the best to twice as far as the edge, where any curve goes there."""
    if not len(values):
        return tuple(drawn(metric, np.array([0.0, 1.0])).tolist())
    losses = metric.loss(values)
    best, least = float(losses.min()), 0.01 if metric.is_share else 0.01 * within.room
    edge = float(metric.loss(np.float64(within.edge)))
    far = min(max(best + 2 * (edge - best), best + 2 * least), float(losses.max()) + least)
    near = best - 0.04 * (far - best)
    ends = np.sort(metric.loss(np.array([near, far])))
    if metric.is_share:
        ends = np.clip(ends, 0, 1) + np.array([0, 0.002])
    low, high = drawn(metric, ends).tolist()
    return low, high
