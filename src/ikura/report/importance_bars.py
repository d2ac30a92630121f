"""Facts into figures: how much each hyperparameter mattered."""

from collections.abc import Sequence

import plotly.graph_objects as go

from ikura.report import theme
from ikura.report.drawing import placed
from ikura.report.importance import Importance
from ikura.report.labels import label
from ikura.report.measures import PERCENT


def importance_bars(found: Sequence[Importance]) -> go.Figure:
    """Draw a bar for each share that is known, in two parts: alone and with others; a line is its interval."""
    told = [(one, one.share, one.interval, one.alone or 0.0) for one in found if one.share is not None and one.interval]
    told.reverse()  # Plotly's first is at the bottom.
    places = list(range(len(told)))
    figure = go.Figure()
    hover = [
        f"{label(one.name)}: {_percent(share)} ({_percent(interval[0])} to {_percent(interval[1])}), "
        f"{_percent(alone)} alone; of {one.trials:,} trials"
        for one, share, interval, alone in told
    ]
    parts = (
        ("alone", [100 * alone for _, _, _, alone in told], theme.ROE),
        ("together with others", [100 * (share - alone) for _, share, _, alone in told], theme.BANDS[1]),
    )
    for name, widths, colour in parts:
        figure.add_bar(
            y=places,
            x=widths,
            orientation="h",
            name=name,
            marker={"color": colour},
            width=0.5,
            hovertext=hover,
            hovertemplate="%{hovertext}<extra></extra>",
        )
    figure.add_scatter(
        y=places,
        x=[100 * share for _, share, _, _ in told],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [100 * (interval[1] - share) for _, share, interval, _ in told],
            "arrayminus": [100 * (share - interval[0]) for _, share, interval, _ in told],
            "color": theme.SEA,
            "thickness": 2,
            "width": 5,
        },
        mode="markers",
        marker={"color": theme.SEA, "size": 6},
        name="95 % interval",
        hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
    )
    figure.update_layout(barmode="stack")
    figure.update_xaxes(ticksuffix=PERCENT, range=[0, 102], nticks=6)
    names = [label(one.name if one.condition is None else f"{one.name} *", longest=24) for one, *_ in told]
    figure.update_yaxes(tickvals=places, ticktext=names, range=[-0.6, len(told) - 0.4], showgrid=False)
    return placed(figure, height=90 + 28 * len(told), legend=True)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}{PERCENT}"
