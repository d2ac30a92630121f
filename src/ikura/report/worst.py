"""The worst mistakes on the test set, as tables: which rows they are, what is true and what was predicted."""

from collections.abc import Mapping
from dataclasses import dataclass

from ikura.records import JSON, Kind, Settings
from ikura.wording import number, percent


@dataclass(frozen=True, slots=True)
class WorstTable:
    """Of one target."""

    target: str | None
    """Its name, where there are several."""
    words: str
    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


CONFIDENT = "The examples with the most confidence in what is wrong. Look at them first: they may be labelled wrongly."
FAR_OFF = "The examples that are furthest off. Look at them first: they may be wrong in the data."


def worst_tables(test: Mapping[str, JSON], settings: Settings) -> tuple[WorstTable, ...]:
    """Return a table for each target of which there is a mistake; none of tests of before."""
    told = test.get("worst") or []
    several = len(told) > 1
    # A document that another program changed may tell of more targets than there are.
    pairs = zip(told, settings.targets, strict=False)
    return tuple(
        _table(each["mistakes"], target.kind, target.name if several else None)
        for each, target in pairs
        if each["mistakes"]
    )


def _table(mistakes: list[JSON], kind: Kind, target: str | None) -> WorstTable:
    if kind in (Kind.NUMBER, Kind.COUNT):
        rows = [
            (each["row"], number(each["true"]), number(each["predicted"]), number(each["predicted"] - each["true"]))
            for each in mistakes
        ]
        return WorstTable(target, FAR_OFF, ("row", "true", "predicted", "off by"), tuple(rows))
    label = kind is Kind.LABELS
    rows = [
        (
            each["row"],
            *([each["label"] or "–"] if label else []),
            str(each["true"]),
            str(each["predicted"]),
            "–" if each["confidence"] is None else percent(each["confidence"]),
        )
        for each in mistakes
    ]
    heading = ("row", *(["label"] if label else []), "true", "predicted", "confidence")
    return WorstTable(target, CONFIDENT, heading, tuple(rows))
