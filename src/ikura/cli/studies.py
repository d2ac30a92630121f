"""`ikura list`, `show`, `report`, `import`, `stop` and `delete`: look at what is stored, and manage it."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from ikura.cli.json_output import print_document, study_document
from ikura.cli.layout import listed, show, stdout_console, unbroken
from ikura.cli.options import Json, StoreUrl, Study, write_text
from ikura.cli.showing import ROW, row, status, whole
from ikura.cli.wording import on_study, plain
from ikura.errors import SettingError, UnknownStore
from ikura.records import DamagedStudy, History, StudyRecord
from ikura.space import Space
from ikura.store import Store, data_folder, open_store, read_whole


def list_studies(store: StoreUrl = None) -> None:
    """List all studies, the newest first."""
    try:
        with open_store(store, must_exist=True) as database:
            place, rows = database.url, [row(database, study) for study in database.studies()]
    except UnknownStore:
        if store is not None:
            raise
        place, rows = str(data_folder()), []
    if not rows:
        show(stdout_console(), [unbroken(f"No studies yet in {plain(place)}; begin one: ikura tune digits")])
        return
    show(stdout_console(), [listed(ROW, rows, right=("result", "trials"))])


def show_study(study: Study, store: StoreUrl = None, as_json: Json = False) -> None:
    """Show what a study found, or how far it is."""
    record, space, history = _read(study, store)
    if as_json:
        print_document(study_document(record, space, history))
    else:
        show(stdout_console(), whole(record, space, history, store))


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
    show(stdout_console(), [unbroken(plain(path))])


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
    from ikura.exchange import PREFIX, from_optuna

    if not source.startswith(PREFIX):
        raise SettingError(
            f"import: {source!r} is no place of studies; it must be {PREFIX} and an address of Optuna's storage, as "
            f"{PREFIX}sqlite:///x.db: give another"
        )
    imported = from_optuna(source.removeprefix(PREFIX), study)
    called = imported.name if name is None else name
    with open_store(store) as database:
        imported.write(database, called)
    show(stdout_console(), [unbroken(on_study("show", called, store))])


def stop(study: Study, store: StoreUrl = None) -> None:
    """Stop a study that another process runs, as Ctrl-C there would."""
    with open_store(store, must_exist=True) as database:
        record = _find(database, study)
        if record.writer is None:
            state = "damaged" if isinstance(record, DamagedStudy) else status(record)
            raise SettingError(
                f"{study}: nobody runs it, it is {state}; only a study that is running can be stopped: see `ikura list`"
            )
        from ikura.study import STOP

        database.send(study, STOP, {})
    show(stdout_console(), [unbroken(f"It stops soon; to go on: {on_study('resume', study, store)}")])


def delete(
    study: Study,
    store: StoreUrl = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a study from the store; its folder of results stays."""
    with open_store(store, must_exist=True) as database:
        record = _find(database, study)
        if record.writer is not None:
            raise SettingError(
                f"{study}: it is being written by {record.writer}; end that first: {on_study('stop', study, store)}"
            )
        if not yes and not sys.stdin.isatty():
            raise SettingError(
                f"{study}: nothing was removed, since nobody can be asked; it must be confirmed: say --yes"
            )
        if not yes:
            typer.confirm(f"Remove {plain(study)} and all its trials?", abort=True, err=True)
        from ikura.study import delete_study

        delete_study(database, record)


def _find(store: Store, name: str) -> StudyRecord | DamagedStudy:
    """Return a study, be it damaged; UnknownStudy where there is none."""
    found = [study for study in store.studies() if study.name == name]
    return found[0] if found else store.study(name)


def _read(name: str, store: str | None) -> tuple[StudyRecord, Space, History]:
    with open_store(store, must_exist=True) as database:
        return read_whole(database, name)
