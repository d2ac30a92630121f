"""A store in a relational database, in SQL that all of them speak."""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, Row, bindparam, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from ikura.errors import StoreError, StudyExists
from ikura.records import METRICS, History, Region, Trial, TrialResult, TrialState
from ikura.store import schema
from ikura.store.names import check_name, unknown_study
from ikura.store.protocol import JSON, Event, Status, StudyRecord
from ikura.store.rows import fill_curves, metric_rows, plain, region_from_json, region_to_json
from ikura.store.schema import events, metrics, rounds, studies, trials

_ROWS_AT_ONCE = 50_000


class SqlStore:
    """A Store over an engine.

    A transaction that will write runs with the execution option `writes`; `explain` makes a line for the user of what
    the database says. Raises StoreError, here too, where the database is not one for this Ikura.
    """

    def __init__(self, engine: Engine, *, url: str, explain: Callable[[BaseException | None], str]) -> None:
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self._explain = explain
        self.url = url
        with self._reads() as connection:
            prepared = schema.is_prepared(connection, url)
        if not prepared:
            with self._writes() as connection:
                schema.prepare(connection, url)

    def create(self, name: str, *, settings: Mapping[str, JSON], space: str) -> None:
        """Keep a study without trials; the name is looked up in the same transaction."""
        check_name(name)
        with self._writes() as connection:
            created = connection.scalar(select(studies.c.created).where(studies.c.name == name))
            if created is not None:
                raise StudyExists(
                    f"name: {name!r} is a study of {created:%Y-%m-%d %H:%M} UTC; a name belongs to one study: "
                    f"give another --name, or go on with `ikura resume {shlex.quote(name)}`"
                )
            connection.execute(
                insert(studies).values(
                    name=name, created=datetime.now(UTC), status="running", settings=plain(settings), space=space
                )
            )

    def study(self, name: str) -> StudyRecord:
        """Read one row."""
        with self._reads() as connection:
            study_id = self._find(connection, name)
            return _record(connection.execute(select(studies).where(studies.c.id == study_id)).one())

    def studies(self) -> list[StudyRecord]:
        """Read them all; ids grow, whatever the clock does."""
        with self._reads() as connection:
            return [_record(row) for row in connection.execute(select(studies).order_by(studies.c.id.desc()))]

    def add_round(self, name: str, trials: Sequence[Trial], region: Region | None) -> None:
        """Write one row for the round and one for each trial."""
        with self._writes() as connection:
            study_id = self._find(connection, name)
            _check_round(connection, study_id, name, trials)
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

    def write_results(self, name: str, results: Sequence[TrialResult]) -> None:
        """Write the states and one row for each epoch, in the order of the key."""
        ordered = sorted(results, key=lambda result: result.number)
        with self._writes() as connection:
            study_id = self._find(connection, name)
            if not ordered:
                return
            _check_results(connection, study_id, name, ordered)
            connection.execute(
                update(trials)
                .where(trials.c.study_id == study_id, trials.c.number == bindparam("of"))
                .values(state=bindparam("to")),
                [{"of": result.number, "to": result.state.value} for result in ordered],
            )
            if rows := metric_rows(study_id, ordered):
                connection.execute(insert(metrics), rows)

    def add_event(self, name: str, kind: str, message: str) -> None:
        """Write one row."""
        # A file name in the message may hold bytes that are no text.
        message = message.encode(errors="backslashreplace").decode()
        with self._writes() as connection:
            study_id = self._find(connection, name)
            connection.execute(
                insert(events).values(study_id=study_id, time=datetime.now(UTC), kind=kind, message=message)
            )

    def events(self, name: str) -> list[Event]:
        """Read by id, which grows, whatever the clock does."""
        with self._reads() as connection:
            chosen = select(events.c.time, events.c.kind, events.c.message)
            study_id = self._find(connection, name)
            rows = connection.execute(chosen.where(events.c.study_id == study_id).order_by(events.c.id))
            return [Event(*row) for row in rows]

    def set_status(self, name: str, status: Status) -> None:
        """Change one row."""
        self._change(name, status=status)

    def finish(self, name: str, outcome: Mapping[str, JSON]) -> None:
        """Change one row."""
        self._change(name, status="complete", outcome=plain(outcome))

    def history(self, name: str) -> History:
        """Read everything in one snapshot."""
        with self._reads() as connection:
            study_id = self._find(connection, name)
            rows = connection.execute(
                select(trials.c.number, trials.c.config, trials.c.round, trials.c.state)
                .where(trials.c.study_id == study_id)
                .order_by(trials.c.number)
            ).all()
            regions = connection.scalars(
                select(rounds.c.region).where(rounds.c.study_id == study_id).order_by(rounds.c.round)
            ).all()
            return History(
                trials=tuple(Trial(row.number, row.config, row.round) for row in rows),
                states=tuple(TrialState(row.state) for row in rows),
                curves=_curves(connection, study_id, len(rows)),
                regions=tuple(region_from_json(region) for region in regions if region is not None),
            )

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _change(self, name: str, **values: JSON) -> None:
        with self._writes() as connection:
            study_id = self._find(connection, name)
            connection.execute(update(studies).where(studies.c.id == study_id).values(values))

    def _find(self, connection: Connection, name: str) -> int:
        # A name that cannot be kept is not asked for: the driver would choke on half a surrogate pair.
        if name.isprintable():
            study_id = connection.scalar(select(studies.c.id).where(studies.c.name == name))
            if study_id is not None:
                return study_id
        raise unknown_study(name, connection.scalars(select(studies.c.name)).all(), self.url)

    def _reads(self) -> AbstractContextManager[Connection]:
        return self._transaction(self._engine)

    def _writes(self) -> AbstractContextManager[Connection]:
        return self._transaction(self._writer)

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise StoreError(self._explain(error.orig)) from error.orig


