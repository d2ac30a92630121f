"""What a study's task adds to the report: how it says a result, and sections of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import plotly.graph_objects as go

from ikura.records import JSON, Metric, Settings
from ikura.records.metric import SHARE
from ikura.report.measures import written
from ikura.wording import number, percent, share_digits

Table: TypeAlias = tuple[tuple[str, str], ...]
"""Labels and what stands beside them."""


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval on a line, by lengths in percent of the line."""

    start: str
    """What stands at the line's left end."""
    end: str
    left: str
    width: str
    at: str
    """Where the value lies."""


@dataclass(frozen=True, slots=True)
class Score:
    """The one number that answers."""

    title: str
    value: str
    detail: str
    bar: Bar | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A part of the page that only one task has."""

    template: str
    """The file that writes it."""
    values: Mapping[str, Any]
    """What the template says."""
    figures: Mapping[str, go.Figure]


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What is to be said of the test."""

    score: Score
    sentence: str
    """What the network does: `classifies 350 of 360 unseen examples correctly`."""
    section: Section


def headline(test: Mapping[str, JSON], score: Score) -> Score:
    """Return the metric that the study was for, if a test has it and the score is another; the score beside it then."""
    found = test.get("measured")
    if found is None or found["value"] is None:
        return score
    title = f"Test {found['name'].replace('_', ' ')}"
    if title.casefold() == score.title.casefold():
        return score
    value = (
        percent(found["value"], share_digits(test["examples"])) if found["unit"] == SHARE else number(found["value"])
    )
    return Score(title, value, f"{score.title.removeprefix('Test ')} {score.value}, {score.detail}")


class TaskSections(Protocol):
    """How a task's studies are told."""

    noun: str
    """What was tried: `network`."""
    caveat: str
    """What is to be thought of the best value that the search measured."""

    def found(self, metric: Metric, value: float) -> str:
        """Return what the best trial does, by the objective."""
        ...

    def data(self, settings: Settings) -> Table:
        """Return what is to be said of the data besides how much there is."""
        ...

    def judgement(self, test: Mapping[str, JSON]) -> Judgement | None:
        """Return what is to be said of the test; None where it cannot be told."""
        ...


class PlainSections:
    """Of a task that adds nothing. Implements TaskSections."""

    noun = "configuration"
    caveat = "as the search measured it, which chose by it: expect worse on unseen data"

    def found(self, metric: Metric, value: float) -> str:
        """Return what the best trial does, by the objective."""
        return f"has a {metric.title} of {written(metric, value)}"

    def data(self, settings: Settings) -> Table:  # noqa: ARG002
        """Return nothing more of the data."""
        return ()

    def judgement(self, test: Mapping[str, JSON]) -> Judgement | None:  # noqa: ARG002
        """Return nothing, since nobody knows how to read the test."""
        return None
