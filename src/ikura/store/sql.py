"""A store in a relational database, in SQL that all of them speak."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Self, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from ikura.errors import StoreError, StudyExists, UnknownStudy
from ikura.records import (
    JSON,
    DamagedStudy,
    Decision,
    Edit,
    Event,
    History,
    JobResult,
    Metric,
    Outcome,
    Region,
    Settings,
    Status,
    StudyRecord,
    Trial,
)
from ikura.store.claims import BEAT_SECONDS, beat, check_unclaimed, drop, hold
from ikura.store.database import Database
from ikura.store.heartbeat import Heartbeat
from ikura.store.history import read_history
from ikura.store.measurements import measurements_of
from ikura.store.names import check_name, unknown_study
from ikura.store.protocol import Command
from ikura.store.reading import (
    read_commands,
    read_decisions,
    read_events,
    read_settings,
    read_studies,
    read_study,
)
from ikura.store.schema import claims, commands, decisions, events, studies, trials
from ikura.store.serialization import plain, storable
from ikura.store.versions import is_current, make_current
from ikura.store.writing import Write

T = TypeVar("T")


class SqlStore:
    """A Store over a database. Raises StoreError, here too, where it is not one for this Ikura."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._token = uuid4().hex
        self._held: set[int] = set()
        self._metrics: dict[int, tuple[str, ...]] = {}
        self._heartbeat = Heartbeat(self._beat, BEAT_SECONDS)
        self.url = database.url
        # Nobody waits long for a server that was never there.
        once = database.impatient()
        if not once.read(lambda connection: is_current(connection, self.url)):
            once.write(lambda connection: make_current(connection, self.url))

    def create(self, name: str, settings: Settings, space: str) -> None:
        """Keep a study without trials; the name is looked up in the same transaction."""
        check_name(name)
        write, time, kept = uuid4().hex, datetime.now(UTC), plain(settings.to_json())

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
            row = {"name": name, "created": time, "status": "running", "settings": kept, "space": space}
            made = connection.execute(insert(studies).values(row))
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
        return self._read(name, lambda connection, study_id: read_study(connection, study_id, name))

    def studies(self) -> list[StudyRecord | DamagedStudy]:
        """Read them all."""
        return self._database.read(read_studies)

    def add_round(
        self, name: str, trials: Sequence[Trial], region: Region | None, decisions: Sequence[Decision] = ()
    ) -> None:
        """Write one row for the round, one for each trial and one for each decision."""

        def work(connection: Connection, study_id: int) -> None:
            write = Write(connection, study_id, name)
            write.take_round(trials, region)
            write.take_decisions(decisions)
            write.finish()

        self._change(name, work)

    def write(self, name: str, results: Sequence[JobResult], decisions: Sequence[Decision] = ()) -> None:
        """Write where the trials stand, one row for each number that was measured, and one for each decision."""
        ordered = sorted(results, key=lambda result: result.number)

        def work(connection: Connection, study_id: int) -> None:
            write = Write(connection, study_id, name)
            if ordered:
                metrics = self._metrics_of(connection, study_id, name)
                write.take_results(ordered, metrics)
                self._database.insert_metrics(connection, study_id, measurements_of(ordered, metrics))
            if ordered or decisions:
                write.take_decisions(decisions)
                write.finish()

        self._change(name, work)

    def add_metrics(self, name: str, metrics: Sequence[Metric]) -> None:
        """Change one row."""

        def work(connection: Connection, study_id: int) -> None:
            settings = read_settings(connection, study_id, name)
            known = {metric.name for metric in settings.metrics}
            grown = (*settings.metrics, *(metric for metric in metrics if metric.name not in known))
            kept = plain(replace(settings, metrics=grown).to_json())
            _update(connection, study_id, settings=kept)
            self._metrics.pop(study_id, None)

        self._change(name, work)

    def revise(
        self,
        name: str,
        settings: Settings,
        space: str,
        trials: Sequence[Trial] = (),
        edits: Mapping[int, Sequence[Edit]] = MappingProxyType({}),
    ) -> None:
        """Change the study's row, and those of the trials that are another's."""
        kept = plain(settings.to_json())

        def work(connection: Connection, study_id: int) -> None:
            _update(connection, study_id, settings=kept, space=space, status="running", outcome=None)
            write = Write(connection, study_id, name)
            write.change_configs(trials, edits)
            write.finish()

        self._change(name, work, final=False)

    def decisions(self, name: str) -> list[Decision]:
        """Read the study's rows."""
        return self._read(name, read_decisions)

    def add_event(self, name: str, kind: str, message: str) -> None:
        """Write one row."""
        values = {"time": datetime.now(UTC), "kind": kind, "message": storable(message)}
        self._change(
            name,
            lambda connection, study_id: connection.execute(insert(events).values(study_id=study_id, **values)),
        )

    def events(self, name: str) -> list[Event]:
        """Read the study's rows."""
        return self._read(name, read_events)

    def send(self, name: str, kind: str, arguments: Mapping[str, JSON]) -> None:
        """Write one row."""
        values = {"time": datetime.now(UTC), "kind": kind, "arguments": plain(arguments)}
        tried = False

        def work(connection: Connection) -> None:
            nonlocal tried
            study_id, status = self._find(connection, name)
            if status == "complete":
                raise _complete(name)
            # Numbers become visible in their order: whoever sends meanwhile waits for this row.
            connection.execute(select(studies.c.id).where(studies.c.id == study_id).with_for_update())
            sent = select(commands.c.id).where(commands.c.study_id == study_id, commands.c.time == values["time"])
            if tried and connection.execute(sent.where(commands.c.kind == kind)).first():
                return  # it was committed, but the answer was lost
            tried = True
            connection.execute(insert(commands).values(study_id=study_id, **values))

        self._database.write(work)

    def commands(self, name: str, after: int) -> list[Command]:
        """Read the study's rows."""
        return self._read(name, lambda connection, study_id: read_commands(connection, study_id, after))

    def set_status(self, name: str, status: Status) -> None:
        """Change one row."""
        self._change(name, lambda connection, study_id: _update(connection, study_id, status=status))

    def finish(self, name: str, outcome: Outcome) -> None:
        """Change one row."""
        found = plain(outcome.to_json())
        self._change(name, lambda connection, study_id: _update(connection, study_id, status="complete", outcome=found))

    def history(self, name: str, since: History | None = None) -> History:
        """Read everything that is new in one snapshot."""

        def work(connection: Connection, study_id: int) -> History:
            revision = connection.execute(select(studies.c.revision).where(studies.c.id == study_id)).scalar_one()
            # One of another study of that name is of no use.
            if since is not None and since.study == study_id and since.revision == revision:
                return since
            settings = read_settings(connection, study_id, name)
            if since is not None and since.study == study_id:
                new = settings.metrics[len(since.metrics) :]
                return read_history(connection, study_id, revision, since.with_metrics(new) if new else since)
            return read_history(connection, study_id, revision, History.of(settings))

        return self._read(name, work)

    def delete(self, name: str) -> None:
        """Delete one row; all others of the study would go with it, those that no index finds in quadratic time."""
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
            for table in (decisions, trials):
                connection.execute(delete(table).where(table.c.study_id == study_id))
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

    def _change(self, name: str, work: Callable[[Connection, int], object], *, final: bool = True) -> None:
        """Do the work in a transaction that holds the claim on the study, and do it once.

        A study that is complete is final, but for what takes that back.
        """
        write = uuid4().hex

        def once(connection: Connection) -> int:
            study_id, status = self._find(connection, name)
            held = study_id in self._held
            if hold(connection, study_id, name, self._token, write, held=held):
                if final and status == "complete":
                    raise _complete(name)
                work(connection, study_id)
            return study_id

        self._holds(self._database.write(once))

    def _read(self, name: str, work: Callable[[Connection, int], T]) -> T:
        return self._database.read(lambda connection: work(connection, self._find(connection, name)[0]))

    def _metrics_of(self, connection: Connection, study_id: int, name: str) -> tuple[str, ...]:
        """Return the names of the study's metrics, which only this store adds to."""
        if study_id not in self._metrics:
            settings = read_settings(connection, study_id, name)
            self._metrics[study_id] = tuple(metric.name for metric in settings.metrics)
        return self._metrics[study_id]

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


def _complete(name: str) -> StoreError:
    return StoreError(f"study {name!r} is complete; nothing is added to what it found: begin another study")


def _update(connection: Connection, study_id: int, **values: JSON) -> None:
    connection.execute(update(studies).where(studies.c.id == study_id).values(values))