def _record(row: Row[Any]) -> StudyRecord:
    return StudyRecord(row.name, row.created, row.status, row.settings, row.space, row.outcome)


def _check_round(connection: Connection, study_id: int, name: str, proposed: Sequence[Trial]) -> None:
    last, last_round = connection.execute(
        select(func.coalesce(func.max(trials.c.number), -1), func.coalesce(func.max(trials.c.round), -1)).where(
            trials.c.study_id == study_id
        )
    ).one()
    expected = list(range(last + 1, last + 1 + len(proposed)))
    numbers = [trial.number for trial in proposed]
    if not numbers or numbers != expected:
        raise StoreError(
            f"study {name!r}: a round of trials {_brief(numbers)} cannot follow trial {last}; numbers go on without a "
            "gap: does another process write this study?"
        )
    if {trial.round for trial in proposed} != {proposed[0].round} or proposed[0].round <= last_round:
        raise StoreError(
            f"study {name!r}: trials of rounds {_brief(sorted({trial.round for trial in proposed}))} cannot follow "
            f"round {last_round}; they must form one new round: does another process write this study?"
        )


def _check_results(connection: Connection, study_id: int, name: str, ordered: Sequence[TrialResult]) -> None:
    numbers = [result.number for result in ordered]
    within = trials.c.number.between(numbers[0], numbers[-1])
    rows = connection.execute(select(trials.c.number, trials.c.state).where(trials.c.study_id == study_id, within))
    states = {row.number: row.state for row in rows}
    unknown = [number for number in numbers if number not in states]
    if unknown:
        raise StoreError(f"study {name!r}: trials {_brief(unknown)} do not exist; only trials of a round have results")
    twice = [number for number in numbers if states[number] != TrialState.WAITING]
    twice += [number for number, following in pairwise(numbers) if number == following]
    if twice:
        raise StoreError(
            f"study {name!r}: trials {_brief(twice)} have results already; a trial has one: "
            "does another process write this study?"
        )
    waiting = [result.number for result in ordered if result.state is TrialState.WAITING]
    if waiting:
        raise StoreError(f"study {name!r}: results of trials {_brief(waiting)} are still waiting; train them first")


def _brief(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (f"... ({len(numbers)} in all)" if len(numbers) > 5 else "")


def _curves(connection: Connection, study_id: int, count: int) -> dict[str, NDArray[np.float32]]:
    mine = metrics.c.study_id == study_id
    last = connection.scalar(select(func.max(metrics.c.epoch)).where(mine))
    epochs = 0 if last is None else last + 1
    curves = {metric: np.full((count, epochs), np.nan, dtype=np.float32) for metric in METRICS}
    columns = [metrics.c[name] for name in ("trial", "epoch", *METRICS)]
    for rows in connection.execute(select(*columns).where(mine)).partitions(_ROWS_AT_ONCE):
        fill_curves(curves, rows)
    return curves
