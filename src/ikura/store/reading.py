"""Rows of a study into what a store hands out, but for its history."""

from collections.abc import Mapping
from itertools import chain
from typing import Any, get_args

from sqlalchemy import Connection, Row, Text, cast, select

from ikura.records import JSON, DamagedError, DamagedStudy, Decision, Event, Outcome, Settings, Status, StudyRecord
from ikura.records.shapes import check, is_text, one_of
from ikura.store.claims import in_words, lives
from ikura.store.damage import damaged
from ikura.store.integrity import check_test
from ikura.store.protocol import Command
from ikura.store.schema import claims, commands, decisions, events, studies
from ikura.store.serialization import decision_from_row, from_json


def read_study(connection: Connection, study_id: int, name: str) -> StudyRecord:
    """Read one study; StoreError where what is kept of it is damaged."""
    (found,) = read_studies(connection, study_id)
    if isinstance(found, DamagedStudy):
        raise damaged(name, found.wrong)
    return found


def read_studies(connection: Connection, study_id: int | None = None) -> list[StudyRecord | DamagedStudy]:
    """Read all studies, newest first, or the one; ids grow, whatever the clock does."""
    # As text, so that one that is no JSON does not keep the others from being read.
    documents = (cast(studies.c[name], Text).label(name) for name in ("settings", "outcome"))
    columns = (studies.c[name] for name in ("id", "name", "created", "status", "space"))
    chosen = select(*columns, *documents).order_by(studies.c.id.desc())
    claimed = select(claims)
    if study_id is not None:
        chosen, claimed = chosen.where(studies.c.id == study_id), claimed.where(claims.c.study_id == study_id)
    writers = {claim.study_id: in_words(claim) for claim in connection.execute(claimed) if lives(connection, claim)}
    return [_study(row, writers.get(row.id)) for row in connection.execute(chosen)]


def _study(row: Row[Any], writer: str | None) -> StudyRecord | DamagedStudy:
    check_texts(row.name)
    if row.status == "complete":
        writer = None
    try:
        kept = {"status": row.status, "space": row.space}
        check(kept, {"status": one_of(*get_args(Status)), "space": is_text}, "study")
        settings = Settings.from_json(from_json(row.settings))
        outcome = None if row.outcome is None else _outcome(from_json(row.outcome), settings)
    except DamagedError as error:
        return DamagedStudy(row.name, row.created, str(error), writer)
    return StudyRecord(
        name=row.name,
        created=row.created,
        # A writer that was killed could not say that it stopped.
        status="interrupted" if row.status == "running" and writer is None else row.status,
        settings=settings,
        space=row.space,
        outcome=outcome,
        writer=writer,
    )


def _outcome(document: JSON, settings: Settings) -> Outcome | None:
    if document is None:
        return None
    outcome = Outcome.from_json(document)
    # Every list of studies shows it.
    check_test(settings, outcome)
    return outcome


def read_settings(connection: Connection, study_id: int, name: str) -> Settings:
    """Read a study's settings; StoreError where they are damaged."""
    text = connection.execute(select(cast(studies.c.settings, Text)).where(studies.c.id == study_id)).scalar_one()
    try:
        return Settings.from_json(from_json(text))
    except DamagedError as error:
        raise damaged(name, error) from error


def read_events(connection: Connection, study_id: int) -> list[Event]:
    """Read by id, which grows, whatever the clock does."""
    chosen = select(events.c.time, events.c.kind, events.c.message)
    rows = connection.execute(chosen.where(events.c.study_id == study_id).order_by(events.c.id))
    found = [Event(*row) for row in rows]
    check_texts(*chain.from_iterable((event.kind, event.message) for event in found))
    return found


def read_decisions(connection: Connection, study_id: int) -> list[Decision]:
    """Read them in their order."""
    rows = connection.execute(select(decisions).where(decisions.c.study_id == study_id).order_by(decisions.c.number))
    return [decision_from_row(row) for row in rows]


def read_commands(connection: Connection, study_id: int, after: int) -> list[Command]:
    """Read those with ids above `after`, in their order."""
    chosen = select(commands.c.id, commands.c.kind, commands.c.arguments)
    new = (commands.c.study_id == study_id, commands.c.id > after)
    found = [Command(*row) for row in connection.execute(chosen.where(*new).order_by(commands.c.id))]
    check_texts(*(command.kind for command in found))
    if not all(isinstance(command.arguments, Mapping) for command in found):
        raise TypeError("no arguments")
    return found


def check_texts(*values: object) -> None:
    """Raise TypeError unless all are texts; SQLite keeps a value of any type in any column."""
    if not all(isinstance(value, str) for value in values):
        raise TypeError("no text")
