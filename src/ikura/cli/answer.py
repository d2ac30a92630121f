"""The outcome of a study as a reader wants it: the answer first."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from ikura.cli.layout import lined_up, unbroken
from ikura.cli.theme import QUIET, ROE
from ikura.cli.wording import duration, number, path_in_words, percent, plain, shell
from ikura.report.words import count, unused_in_words
from ikura.store.protocol import StudyRecord

MANY_EXAMPLES = 2000
"""From so many test examples on, one in a thousand is worth a digit."""


def answer(study: StudyRecord) -> Iterator[RenderableType]:
    """The winner of a finished study, how good it is, what was tried, and where to go from here."""
    outcome = study.outcome
    assert outcome is not None
    best = outcome["best"]
    yield Text.assemble(("Best configuration", "bold"), f"  trial {best['number']}")
    yield lined_up([(plain(name), number(value)) for name, value in best["config"].items()])
    yield ""
    yield lined_up(_scores(outcome))
    yield ""
    yield Text(_tried(outcome))
    if (unused := unused_in_words(study.settings, outcome)) is not None:
        yield Text(unused, style=QUIET)
    for note in (*outcome.get("troubles", ()), *study.settings["notes"]):
        yield Text(f"Note: {plain(note)}.", style=QUIET)
    if outcome["model"] is not None:
        model = path_in_words(outcome["model"])
        yield ""
        yield unbroken(f"  model   {plain(model)}")
        yield unbroken(f"  report  {plain(Path(model) / 'report.html')}")
        yield ""
        yield Text("To classify new examples:")
        yield unbroken(shell("ikura", "predict", model, "new.csv"))


def _scores(outcome: Mapping[str, Any]) -> list[tuple[str | Text, ...]]:
    best, test = outcome["best"], outcome["test"]
    digits = 1 if test["examples"] < MANY_EXAMPLES else 2
    winner = next(each for each in outcome["finalists"] if each["number"] == best["number"])
    low, high = (percent(bound, digits) for bound in test["interval"])
    correct = f"{test['correct']:,} of {test['examples']:,} correct"
    return [
        (
            "dev accuracy",
            percent(best["dev_accuracy"], digits),
            f"mean of {count(len(winner['dev_accuracy']), 'seed')}",
        ),
        (
            "test accuracy",
            Text(percent(test["accuracy"], digits), style=f"bold {ROE}"),
            f"{correct}, 95 % interval {low} to {high}",
        ),
    ]


def _tried(outcome: Mapping[str, Any]) -> str:
    tried = f"Tried {count(outcome['trials'], 'configuration')} for {count(outcome['epochs'], 'epoch')}"
    each = " each" if outcome["trials"] > 1 else ""
    before = f" ({outcome['resumed']:,} of them before the study was resumed)" if outcome["resumed"] else ""
    lost = f"; {outcome['diverged']:,} diverged" if outcome["diverged"] else ""
    lost += f"; {outcome['failed']:,} failed" if outcome.get("failed") else ""
    return f"{tried}{each}{before} in {duration(outcome['seconds']['total'])}{lost}."
