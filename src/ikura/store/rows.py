"""Records to rows and back, exactly."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.errors import StoreError
from ikura.records import METRICS, Region, Shares, Span, TrialResult
from ikura.store.protocol import JSON


def to_json(value: JSON) -> str:
    """Write as text; ValueError where JSON lacks the number."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def from_json(text: str) -> JSON:
    """Read what the text says; StoreError where it is not JSON."""
    try:
        return json.loads(text, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise StoreError(
            f"store: {text[:40]!r} should be JSON, but it was changed outside of Ikura: restore the database"
        ) from error


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no number of JSON's")
    return value


def storable(text: str) -> str:
    """Escape what no database keeps: bytes of file names that are no text, and NUL, which PostgreSQL refuses."""
    return text.encode(errors="backslashreplace").decode().replace("\0", r"\x00")


def plain(document: JSON) -> JSON:
    """Turn a document into JSON's own types, with null for NaN and infinity, which JSON lacks."""
    if isinstance(document, np.generic):
        document = document.item()
    if isinstance(document, Mapping):
        return {name: plain(value) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [plain(value) for value in document]
    if isinstance(document, float) and not math.isfinite(document):
        return None
    return document


def metric_rows(study_id: int, results: Iterable[TrialResult]) -> list[tuple[Any, ...]]:
    """Make a row (study, trial, epoch, *METRICS) for every trial and epoch; None where nothing was measured."""
    rows: list[tuple[Any, ...]] = []
    for result in results:
        columns = [_nullable(result.curves[metric]) for metric in METRICS]
        epochs = len(columns[0])
        rows.extend(zip([study_id] * epochs, [result.number] * epochs, range(epochs), *columns, strict=True))
    return rows


def _nullable(curve: NDArray[np.float32]) -> list[float | None]:
    # Added to 0, -0 becomes 0, as which SQLite would return it.
    values = np.asarray(curve, dtype=np.float32) + np.float32(0)
    if not np.isnan(values).any():
        return values.tolist()
    return [None if math.isnan(value) else value for value in values.tolist()]


def fill_curves(curves: Mapping[str, NDArray[np.float32]], rows: Sequence[Sequence[Any]]) -> None:
    """Put rows of (trial, epoch, *METRICS) in their places in the arrays [trial, epoch]."""
    trial, epoch, *columns = zip(*rows, strict=True)
    place = np.array(trial), np.array(epoch)
    with np.errstate(over="raise"):  # what no float32 was
        for metric, column in zip(METRICS, columns, strict=True):
            curves[metric][place] = np.array(column, dtype=np.float32)


def region_to_json(region: Region) -> JSON:
    """Make one document, in which `kind` tells a span from shares."""
    kinds = [{"kind": "span" if isinstance(part, Span) else "shares", **asdict(part)} for part in region.dimensions]
    return plain({"round": region.round, "trials": region.trials, "dimensions": kinds})


def region_from_json(document: JSON) -> Region:
    """Make the region of which `region_to_json` made the document."""
    return Region(document["round"], document["trials"], tuple(_evidence(part) for part in document["dimensions"]))


def _evidence(part: JSON) -> Span | Shares:
    fields = dict(part)
    if fields.pop("kind") == "span":
        return Span(**fields)
    fields["counts"] = tuple((option, count) for option, count in fields["counts"])
    return Shares(**fields)
