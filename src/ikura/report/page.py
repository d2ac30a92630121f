"""Facts and figures into one HTML page that needs no network, and may use none."""

import base64
import hashlib
import json
import math
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, StrictUndefined
from plotly.offline import get_plotlyjs

from ikura.records import METRICS, History
from ikura.report import figures, theme
from ikura.report.captions import captions
from ikura.report.dimensions import against, zoom
from ikura.report.drawing import to_json
from ikura.report.facts import Facts, Score, gather
from ikura.report.figures import METRIC_TITLES
from ikura.report.finals import Finalist
from ikura.report.parallel import parallel
from ikura.report.words import count, number, percent
from ikura.space import Space
from ikura.store import StudyRecord

MOST_DRAWN_CLASSES = 100
"""Of more, nobody could find a cell, and the page would be of many megabytes; the table of recalls has them all."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure on its way into the page."""

    json: str
    height: int


def render(study: StudyRecord, space: Space, history: History) -> str:
    """Return the report of a study: one HTML page that holds all it needs. The study need not be finished.

    A policy in the page forbids every request and every script but its own, so that no label can start one.
    """
    facts = gather(study, space, history)
    script, plotly = _text("page.js"), get_plotlyjs().replace("\r\n", "\n")
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(_text("page.html.jinja"))
    page = template.render(
        facts=facts,
        figures={name: _drawn(figure) for name, figure in _figures(facts).items()},
        words=captions(facts),
        score=_score(facts),
        interval=_interval(facts.test) if facts.test else None,
        finalists=[_row(row) for row in facts.finals.finalists] if facts.finals else [],
        metrics=[(metric, METRIC_TITLES[metric]) for metric in ("dev_accuracy", "dev_loss", "train_loss")],
        rounds=theme.round_colours(int(facts.population.rounds.max(initial=0)) + 1),
        warnings=[(zoomed.dimension, zoomed.warning) for zoomed in facts.zooms if zoomed.warning],
        recalls=_recalls(facts),
        css=_text("page.css"),
        plotly=plotly,
        script=script,
        script_hashes=f"{_hash(plotly)} {_hash(script)}",
        templates=json.dumps(theme.templates()),
    )
    # A path that is no UTF-8 comes with lone surrogates, which no file would take.
    return page.encode("utf-8", "replace").decode("utf-8")


def _figures(facts: Facts) -> dict[str, go.Figure]:
    shown = facts.population
    best = facts.best.number if facts.best else None
    drawn: dict[str, go.Figure] = {}
    if facts.finals and facts.finals.finalists:
        drawn["finalists"] = figures.finalists(facts.finals)
    if len(shown.numbers):
        if len(shown.epochs):
            drawn |= {f"curves-{metric}": figures.curves(shown, metric, best) for metric in METRICS}
        for column, axis in enumerate(facts.axes):
            drawn[f"against-{column}"] = against(shown, axis, column, best)
        drawn["parallel"] = parallel(shown, facts.axes, best)
    columns = {axis.name: column for column, axis in enumerate(facts.axes)}
    for place, zoomed in enumerate(facts.zooms):
        column = columns[zoomed.dimension]
        drawn[f"zoom-{place}"] = zoom(zoomed, shown, facts.axes[column], column)
    if facts.confusion and len(facts.confusion.classes) <= MOST_DRAWN_CLASSES:
        drawn["confusion"] = figures.confusion(facts.confusion)
    return drawn


def _drawn(figure: go.Figure) -> Drawn:
    layout: Any = figure.layout
    return Drawn(to_json(figure), int(layout.height))


def _score(facts: Facts) -> str | None:
    if facts.test:
        return percent(facts.test.accuracy, _digits(facts.test))
    return percent(facts.best.dev_accuracy) if facts.best else None


def _digits(test: Score) -> int:
    return 1 if test.examples < 2000 else 2


def _interval(test: Score) -> dict[str, Any]:
    """Return the interval in words, and on a line from a round percentage up to 100."""
    start = math.floor(20 * max(0.0, 1 - 3 * (1 - test.low))) / 20
    left, at, right = (100 * (share - start) / (1 - start) for share in (test.low, test.accuracy, test.high))
    return {
        "low": percent(test.low, _digits(test)),
        "high": percent(test.high, _digits(test)),
        "of": f"{test.correct:,} of {test.examples:,} correct",
        "start": percent(start, 0),
        "left": f"{left:.2f}",
        "width": f"{right - left:.2f}",
        "at": f"{at:.2f}",
    }


def _row(row: Finalist) -> dict[str, Any]:
    lowest_to_highest = "–"
    if row.accuracy:
        lowest_to_highest = f"{percent(min(row.accuracy), 2)} to {percent(max(row.accuracy), 2)}"
    if row.diverged:
        lowest_to_highest += f", {count(row.diverged, 'seed')} diverged"
    return {
        "number": row.number,
        "winner": row.winner,
        "search": percent(row.search, 2),
        "mean": percent(row.mean, 2) if row.accuracy else "–",
        "range": lowest_to_highest,
        "loss": number(row.loss, digits=3) if row.accuracy else "–",
        "config": {name: number(value) for name, value in row.config.items()},
    }


def _recalls(facts: Facts) -> list[tuple[str, str, str]]:
    """Return class, how many of its test examples were recognised, and the share; the weakest first."""
    found = facts.confusion
    if found is None:
        return []
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


def _text(name: str) -> str:
    return files("ikura.report").joinpath(name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    """Return the script's name in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
