"""Facts into figures: who was stopped when."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ikura.records import Metric, TrialState
from ikura.report import theme
from ikura.report.drawing import placed
from ikura.report.labels import label
from ikura.report.measures import written
from ikura.report.rungs import Elimination, Group, Lane

MOST_LANES = 1000

FATES = (
    ("to the last epoch", theme.ROE, (TrialState.COMPLETE,)),
    ("may go on", "#f0a04b", (TrialState.WAITING, TrialState.RUNNING, TrialState.PAUSED)),
    ("stopped", theme.SEA, (TrialState.STOPPED,)),
    ("diverged", theme.DIVERGED, (TrialState.DIVERGED,)),
    ("failed", "#8a6d5c", (TrialState.FAILED,)),
)
"""What became of trials: its name, its colour and the states."""


def shown_lanes(found: Elimination) -> tuple[Lane, ...]:
    """Return the trials that are drawn: all, or an even choice of very many."""
    chosen = np.linspace(0, len(found.lanes) - 1, min(len(found.lanes), MOST_LANES)).round().astype(int)
    return tuple(found.lanes[place] for place in chosen)


def rung_bars(found: Elimination, metric: Metric) -> go.Figure:
    """Draw each trial as a bar as long as it was trained, coloured by what became of it.

    Round stands under round, and in a round bracket under bracket.
    """
    lanes = shown_lanes(found)
    groups = [(lane.round, lane.bracket) for lane in lanes]
    blocks = {group: block for block, group in enumerate(sorted(set(groups)))}
    own = np.array([blocks[group] for group in groups], np.intp)
    gap = max(1.0, len(lanes) / 50)
    heights = np.arange(len(lanes)) + gap * own
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
    longest = max((*found.epochs, *(lane.epochs for lane in lanes)), default=1)
    rungs = found.epochs if found.has_ladder else None  # where there are few enough for a tick each
    figure.update_xaxes(title={"text": "epoch"}, tickvals=rungs, range=[0, 1.01 * longest])
    # A tick stands at the middle of the bars that it names.
    names = _names(list(blocks))
    figure.update_yaxes(
        range=[float(heights.max(initial=0)) + 1, -1],
        tickvals=[float(np.mean(heights[np.isin(own, members)])) for members in names.values()],
        ticktext=list(names),
        showgrid=False,
    )
    figure.update_layout(barmode="overlay")
    return placed(figure, height=int(min(max(100 + 4 * len(lanes), 170), 460)), legend=True)


def _names(groups: Sequence[Group]) -> dict[str, list[int]]:
    """Return what is written beside which blocks of bars: the rounds, or where there is one, its brackets."""
    rounds = sorted({number for number, _ in groups})
    if len(rounds) > 1:
        return {f"round {each + 1}": [n for n, (number, _) in enumerate(groups) if number == each] for each in rounds}
    if len(groups) > 1:
        return {f"bracket {bracket + 1}": [block] for block, (_, bracket) in enumerate(groups)}
    return {}


def _said(lane: Lane, fate: str, metric: Metric) -> str:
    value = "" if np.isnan(lane.value) else f", {metric.title} {written(metric, lane.value, 2)}"
    return label(f"trial {lane.number}: {lane.epochs} epochs, {fate}{value}", longest=120)
