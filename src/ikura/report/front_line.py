"""Facts into figures: the front of two objectives."""

import math
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ikura.records import Metric
from ikura.report import theme
from ikura.report.axes import ladder
from ikura.report.drawing import placed, unit
from ikura.report.front import Front
from ikura.report.labels import label
from ikura.report.measures import drawn, extent

WIDE = 30
"""From so many times the least on, values above 0 stand on a log scale."""

MARGIN = 0.05
"""How much of an axis is left free at each end."""


def front_line(found: Front, best: int | None) -> go.Figure:
    """Draw all trials by their two objectives, the front as a line through its trials, and a ring around the winner."""
    first, second = found.metrics
    figure = go.Figure()
    groups = (
        ("not on the front", found.feasible, theme.BANDS[3]),
        ("breaks a constraint", ~found.feasible, theme.DIVERGED),
    )
    for name, those, colour in groups:
        if those.any():
            marker = {"size": 6, "color": colour, "opacity": 0.6}
            _add(figure, found, found.others[those], found.around[those], name=name, mode="markers", marker=marker)
    _add(
        figure,
        found,
        np.array(found.numbers),
        found.values,
        name="front",
        mode="lines+markers" if len(found.numbers) > 1 else "markers",
        marker={"size": 9, "color": theme.ROE},
        line={"color": theme.ROE, "width": 2},
    )
    chosen = found.values[np.array(found.numbers) == best]
    figure.add_scatter(
        x=drawn(second, chosen[:, 1]),
        y=drawn(first, chosen[:, 0]),
        mode="markers",
        marker={"size": 17, "color": theme.ROE, "symbol": "circle-open", "line": {"width": 3}},
        name="the winner",
        hoverinfo="skip",
    )
    figure.update_xaxes(title={"text": label(second.title)}, **_axis(second, found, 1))
    figure.update_yaxes(title={"text": label(first.title)}, **_axis(first, found, 0))
    return placed(figure, height=380, legend=True)


def _add(figure: go.Figure, found: Front, numbers: NDArray[np.intp], values: NDArray[np.float32], **style: Any) -> None:
    first, second = found.metrics
    figure.add_scatter(
        x=drawn(second, values[:, 1]),
        y=drawn(first, values[:, 0]),
        customdata=numbers.astype(np.int32),
        hovertemplate=(
            f"trial %{{customdata}}<br>{label(first.title)} %{{y:.4g}}{unit(first)}<br>"
            f"{label(second.title)} %{{x:.4g}}{unit(second)}<extra></extra>"
        ),
        **style,
    )


def _axis(metric: Metric, found: Front, column: int) -> dict[str, Any]:
    """Return an axis that shows all of the front, and where most trials lie."""
    front = drawn(metric, found.values[:, column].astype(float))
    every = np.append(found.around[:, column], found.values[:, column]).astype(float)
    low, high = drawn(metric, np.array(extent(metric, every).ends)).tolist()
    low, high = min(low, float(front.min())), max(high, float(front.max()))
    suffix = {"ticksuffix": unit(metric)}
    if low > 0 and high / low >= WIDE:
        ends = math.log10(low), math.log10(high)
        room = MARGIN * (ends[1] - ends[0])
        values = ladder(low, high)
        ticks = {"tickvals": values, "ticktext": [f"{value:g}{unit(metric)}" for value in values]}
        return {"type": "log", "range": [ends[0] - room, ends[1] + room], **ticks}
    room = MARGIN * (high - low) or MARGIN * (abs(low) or 1.0)
    return {"range": [low - room, high + room], **suffix}
