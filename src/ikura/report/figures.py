"""Facts into figures: the finalists, the learning curves, the confusion matrix."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ikura.report import theme
from ikura.report.drawing import PERCENT, band_style, chained, placed
from ikura.report.finals import Confusion, Finals
from ikura.report.labels import label
from ikura.report.population import DIVERGED, Population
from ikura.report.words import percent

METRIC_TITLES = {"dev_accuracy": "dev accuracy", "dev_loss": "dev loss", "train_loss": "train loss"}
MOST_ANNOTATED_CLASSES = 20


def finalists(found: Finals) -> go.Figure:
    """Draw each finalist's dev accuracy: a dot for each seed, a bar at the mean, a ring for the search."""
    rows = found.finalists[::-1]
    names = [f"trial {row.number}" for row in rows]
    colours = [theme.ROE if row.winner else theme.SEA for row in rows]
    places = list(range(len(rows)))
    each = [place for place, row in enumerate(rows) for _ in row.accuracy]
    figure = go.Figure()

    def add(name: str, shares: list[float], rows_of: list[int], marker: dict) -> None:
        figure.add_scatter(
            x=[100 * share for share in shares],
            y=rows_of,
            mode="markers",
            name=name,
            marker=marker,
            text=[names[place] for place in rows_of],
            hovertemplate=f"%{{text}}: %{{x:.2f}} %<extra>{name}</extra>",
        )

    seeds = [value for row in rows for value in row.accuracy]
    search = {"symbol": "circle-open", "size": 12, "color": colours, "line": {"width": 1.5}}
    mean = {"symbol": "line-ns-open", "size": 22, "color": colours, "line": {"width": 3}}
    add("one seed", seeds, each, {"size": 9, "color": [colours[place] for place in each], "opacity": 0.6})
    add("mean over the seeds", [row.mean for row in rows], places, mean)
    add("in the search", [row.search for row in rows], places, search)
    figure.update_xaxes(ticksuffix=PERCENT, title={"text": "dev accuracy"}, nticks=6)
    figure.update_yaxes(tickvals=places, ticktext=names, range=[-0.6, len(rows) - 0.4], showgrid=False)
    return placed(figure, height=110 + 44 * len(rows), legend=True)


def curves(shown: Population, metric: str, best: int | None) -> go.Figure:
    """Draw the learning curves, coloured by rank; the one that stands out on top, the diverged marked."""
    figure = go.Figure()
    values, unit = (100 * shown.curves[metric], PERCENT) if metric == "dev_accuracy" else (shown.curves[metric], "")
    low, high = _range(shown, metric)
    for band in range(DIVERGED, -1, -1):
        lines = (shown.band == band) & (shown.numbers != best) & np.isfinite(values).any(axis=1)
        if lines.any():
            _add_curves(figure, shown, values, lines, band_style(band, len(values)), unit)
    _add_ends(figure, shown, np.clip(values, low, high))
    if best is not None:
        style = {"name": f"trial {best}", "line": {"color": theme.ROE, "width": 3.5}}
        _add_curves(figure, shown, values, shown.numbers == best, style, unit)
    first, last = int(shown.epochs[0]), int(shown.epochs[-1])
    edge = 0.015 * (last - first) or 0.5
    figure.update_xaxes(
        title={"text": "epoch"}, range=[first - edge, last + edge], dtick=1 if last - first < 8 else None
    )
    log = metric != "dev_accuracy"
    figure.update_yaxes(
        title={"text": METRIC_TITLES[metric]},
        type="log" if log else "linear",
        range=np.log10([low, high]).tolist() if log else [low, high],
        ticksuffix=unit,
        dtick="D1" if log and high < 30 * low else None,
    )
    return placed(figure, height=460, legend=True)


def _add_curves(
    figure: go.Figure, shown: Population, values: NDArray, lines: NDArray[np.bool_], style: dict, unit: str
) -> None:
    epochs = np.broadcast_to(shown.epochs, (int(lines.sum()), len(shown.epochs)))
    figure.add_scatter(
        x=chained(epochs),
        y=chained(values[lines]),
        customdata=np.repeat(shown.numbers[lines], len(shown.epochs) + 1).astype(np.int32),
        mode="lines" if len(shown.epochs) > 1 else "markers",
        marker={"size": 8},
        hovertemplate=f"trial %{{customdata}}, epoch %{{x}}: %{{y:.4g}}{unit}<extra></extra>",
        legendgroup=style["name"],
        **style,
    )


