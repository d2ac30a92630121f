"""`ikura list`, `ikura show`, `ikura report` and `ikura export`: look at what is stored."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import RenderableType
from rich.text import Text

from ikura.cli.answer import answer
from ikura.cli.documents import print_document, study_document
from ikura.cli.layout import answers, lined_up, listed, show, unbroken
from ikura.cli.options import Json, StoreUrl, Study, write_text
from ikura.cli.phrases import data_in_words, plan_in_words, search_in_words
from ikura.cli.theme import QUIET
from ikura.cli.wording import number, on_study, path_in_words, percent, plain
from ikura.errors import SettingError, StoreError, UnknownStore
from ikura.records import Config, History, TrialState
from ikura.report.words import can_go_on, count
from ikura.space import Space
from ikura.store import (
    StudyRecord,
    check_documents,
    data_folder,
    is_imported,
    open_store,
    read_whole,
    without_password,
)

BEST = 10
"""How many trials `show` lists."""


def list_studies(store: StoreUrl = None) -> None:
    """List all studies, the newest first."""
    try:
        with open_store(store, must_exist=True) as database:
            studies, place = database.studies(), database.url
    except UnknownStore:
        if store is not None:
            raise
        studies, place = [], str(data_folder())
    if not studies:
        show(answers(), [unbroken(f"No studies yet in {plain(place)}; begin one: ikura tune digits")])
        return
    headings = ("study", "status", "test accuracy", "trials", "begun", "data")
    show(answers(), [listed(headings, list(map(_row, studies)), right=("test accuracy", "trials"))])


def _row(study: StudyRecord) -> tuple[str, ...]:
    try:
        check_documents(study.name, study.settings, study.outcome)
    except StoreError:
        return plain(study.name), "damaged", "–", "–", _local(study), "–"
    return (
        plain(study.name),
        _status(study),
        percent(study.outcome["test"]["accuracy"]) if study.outcome else "–",
        _trials(study),
        _local(study),
        "–" if is_imported(study.settings) else plain(path_in_words(study.settings["data"])),
    )


def show_study(study: Study, store: StoreUrl = None, as_json: Json = False) -> None:
    """Show what a study found, or how far it is."""
    record, _, history = _read(study, store)
    if as_json:
        print_document(study_document(record, history))
    else:
        show(answers(), _study(record, history, store))


def report(
    study: Study,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write; by default STUDY.html in this folder.")
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Write a study's report, one HTML page."""
    record, space, history = _read(study, store)
    from ikura.report import render

    path = Path(re.sub(r"[^\w.-]+", "-", study) + ".html") if out is None else out
    write_text(path, render(record, space, history))
    show(answers(), [unbroken(plain(path))])


def export(
    study: Study,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="WHERE", help="FILE.csv, FILE.parquet, or optuna:ADDRESS, as optuna:sqlite:///x.db."
        ),
    ],
    store: StoreUrl = None,
) -> None:
    """Write a study's trials for other programs."""
    record, _, history = _read(study, store)
    from ikura.study.export import export

    export(record, history, to)
    show(answers(), [unbroken(plain(without_password(to)))])


