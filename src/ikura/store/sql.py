"""A store in a relational database, in SQL that all of them speak."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Self
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from ikura.errors import StoreError, StudyExists, UnknownStudy
from ikura.records import History, Region, Trial, TrialResult, TrialState
from ikura.store import schema
from ikura.store.checks import check_results, check_round
from ikura.store.claims import BEAT_SECONDS, beat, check_unclaimed, drop, hold
from ikura.store.database import Database
from ikura.store.heartbeat import Heartbeat
from ikura.store.names import check_name, unknown_study
from ikura.store.protocol import JSON, Event, Status, StudyRecord
from ikura.store.reading import read_events, read_history, read_studies
from ikura.store.rows import metric_rows, plain, region_to_json, storable
from ikura.store.schema import claims, events, rounds, studies, trials
from ikura.store.versions import is_current, make_current


class SqlStore:
    """A Store over a database. Raises StoreError, here too, where it is not one for this Ikura."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._token = uuid4().hex
        self._held: set[int] = set()
        self._heartbeat = Heartbeat(self._beat, BEAT_SECONDS)
        self.url = database.url
        # Nobody waits long for a server that was never there.
        once = database.impatient()
        if not once.read(lambda connection: is_current(connection, self.url)):
            once.write(lambda connection: make_current(connection, self.url))

    def create(self, name: str, *, settings: Mapping[str, JSON], space: str) -> None:
        """Keep a study without trials; the name is looked up in the same transaction."""
        check_name(name)
        write, time = uuid4().hex, datetime.now(UTC)

        def work(connection: Connection) -> int:
            there = connection.execute(
                select(studies.c.id, studies.c.created, claims.c.last_write)
                .outerjoin(claims, claims.c.study_id == studies.c.id)
                .where(studies.c.name == name)
            ).one_or_none()
            if there is not None and there.last_write == write:
                return there.id
            if there is not None:
                raise StudyExists(
                    f"name: {name!r} is a study of {there.created:%Y-%m-%d %H:%M} UTC; a name belongs to one study: "
                    f"give another --name, or go on with --resume or `ikura resume {shlex.quote(name)}`"
                )
            made = connection.execute(
                insert(studies).values(name=name, created=time, status="running", settings=plain(settings), space=space)
            )
            assert made.inserted_primary_key is not None
            (study_id,) = made.inserted_primary_key
            hold(connection, study_id, name, self._token, write, held=False)
            return study_id

        self._holds(self._database.write(work))

    def claim(self, name: str) -> None:
        """Take the row of the claim."""
        self._change(name, lambda *_: None)

    def study(self, name: str) -> StudyRecord:
        """Read one row, and its claim."""
        return self._database.read(lambda connection: read_studies(connection, self._find(connection, name)[0])[0])

    def studies(self) -> list[StudyRecord]:
        """Read them all."""
        return self._database.read(read_studies)

    def add_round(self, name: str, trials: Sequence[Trial], region: Region | None) -> None:
        """Write one row for the round and one for each trial."""

        def work(connection: Connection, study_id: int) -> None:
            check_round(connection, study_id, name, trials)
            connection.execute(
                insert(rounds).values(
                    study_id=study_id, round=trials[0].round, region=region and region_to_json(region)
                )
            )
            connection.execute(
                insert(schema.trials),
                [
                    {
                        "study_id": study_id,
                        "number": trial.number,
                        "round": trial.round,
                        "state": TrialState.WAITING.value,
                        "config": dict(trial.config),
                    }
                    for trial in trials
                ],
            )

        self._change(name, work)

    def write_results(self, name: str, results: Sequence[TrialResult]) -> None:
        """Write the states and one row for each epoch, in the order of the key."""
        ordered = sorted(results, key=lambda result: result.number)

        def work(connection: Connection, study_id: int) -> None:
            if not ordered:
                return
            check_results(connection, study_id, name, ordered)
            connection.execute(
                update(trials)
                .where(trials.c.study_id == study_id, trials.c.number == bindparam("of"))
                .values(state=bindparam("to"), error=bindparam("why")),
                [
                    {"of": result.number, "to": result.state.value, "why": result.error and storable(result.error)}
                    for result in ordered
                ],
            )
            if rows := metric_rows(study_id, ordered):
                self._database.insert_metrics(connection, rows)

        self._change(name, work)

    def add_event(self, name: str, kind: str, message: str) -> None:
        """Write one row."""
        values = {"time": datetime.now(UTC), "kind": kind, "message": storable(message)}
        self._change(
            name,
            lambda connection, study_id: connection.execute(insert(events).values(study_id=study_id, **values)),
        )

    def events(self, name: str) -> list[Event]:
        """Read the study's rows."""
        return self._database.read(lambda connection: read_events(connection, self._find(connection, name)[0]))

    def set_status(self, name: str, status: Status) -> None:
        """Change one row."""
        self._change(name, lambda connection, study_id: _update(connection, study_id, status=status))

    def finish(self, name: str, outcome: Mapping[str, JSON]) -> None:
        """Change one row."""
        found = plain(outcome)
        self._change(name, lambda connection, study_id: _update(connection, study_id, status="complete", outcome=found))

    def history(self, name: str) -> History:
        """Read everything in one snapshot."""
        return self._database.read(lambda connection: read_history(connection, self._find(connection, name)[0]))

    def delete(self, name: str) -> None:
        """Delete one row; all others of the study go with it."""
        tried = False

        def work(connection: Connection) -> int | None:
            nonlocal tried
            try:
                study_id, _ = self._find(connection, name)
            except UnknownStudy:
                if tried:  # and committed, but the answer was lost
                    return None
                raise
            tried = True
            check_unclaimed(connection, study_id, name, self._token)
            connection.execute(delete(studies).where(studies.c.id == study_id))
            return study_id

        if (study_id := self._database.write(work)) is not None:
            self._held.discard(study_id)

    def close(self) -> None:
        """Give up the claims, and close the connections."""
        self._heartbeat.stop()
        if self._held:
            self._held.clear()
            # A database that is away keeps the claims, which lapse.
            with suppress(StoreError):
                self._database.impatient().write(lambda connection: drop(connection, self._token))
        self._database.writer.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _change(self, name: str, work: Callable[[Connection, int], object]) -> None:
        """Do the work in a transaction that holds the claim on the study, and do it once."""
        write = uuid4().hex

        def once(connection: Connection) -> int:
            study_id, status = self._find(connection, name)
            held = study_id in self._held
            if hold(connection, study_id, name, self._token, write, held=held):
                if status == "complete":
                    raise StoreError(
                        f"study {name!r} is complete; nothing is added to what it found: begin another study"
                    )
                work(connection, study_id)
            return study_id

        self._holds(self._database.write(once))

    def _holds(self, study_id: int) -> None:
        self._held.add(study_id)
        self._heartbeat.start()

    def _beat(self) -> None:
        # Trouble with the database is the next write's to tell.
        with suppress(DBAPIError, StoreError), self._database.writer.begin() as connection:
            beat(connection, self._token)

    def _find(self, connection: Connection, name: str) -> tuple[int, Status]:
        # A name that cannot be kept is not asked for: the driver would choke on half a surrogate pair.
        if name.isprintable():
            row = connection.execute(select(studies.c.id, studies.c.status).where(studies.c.name == name)).one_or_none()
            if row is not None:
                return row.id, row.status
        raise unknown_study(name, connection.scalars(select(studies.c.name)).all(), self.url)


def _update(connection: Connection, study_id: int, **values: JSON) -> None:
    connection.execute(update(studies).where(studies.c.id == study_id).values(values))
