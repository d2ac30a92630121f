"""Facts into figures: who was stopped when."""

import numpy as np
import plotly.graph_objects as go

from ikura.records import Metric, TrialState
from ikura.report import theme
from ikura.report.drawing import placed
from ikura.report.labels import label
from ikura.report.measures import written
from ikura.report.rungs import Halving, Lane

MOST_LANES = 1000

FATES = (
    ("to the last epoch", theme.ROE, (TrialState.COMPLETE,)),
    ("may go on", "#f0a04b", (TrialState.WAITING, TrialState.RUNNING, TrialState.PAUSED)),
    ("stopped", theme.SEA, (TrialState.STOPPED,)),
    ("diverged", theme.DIVERGED, (TrialState.DIVERGED,)),
    ("failed", "#8a6d5c", (TrialState.FAILED,)),
)
"""What became of trials: its name, its colour and the states."""


def shown_lanes(found: Halving) -> tuple[Lane, ...]:
    """Return the trials that are drawn: all, or an even choice of very many."""
    chosen = np.linspace(0, len(found.lanes) - 1, min(len(found.lanes), MOST_LANES)).round().astype(int)
    return tuple(found.lanes[place] for place in chosen)


def rung_bars(found: Halving, metric: Metric) -> go.Figure:
    """Draw each trial as a bar as long as it was trained, round under round, coloured by what became of it."""
    lanes = shown_lanes(found)
    rounds = [lane.round for lane in lanes]
    gap = max(1.0, len(lanes) / 50)
    heights = np.arange(len(lanes)) + gap * np.unique(rounds, return_inverse=True)[1]
    figure = go.Figure()
    for name, colour, states in reversed(FATES):
        those = [place for place, lane in enumerate(lanes) if lane.state in states]
        if those:
            figure.add_bar(
                x=[lanes[place].epochs for place in those],
                y=heights[those],
                orientation="h",
                width=1 if len(lanes) > 80 else 0.8,
                name=name,
                marker={"color": colour, "opacity": 0.8, "line": {"width": 0}},
                text=[_said(lanes[place], name, metric) for place in those],
                textposition="none",
                hovertemplate="%{text}<extra></extra>",
            )
    epochs = found.epochs
    figure.update_xaxes(title={"text": "epoch"}, tickvals=epochs, range=[0, 1.01 * max(epochs, default=1)])
    # A tick stands at the middle of each round's bars.
    middles = {number: float(np.mean(heights[np.equal(rounds, number)])) for number in sorted(set(rounds))}
    several = len(middles) > 1
    figure.update_yaxes(
        range=[float(heights.max(initial=0)) + 1, -1],
        tickvals=list(middles.values()) if several else [],
        ticktext=[f"round {number + 1}" for number in middles] if several else [],
        showgrid=False,
    )
    figure.update_layout(barmode="overlay")
    return placed(figure, height=int(min(max(100 + 4 * len(lanes), 170), 460)), legend=True)


def _said(lane: Lane, fate: str, metric: Metric) -> str:
    value = "" if np.isnan(lane.value) else f", {metric.title} {written(metric, lane.value, 2)}"
    return label(f"trial {lane.number}: {lane.epochs} epochs, {fate}{value}", longest=120)
