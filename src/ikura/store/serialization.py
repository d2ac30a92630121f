"""Records to documents and rows, and back, exactly."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import Any, Protocol

import numpy as np

from ikura.records import (
    JSON,
    CopyFrom,
    DamagedError,
    Decision,
    Edit,
    GoOn,
    OptionCounts,
    Region,
    Source,
    Span,
    Stop,
)
from ikura.records.shapes import is_whole


class DecisionKind(StrEnum):
    """What the column `kind` of the table `decisions` says."""

    GO_ON = "go on"
    STOP = "stop"
    COPY = "copy"


def to_json(value: JSON) -> str:
    """Return the text; ValueError where JSON lacks the number."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def from_json(text: str) -> JSON:
    """Return what the text says; DamagedError where it is not JSON."""
    try:
        return json.loads(text, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"{text[:40]!r} should be JSON") from error


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no number of JSON's")
    return value


def storable(text: str) -> str:
    """Escape what no database keeps: bytes of file names that are no text, and NUL, which PostgreSQL refuses."""
    return text.encode(errors="backslashreplace").decode().replace("\0", r"\x00")


def plain(document: JSON) -> JSON:
    """Return a document in JSON's own types, with null for NaN and infinity, which JSON lacks."""
    if isinstance(document, np.generic):
        document = document.item()
    if isinstance(document, Mapping):
        return {name: plain(value) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [plain(value) for value in document]
    if isinstance(document, float) and not math.isfinite(document):
        return None
    return document


def region_to_json(region: Region) -> JSON:
    """Return one document, in which `kind` tells a span from an option's shares."""
    kinds = [{"kind": "span" if isinstance(part, Span) else "shares", **asdict(part)} for part in region.dimensions]
    return plain({"round": region.round, "trials": region.trials, "dimensions": kinds})


def region_from_json(document: JSON) -> Region:
    """Return the region of which `region_to_json` made the document."""
    return Region(document["round"], document["trials"], tuple(_evidence(part) for part in document["dimensions"]))


def _evidence(part: JSON) -> Span | OptionCounts:
    fields = dict(part)
    if fields.pop("kind") == "span":
        return Span(**fields)
    fields["counts"] = tuple((option, count) for option, count in fields["counts"])
    return OptionCounts(**fields)


def decision_to_row(decision: Decision) -> dict[str, JSON]:
    """Return the columns of the table `decisions` that say what was decided."""
    match decision:
        case GoOn():
            kind, until, source, config = DecisionKind.GO_ON, decision.until, None, None
        case Stop():
            kind, until, source, config = DecisionKind.STOP, None, None, None
        case CopyFrom():
            kind, until, source, config = DecisionKind.COPY, decision.until, decision.source, dict(decision.config)
    return {"trial": decision.trial, "kind": kind.value, "until": until, **_source_columns(source), "config": config}


class _Row(Protocol):
    """A row of `decisions` or `edits`."""

    def __getattr__(self, name: str) -> Any: ...


def decision_from_row(row: _Row) -> Decision:
    """Return the decision of which `decision_to_row` made the columns."""
    trial, until = _whole(row.trial), row.until
    match row.kind:
        case DecisionKind.GO_ON:
            return GoOn(trial, _whole(until))
        case DecisionKind.STOP:
            return Stop(trial)
        case DecisionKind.COPY:
            return CopyFrom(trial, _source(row), row.config, _whole(until))
        case kind:
            raise DamagedError(f"a decision is {kind!r}")


def edit_to_row(edit: Edit) -> dict[str, JSON]:
    """Return the columns of the table `edits` that say what was changed."""
    return {"epoch": edit.epoch, "config": dict(edit.config), **_source_columns(edit.source)}


def edit_from_row(row: _Row) -> Edit:
    """Return the edit of which `edit_to_row` made the columns."""
    return Edit(_whole(row.epoch), row.config, None if row.source_trial is None else _source(row))


def _source_columns(source: Source | None) -> dict[str, JSON]:
    return {"source_trial": source and source.trial, "source_epoch": source and source.epoch}


def _source(row: _Row) -> Source:
    return Source(_whole(row.source_trial), _whole(row.source_epoch))


def _whole(value: JSON) -> int:
    if not is_whole(value):
        raise DamagedError(f"{value!r} should be a whole number")
    return value