def _add_ends(figure: go.Figure, shown: Population, values: NDArray) -> None:
    """Mark with a cross where each diverged trial was last finite."""
    rows = np.flatnonzero((shown.band == DIVERGED) & np.isfinite(values).any(axis=1))
    if not len(rows):
        return
    last = [int(np.flatnonzero(np.isfinite(values[row]))[-1]) for row in rows]
    figure.add_scatter(
        x=shown.epochs[last],
        y=values[rows, last],
        customdata=shown.numbers[rows].astype(np.int32),
        mode="markers",
        marker={"symbol": "x-thin-open", "size": 7, "color": theme.DIVERGED, "line": {"width": 1.8}},
        hovertemplate="trial %{customdata} diverged after epoch %{x}<extra></extra>",
        legendgroup="diverged",
        showlegend=False,
    )


def _range(shown: Population, metric: str) -> tuple[float, float]:
    """Return where most of the curves run: a few bad ones are cut off, for the good ones to be told apart."""
    values = shown.curves[metric]
    complete = values[shown.band != DIVERGED]
    complete = complete[np.isfinite(complete)].astype(float)
    if metric == "dev_accuracy":
        if not len(complete):
            return 0.0, 100.0
        best = complete.max()
        low = max(min(best - 2 * (best - shown.floor), best - 0.02), complete.min() - 0.01, 0.0)
        return float(100 * low), float(100 * min(best + 0.04 * (best - low), 1.0) + 0.2)
    positive = complete[complete > 0]
    if not len(positive):
        return 0.1, 10.0
    low, high = positive.min(), np.quantile(positive, 0.98)
    return float(low / 1.1), float(max(high, 1.5 * low) * 1.1)


def confusion(found: Confusion) -> go.Figure:
    """Draw true classes down, predicted ones across: recognised in roe, mistaken in violet, by share of the row."""
    counts = np.array(found.counts)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    wrong = shares * (1 - np.eye(len(counts)))
    # Mistakes are rare: on the scale of the recognised they would not be seen.
    colours = np.diag(np.diag(shares)) - wrong / max(2 * wrong.max(), 0.1)
    names = [label(name, longest=16) for name in found.classes]
    places = list(range(len(names)))
    annotated = len(names) <= MOST_ANNOTATED_CLASSES
    figure = go.Figure()
    figure.add_heatmap(
        z=colours,
        zmin=-1,
        zmax=1,
        xgap=1 if annotated else 0,
        ygap=1 if annotated else 0,
        text=[[str(cell) if cell else "" for cell in row] for row in found.counts] if annotated else None,
        texttemplate="%{text}" if annotated else None,
        customdata=[
            [[str(cell), names[row], names[column]] for column, cell in enumerate(cells)]
            for row, cells in enumerate(found.counts)
        ],
        hovertemplate="%{customdata[0]} of class %{customdata[1]} called %{customdata[2]}<extra></extra>",
        showscale=False,
    )
    ticks = places if annotated else [round(place) for place in np.linspace(0, len(names) - 1, 10)]
    ticktext = [names[place] for place in ticks]
    recalls = ["–" if one is None else percent(one, 0 if one == 1 else 1) for one in found.recall]
    figure.update_xaxes(
        tickvals=ticks, ticktext=ticktext, title={"text": "predicted class"}, showgrid=False, side="top"
    )
    figure.update_yaxes(
        tickvals=ticks,
        ticktext=ticktext,
        title={"text": "true class"},
        ticklabelstandoff=6,
        showgrid=False,
        range=[len(names) - 0.5, -0.5],
    )
    if annotated:
        _add_recalls(figure, recalls)
    return placed(figure, height=110 + min(max(44 * len(names), 160), 520))


def _add_recalls(figure: go.Figure, recalls: list[str]) -> None:
    """Write each class's recall beside its row, on an axis of its own at the right."""
    figure.add_scatter(x=[None], y=[None], yaxis="y2", hoverinfo="skip", showlegend=False)
    figure.update_layout(
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "range": [len(recalls) - 0.5, -0.5],
            "tickvals": list(range(len(recalls))),
            "ticktext": recalls,
            "title": {"text": "recall"},
            "showgrid": False,
            "fixedrange": True,
        }
    )
