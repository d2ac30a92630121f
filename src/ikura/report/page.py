"""Facts and figures into one HTML page that needs no network, and may use none."""

import base64
import gzip
import hashlib
import json
import math
import shlex
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from statistics import fmean
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, FunctionLoader, StrictUndefined

from ikura.records import Finalist, History, StudyRecord, interval_of
from ikura.report import theme
from ikura.report.captions import captions
from ikura.report.checks import Answer
from ikura.report.curves import curves
from ikura.report.dimensions import against, zoom
from ikura.report.drawing import to_json
from ikura.report.facts import Facts, gather
from ikura.report.family_tree import family_tree, schedule_steps
from ikura.report.finalists import finalists
from ikura.report.front_line import front_line
from ikura.report.importance import untold_in_words
from ikura.report.importance_bars import importance_bars
from ikura.report.measures import to_words, written
from ikura.report.parallel import parallel
from ikura.report.plotly_script import plotly_script
from ikura.report.rung_bars import rung_bars
from ikura.space import Space
from ikura.wording import count, number


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure on its way into the page."""

    packed: str
    """Its JSON."""
    height: int


def render(study: StudyRecord, space: Space, history: History) -> str:
    """Return the report of a study: one HTML page that holds all it needs. The study need not be finished.

    A policy in the page forbids every request and every script but its own, so that no label can start one.
    """
    facts = gather(study, space, history)
    section = facts.judgement.section if facts.judgement else None
    figures = _figures(facts) | (dict(section.figures) if section else {})
    script, (plotly, plotly_hash) = _text("page.js"), _packed_plotly()
    templates = Environment(autoescape=True, undefined=StrictUndefined, loader=FunctionLoader(_text))
    page = templates.get_template("page.html.jinja").render(
        facts=facts,
        figures={name: _drawn(figure) for name, figure in figures.items()},
        words=captions(facts),
        section=section,
        metric=facts.objective.metric.title,
        in_words=number,
        tie_breaks=[metric.title for metric in facts.objective.by_first.tie_breaks],
        finalists=[_finalist(facts, one) for one in facts.finals.finalists] if facts.finals else [],
        untold=untold_in_words(facts.importances),
        metrics=[metric.title for metric in facts.metrics],
        rounds=theme.ramp(int(facts.shown.rounds.max(initial=0)) + 1),
        front=_front(facts),
        rungs=_rungs(facts),
        legs=_legs(facts),
        questions=[(question, [_answer(facts, answer) for answer in question.answers]) for question in facts.questions],
        next_command=f"ikura tune --from {shlex.quote(study.name)} --next",
        css=_text("page.css"),
        plotly=plotly,
        script=script,
        script_hashes=f"{plotly_hash} {_hash(script)}",
        templates=json.dumps(theme.templates()),
    )
    # A path that is no UTF-8 comes with lone surrogates, which no file would take.
    return page.encode("utf-8", "replace").decode("utf-8")


def _figures(facts: Facts) -> dict[str, go.Figure]:
    shown, metric = facts.shown, facts.objective.metric
    best = facts.best.number if facts.best else None
    drawn: dict[str, go.Figure] = {}
    if facts.finals:
        drawn["finalists"] = finalists(facts.finals, metric)
    if facts.front:
        drawn["front"] = front_line(facts.front, best)
    if len(shown.numbers):
        if len(shown.epochs):
            drawn |= {f"curves-{place}": curves(shown, each, best) for place, each in enumerate(facts.metrics)}
        for column, axis in enumerate(facts.axes):
            drawn[f"against-{column}"] = against(shown, metric, axis, column, best)
        if any(one.share is not None for one in facts.importances):
            drawn["importances"] = importance_bars(facts.importances)
        drawn["parallel"] = parallel(shown, metric, facts.axes, best)
    return drawn | _schedule_figures(facts, best) | _zoom_figures(facts)


def _schedule_figures(facts: Facts, best: int | None) -> dict[str, go.Figure]:
    """Draw what the study's scheduler did."""
    drawn: dict[str, go.Figure] = {}
    if facts.elimination and facts.elimination.lanes:
        drawn["rungs"] = rung_bars(facts.elimination, facts.objective.metric)
    if facts.family and facts.family.members:
        axes = {axis.name: axis for axis in facts.axes}
        drawn["family"] = family_tree(facts.family, facts.objective.metric, best)
        for place, schedule in enumerate(facts.family.schedules):
            drawn[f"schedule-{place}"] = schedule_steps(schedule, axes[schedule.dimension])
    return drawn


