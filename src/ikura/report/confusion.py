"""Which classes were taken for which: the facts, their words and their picture."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from ikura.records import JSON
from ikura.report.drawing import placed
from ikura.report.labels import label
from ikura.wording import listing, percent

MOST_CONFUSIONS = 5
MOST_ANNOTATED_CLASSES = 20


@dataclass(frozen=True, slots=True)
class Confusion:
    """The test examples by true and predicted class."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    """[true][predicted]"""
    recall: tuple[float | None, ...]
    """The share of each true class that was recognised; None for a class without test examples."""
    mistakes: tuple[tuple[str, str, int], ...]
    """The true class, the predicted one and how often, most often first."""


def confusion(test: Mapping[str, JSON]) -> Confusion:
    """Return the confusion matrix of a test of a classifier."""
    counts = np.asarray(test["confusion"], dtype=int)
    classes = tuple(str(label) for label in test["classes"])
    totals = counts.sum(axis=1)
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_CONFUSIONS]
    pairs = [divmod(int(place), len(classes)) for place in order]
    return Confusion(
        classes=classes,
        counts=tuple(tuple(int(cell) for cell in row) for row in counts),
        recall=tuple(
            float(right / total) if total else None for right, total in zip(np.diag(counts), totals, strict=True)
        ),
        mistakes=tuple(
            (classes[row], classes[column], int(wrong[row, column])) for row, column in pairs if wrong[row, column]
        ),
    )


def mistakes_in_words(found: Confusion) -> str:
    """Return `Most often confused: 8 taken for 1 (3 times) and 9 taken for 4 (once)`."""
    if not found.mistakes:
        return "No test example was taken for another class."
    named = [
        f"{true} taken for {said} ({'once' if times == 1 else f'{times} times'})"
        for true, said, times in found.mistakes
    ]
    return f"Most often confused: {listing(named, 'and')}."


def recalls(found: Confusion) -> list[tuple[str, str, str]]:
    """Return class, how many of its test examples were recognised, and the share; the weakest first."""
    rows = [
        (
            2.0 if share is None else share,
            name,
            f"{row[place]:,} of {sum(row):,}",
            "–" if share is None else percent(share),
        )
        for place, (name, row, share) in enumerate(zip(found.classes, found.counts, found.recall, strict=True))
    ]
    return [(name, right, share) for _, name, right, share in sorted(rows, key=lambda row: row[0])]


def matrix(found: Confusion) -> go.Figure:
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