def import_study(
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="optuna:ADDRESS, as optuna:sqlite:///x.db or optuna:postgresql://...")
    ],
    study: Annotated[
        str | None, typer.Option(metavar="STUDY", help="Which of its studies; may be left out where there is one.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call it; by default as it is called.")
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Take a study from Optuna's storage."""
    from ikura.study.optuna import PREFIX, from_optuna

    if not source.startswith(PREFIX):
        raise SettingError(
            f"import: {source!r} is no place of studies; it must be {PREFIX} and an address of Optuna's storage, as "
            f"{PREFIX}sqlite:///x.db: give another"
        )
    imported = from_optuna(source.removeprefix(PREFIX), study)
    called = imported.name if name is None else name
    with open_store(store) as database:
        imported.write(database, called)
    show(answers(), [unbroken(on_study("show", called, store))])


def delete(
    study: Study,
    store: StoreUrl = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a study from the store; its folder of results stays."""
    with open_store(store, must_exist=True) as database:
        record = database.study(study)
        if record.writer is not None:
            raise SettingError(f"{study}: it is being written by {record.writer}; end that first")
        if not yes and not sys.stdin.isatty():
            raise SettingError(
                f"{study}: nothing was removed, since nobody can be asked; it must be confirmed: say --yes"
            )
        if not yes:
            typer.confirm(f"Remove {plain(study)} and all its trials?", abort=True, err=True)
        database.delete(study)
        from ikura.study.run import remove_checkpoints

        remove_checkpoints(database, study)


def _read(name: str, store: str | None) -> tuple[StudyRecord, Space, History]:
    with open_store(store, must_exist=True) as database:
        return read_whole(database, name)


def _study(study: StudyRecord, history: History, store: str | None) -> Iterator[RenderableType]:
    yield Text.assemble((plain(study.name), "bold"), f"  {_status(study)}, begun {_local(study)}")
    if is_imported(study.settings):
        yield Text(". ".join(plain(note) for note in study.settings["notes"]))
        failed = f", {len(history.errors):,} of which failed" if history.errors else ""
        yield Text(f"{count(len(history.trials), 'trial')}{failed}.")
        if len(history.ranking):
            yield ""
            yield _best(study, history)
        return
    facts = [("data", data_in_words(study.settings)), ("search", search_in_words(study.settings))]
    if study.outcome is not None and study.outcome.get("planned"):
        facts.append(("plan", plan_in_words(study.outcome)))
    yield lined_up(facts)
    yield ""
    if study.outcome is None:
        yield from _unfinished(study, history, store)
    else:
        yield from answer(study)
    if len(history.ranking):
        yield ""
        yield _best(study, history)
    if history.errors:
        yield ""
        yield from _failures(history)


def _failures(history: History) -> Iterator[RenderableType]:
    """What trials failed with, most often first."""
    reasons = Counter(error.strip().splitlines()[-1] for error in history.errors.values() if error.strip())
    for reason, times in reasons.most_common(BEST):
        yield Text(f"{count(times, 'trial')} failed with {plain(reason)}")
    yield Text("The tracebacks: --json", style=QUIET)


def _unfinished(study: StudyRecord, history: History, store: str | None) -> Iterator[RenderableType]:
    measured = sum(state is not TrialState.WAITING for state in history.states)
    diverged = sum(state is TrialState.DIVERGED for state in history.states)
    lost = f", {diverged:,} of them diverged" if diverged else ""
    lost += f", {len(history.errors):,} failed" if history.errors else ""
    yield Text(f"{measured:,} of {count(study.settings['trials'], 'trial')} measured{lost}; the test set is untouched.")
    if can_go_on(study, history):
        yield unbroken(f"To go on: {on_study('resume', study.name, store)}")
    elif study.writer is None:
        yield unbroken(f"It cannot go on; to remove it: {on_study('delete', study.name, store)}")
    else:
        yield unbroken(f"It is being written by {plain(study.writer)}.")


def _best(study: StudyRecord, history: History) -> RenderableType:
    finals = {each["number"]: each["dev_accuracy"] for each in study.outcome["finalists"]} if study.outcome else {}
    accuracy, loss = history.final("dev_accuracy"), history.final("dev_loss")
    rows = [
        (
            str(place),
            str(history.trials[place].round + 1),
            percent(float(accuracy[place])),
            number(float(loss[place])),
            percent(_mean(finals.get(int(place), []))),
            _settings(history.trials[place].config),
        )
        for place in history.ranking[:BEST]
    ]
    headings = ("trial", "round", "dev accuracy", "dev loss", "in the finals", "configuration")
    return listed(headings, rows, right=headings[:-1])


def _mean(accuracies: list[float | None]) -> float | None:
    """None where it was not measured: not a finalist, or a network diverged."""
    measured = [each for each in accuracies if each is not None]
    return float(np.mean(measured)) if measured and len(measured) == len(accuracies) else None


def _settings(config: Config) -> str:
    return " ".join(f"{plain(name)}={number(value)}" for name, value in config.items())


def _status(study: StudyRecord) -> str:
    return "imported" if is_imported(study.settings) else study.status


def _trials(study: StudyRecord) -> str:
    """How many there are to be; of a finished study that used fewer, both."""
    wanted = study.settings["trials"]
    made = study.outcome["trials"] if study.outcome else wanted
    return f"{wanted:,}" if made == wanted else f"{made:,} of {wanted:,}"


def _local(study: StudyRecord) -> str:
    return f"{study.created.astimezone():%Y-%m-%d %H:%M}"
