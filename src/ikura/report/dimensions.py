"""Facts into figures: each hyperparameter against dev accuracy, and the rounds that zoomed in on it."""

import numpy as np
import plotly.graph_objects as go

from ikura.report import theme
from ikura.report.axes import Axis, even
from ikura.report.drawing import PERCENT, along, placed, scattered
from ikura.report.labels import label
from ikura.report.population import DIVERGED, Population
from ikura.report.zoom import Step, Zoom


def against(shown: Population, axis: Axis, column: int, best: int | None) -> go.Figure:
    """Draw one dimension against the dev accuracy, coloured by round; the worst and the diverged at the lower edge."""
    places = shown.positions[:, column]
    texts = np.array([label(row[column]) for row in shown.texts], dtype=object)
    complete = np.isfinite(shown.accuracy) & np.isfinite(places)
    diverged = (shown.band == DIVERGED) & np.isfinite(places)
    top, room = reach(shown)
    lane = 100 * (shown.floor - 0.14 * room)
    rounds = int(shown.rounds.max(initial=0)) + 1
    colours = np.array(theme.round_colours(rounds))
    figure = go.Figure()
    order = np.flatnonzero(complete)[np.argsort(shown.rounds[complete], kind="stable")]
    cut = shown.accuracy[order] < shown.floor
    size = 6 if len(order) <= 400 else 4.5
    figure.add_scatter(
        x=places[order].astype(np.float32),
        y=100 * np.maximum(shown.accuracy[order], shown.floor),
        customdata=np.stack([shown.numbers[order], 100 * shown.accuracy[order]], axis=-1).astype(np.float32),
        text=texts[order],
        mode="markers",
        marker={
            "size": size,
            "color": colours[shown.rounds[order]],
            "symbol": np.where(cut, "triangle-down-open", "circle"),
            "opacity": 0.75,
        },
        hovertemplate="trial %{customdata[0]}: %{text}<br>dev accuracy %{customdata[1]:.2f} %<extra></extra>",
    )
    if diverged.any():
        figure.add_scatter(
            x=places[diverged].astype(np.float32),
            y=np.full(int(diverged.sum()), lane),
            customdata=shown.numbers[diverged].astype(np.int32),
            text=texts[diverged],
            mode="markers",
            marker={"size": 6, "color": theme.DIVERGED, "symbol": "x-thin-open", "line": {"width": 1.5}},
            hovertemplate="trial %{customdata}: %{text}<br>diverged<extra></extra>",
        )
    winner = (shown.numbers == best) & complete
    figure.add_scatter(
        x=places[winner],
        y=100 * np.maximum(shown.accuracy[winner], shown.floor),
        mode="markers",
        marker={"size": 15, "color": theme.ROE, "symbol": "circle-open", "line": {"width": 3}},
        hoverinfo="skip",
    )
    along(figure, axis)
    low = shown.floor - (0.22 if diverged.any() else 0.1) * room
    ticks = even(shown.floor, top)
    figure.update_yaxes(
        range=[100 * low, 100 * (top + 0.1 * room)],
        tickvals=[100 * share for share in ticks],
        ticktext=[f"{100 * share:.4g}{PERCENT}" for share in ticks],
    )
    return placed(figure, height=230)


def reach(shown: Population) -> tuple[float, float]:
    """Return the highest dev accuracy, and how far the axis reaches below it."""
    accuracy = shown.accuracy[np.isfinite(shown.accuracy)]
    best = float(accuracy.max()) if len(accuracy) else 1.0
    return best, max(best - shown.floor, 0.01)


def zoom(found: Zoom, shown: Population, axis: Axis, column: int) -> go.Figure:
    """Draw where each round sampled: a band for its region, a dot for each of its trials; rounds from top to bottom."""
    rounds = max(int(shown.rounds.max(initial=0)), max(step.round for step in found.steps)) + 1
    colours = theme.round_colours(rounds)
    figure = go.Figure()
    for step in found.steps:
        _add_bands(figure, step, colours[step.round])
    places = shown.positions[:, column]
    known = np.isfinite(places)
    heights = scattered(shown.numbers) * 0.25
    figure.add_scatter(
        x=places[known].astype(np.float32),
        y=(shown.rounds + heights)[known].astype(np.float32),
        customdata=shown.numbers[known].astype(np.int32),
        text=[label(row[column]) for row, there in zip(shown.texts, known, strict=True) if there],
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
