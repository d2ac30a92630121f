"""Facts into figures: the finalists under each seed."""

import numpy as np
import plotly.graph_objects as go

from ikura.records import Metric
from ikura.report import theme
from ikura.report.drawing import placed, unit
from ikura.report.finals import Finals
from ikura.report.labels import label
from ikura.report.measures import drawn


def finalists(found: Finals, metric: Metric) -> go.Figure:
    """Draw each finalist's objective: a dot for each seed, a bar at the mean, a ring for the search."""
    rows = found.finalists[::-1]
    names = [f"trial {row.number}" for row in rows]
    colours = [theme.ROE if row is found.finalists[0] else theme.SEA for row in rows]
    places = list(range(len(rows)))
    each = [place for place, row in enumerate(rows) for _ in row.reached(metric.name)]
    figure = go.Figure()

    def add(name: str, values: list[float], rows_of: list[int], marker: dict) -> None:
        figure.add_scatter(
            x=drawn(metric, np.array(values, dtype=float)),
            y=rows_of,
            mode="markers",
            name=name,
            marker=marker,
            text=[names[place] for place in rows_of],
            hovertemplate=f"%{{text}}: %{{x:.4g}}{unit(metric)}<extra>{name}</extra>",
        )

    search = {"symbol": "circle-open", "size": 12, "color": colours, "line": {"width": 1.5}}
    mean = {"symbol": "line-ns-open", "size": 22, "color": colours, "line": {"width": 3}}
    values = [value for row in rows for value in row.reached(metric.name)]
    add("one seed", values, each, {"size": 9, "color": [colours[place] for place in each], "opacity": 0.6})
    add("mean over the seeds", [row.mean(metric.name) for row in rows], places, mean)
    add("in the search", [row.search.get(metric.name, np.nan) for row in rows], places, search)
    figure.update_xaxes(ticksuffix=unit(metric), title={"text": label(metric.title)}, nticks=6)
    figure.update_yaxes(tickvals=places, ticktext=names, range=[-0.6, len(rows) - 0.4], showgrid=False)
    return placed(figure, height=110 + 44 * len(rows), legend=True)