def _zoom_figures(facts: Facts) -> dict[str, go.Figure]:
    columns = {axis.name: column for column, axis in enumerate(facts.axes)}
    drawn: dict[str, go.Figure] = {}
    for place, zoomed in enumerate(facts.zooms):
        column = columns[zoomed.dimension]
        drawn[f"zoom-{place}"] = zoom(zoomed, facts.shown, facts.axes[column], column)
    return drawn


def _drawn(figure: go.Figure) -> Drawn:
    layout: Any = figure.layout
    return Drawn(_base64(gzip.compress(to_json(figure).encode(), mtime=0)), int(layout.height))


def _finalist(facts: Facts, row: Finalist) -> dict[str, Any]:
    metric = facts.objective.metric
    values = row.reached(metric.name)
    lowest_to_highest = to_words(metric, (min(values), max(values)) if values else None)
    if row.diverged:
        lowest_to_highest += f", {count(row.diverged, 'seed')} diverged"
    return {
        "number": row.number,
        "winner": facts.best is not None and row.number == facts.best.number,
        "search": written(metric, row.search.get(metric.name, math.nan), 2),
        "mean": written(metric, row.mean(metric.name), 2),
        "interval": to_words(metric, row.interval(metric)),
        "range": lowest_to_highest,
        "others": [written(other, row.mean(other.name), 2) for other in facts.objective.by_first.tie_breaks],
        "config": {name: number(value) for name, value in row.config.items()},
    }


def _front(facts: Facts) -> list[tuple[bool, int, list[str]]]:
    """Return of each trial of the front whether it is the best, its number, and its two values."""
    if facts.front is None:
        return []
    best = facts.best.number if facts.best else None
    metrics = facts.front.metrics
    return [
        (
            number == best,
            number,
            [written(metric, float(value), 2) for metric, value in zip(metrics, row, strict=True)],
        )
        for number, row in zip(facts.front.numbers, facts.front.values, strict=True)
    ]


def _answer(facts: Facts, answer: Answer) -> tuple[str, ...]:
    """Return a value of a scientific hyperparameter, its trials, the best of them, and what that measured and meant."""
    metric = facts.objective.metric
    interval = interval_of(metric, answer.runs)
    diverged = f" ({answer.diverged:,} diverged)" if answer.diverged else ""
    return (
        answer.value,
        f"{answer.trials:,}{diverged}",
        "–" if answer.best is None else str(answer.best),
        written(metric, answer.search, 2),
        written(metric, fmean(answer.runs), 2) if answer.runs else "–",
        to_words(metric, interval),
    )


def _rungs(facts: Facts) -> list[tuple[str, ...]]:
    """Return round, bracket, epochs, who entered, went on, was stopped, was lost, is under way, and the best value."""
    if facts.elimination is None:
        return []
    last = facts.elimination.epochs[-1:]
    return [
        (
            f"{rung.round + 1:,}",
            f"{rung.bracket + 1:,}",
            f"{rung.epochs:,}",
            f"{rung.entered:,}",
            "–" if (rung.epochs,) == last else f"{rung.went_on:,}",
            "–" if (rung.epochs,) == last else f"{rung.stopped:,}",
            f"{rung.lost:,}",
            f"{rung.under_way:,}",
            "–" if rung.best is None else written(facts.objective.metric, rung.best, 2),
        )
        for rung in facts.elimination.rungs
    ]


def _legs(facts: Facts) -> list[tuple[str, str, list[str]]]:
    """Return epochs, trial, and the values of the hyperparameters that changed, of each part of the best one's way."""
    if facts.family is None:
        return []
    names = [schedule.dimension for schedule in facts.family.schedules]
    return [
        (
            f"{leg.start + 1}–{leg.stop}",
            str(leg.number),
            [number(leg.config[name]) if name in leg.config else "–" for name in names],
        )
        for leg in facts.family.way
    ]


def _text(name: str) -> str:
    return files("ikura.report").joinpath(name).read_text(encoding="utf-8")


@cache
def _packed_plotly() -> tuple[str, str]:
    """Return Plotly's script as a page carries it, packed, and its name in a content security policy."""
    script = plotly_script()
    return _base64(gzip.compress(script.encode(), mtime=0)), _hash(script)


def _base64(packed: bytes) -> str:
    return base64.b64encode(packed).decode()


def _hash(script: str) -> str:
    """Return the script's name in a content security policy."""
    return f"'sha256-{_base64(hashlib.sha256(script.encode()).digest())}'"
