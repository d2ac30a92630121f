"""Facts into figures: each hyperparameter against the objective, and the rounds that zoomed in on it."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ikura.records import Goal, Metric, TrialState
from ikura.report import theme
from ikura.report.axes import Axis
from ikura.report.drawing import along, placed, scattered, unit
from ikura.report.labels import label
from ikura.report.measures import drawn, is_beyond, ticks
from ikura.report.shown_trials import DIVERGED, ShownTrials
from ikura.report.zoom import Step, Zoom


def against(shown: ShownTrials, metric: Metric, axis: Axis, column: int, best: int | None) -> go.Figure:
    """Draw one dimension against the objective, coloured by round; the worst and the diverged at the worse edge."""
    places = shown.last.positions[:, column]
    texts = np.array([label(row[column]) for row in shown.last.texts], dtype=object)
    known = np.isfinite(shown.values) & np.isfinite(places)
    diverged = (shown.band == DIVERGED) & np.isfinite(places)
    within = shown.extents[metric.name]
    heights = drawn(metric, np.where(is_beyond(metric, shown.values, within), within.edge, shown.values))
    colours = np.array(theme.ramp(int(shown.rounds.max(initial=0)) + 1))
    figure = go.Figure()
    order = np.flatnonzero(known)[np.argsort(shown.rounds[known], kind="stable")]
    figure.add_scatter(
        x=places[order].astype(np.float32),
        y=heights[order],
        customdata=np.stack([shown.numbers[order], drawn(metric, shown.values[order])], axis=-1).astype(np.float32),
        text=texts[order],
        mode="markers",
        marker={
            "size": 6 if len(order) <= 400 else 4.5,
            "color": colours[shown.rounds[order]],
            "symbol": _symbols(shown, metric)[order],
            "opacity": 0.75,
        },
        hovertemplate=(
            f"trial %{{customdata[0]}}: %{{text}}<br>{label(metric.title)} "
            f"%{{customdata[1]:.4g}}{unit(metric)}<extra></extra>"
        ),
    )
    # Where worse is, beyond the edge: below where more is better, else above.
    away = (-1 if metric.goal is Goal.MAXIMIZE else 1) * within.room
    if diverged.any():
        figure.add_scatter(
            x=places[diverged].astype(np.float32),
            y=drawn(metric, np.full(int(diverged.sum()), within.edge + 0.14 * away)),
            customdata=shown.numbers[diverged].astype(np.int32),
            text=texts[diverged],
            mode="markers",
            marker={"size": 6, "color": theme.DIVERGED, "symbol": "x-thin-open", "line": {"width": 1.5}},
            hovertemplate="trial %{customdata}: %{text}<br>diverged<extra></extra>",
        )
    winner = (shown.numbers == best) & known
    figure.add_scatter(
        x=places[winner],
        y=heights[winner],
        mode="markers",
        marker={"size": 15, "color": theme.ROE, "symbol": "circle-open", "line": {"width": 3}},
        hoverinfo="skip",
    )
    along(figure, axis)
    ends = np.array([within.edge + (0.22 if diverged.any() else 0.1) * away, within.best - 0.1 * away])
    marks = ticks(metric, *within.ends)
    figure.update_yaxes(
        range=np.sort(drawn(metric, ends)).tolist(),
        tickvals=drawn(metric, np.array([value for value, _ in marks])),
        ticktext=[label(text) for _, text in marks],
    )
    return placed(figure, height=230)


def _symbols(shown: ShownTrials, metric: Metric) -> NDArray[np.str_]:
    """Return a circle for each trial, hollow where it was not trained to the horizon; a triangle beyond the edge."""
    triangle = "triangle-down-open" if metric.goal is Goal.MAXIMIZE else "triangle-up-open"
    symbols = np.where(shown.are(TrialState.COMPLETE), "circle", "circle-open")
    return np.where(is_beyond(metric, shown.values, shown.extents[metric.name]), triangle, symbols)


def zoom(found: Zoom, shown: ShownTrials, axis: Axis, column: int) -> go.Figure:
    """Draw where each round sampled: a band for its region, a dot for each of its trials; rounds from top to bottom."""
    rounds = max(int(shown.rounds.max(initial=0)), max(step.round for step in found.steps)) + 1
    colours = theme.ramp(rounds)
    figure = go.Figure()
    for step in found.steps:
        _add_bands(figure, step, colours[step.round])
    places = shown.proposed.positions[:, column]
    known = np.isfinite(places)
    heights = scattered(shown.numbers) * 0.25
    figure.add_scatter(
        x=places[known].astype(np.float32),
        y=(shown.rounds + heights)[known].astype(np.float32),
        customdata=shown.numbers[known].astype(np.int32),
        text=[label(row[column]) for row, there in zip(shown.proposed.texts, known, strict=True) if there],
        mode="markers",
        marker={"size": 3.5, "color": np.array(colours)[shown.rounds[known]]},
        hovertemplate="trial %{customdata}: %{text}<extra></extra>",
    )
    along(figure, axis)
    figure.update_yaxes(
        range=[rounds - 0.45, -0.55],
        tickvals=list(range(rounds)),
        ticktext=[f"round {index + 1}" for index in range(rounds)],
        showgrid=False,
    )
    figure.update_layout(barmode="overlay")
    return placed(figure, height=50 + 38 * rounds)


def _add_bands(figure: go.Figure, step: Step, colour: str) -> None:
    figure.add_bar(
        x=[high - low for low, high, _ in step.bands],
        base=[low for low, _, _ in step.bands],
        y=[step.round] * len(step.bands),
        orientation="h",
        width=0.72,
        marker={
            "color": colour,
            "opacity": [0.08 + 0.3 * weight for _, _, weight in step.bands],
            "line": {"width": 0},
        },
        hoverinfo="skip",
    )
