"""Rows of a study into what a store hands out."""

from itertools import chain
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select

from ikura.records import METRICS, History, Trial, TrialState
from ikura.store.claims import in_words, lives
from ikura.store.protocol import Event, Status, StudyRecord
from ikura.store.rows import fill_curves, region_from_json
from ikura.store.schema import claims, events, metrics, rounds, studies, trials

_ROWS_AT_ONCE = 50_000


def read_studies(connection: Connection, study_id: int | None = None) -> list[StudyRecord]:
    """Read all studies, newest first, or the one; ids grow, whatever the clock does."""
    chosen = select(studies).order_by(studies.c.id.desc())
    claimed = select(claims)
    if study_id is not None:
        chosen, claimed = chosen.where(studies.c.id == study_id), claimed.where(claims.c.study_id == study_id)
    writers = {claim.study_id: in_words(claim) for claim in connection.execute(claimed) if lives(connection, claim)}
    rows = connection.execute(chosen).all()
    for row in rows:
        # SQLite keeps a value of any type in any column.
        _check_texts(row.name, row.status, row.space)
        if row.status not in get_args(Status):
            raise ValueError(row.status)
    return [
        StudyRecord(
            name=row.name,
            created=row.created,
            # A writer that was killed could not say that it stopped.
            status="interrupted" if row.status == "running" and row.id not in writers else row.status,
            settings=row.settings,
            space=row.space,
            outcome=row.outcome,
            writer=None if row.status == "complete" else writers.get(row.id),
        )
        for row in rows
    ]


def read_events(connection: Connection, study_id: int) -> list[Event]:
    """Read by id, which grows, whatever the clock does."""
    chosen = select(events.c.time, events.c.kind, events.c.message)
    rows = connection.execute(chosen.where(events.c.study_id == study_id).order_by(events.c.id))
    found = [Event(*row) for row in rows]
    _check_texts(*chain.from_iterable((event.kind, event.message) for event in found))
    return found


def read_history(connection: Connection, study_id: int) -> History:
    """Read all trials, curves and regions."""
    rows = connection.execute(
        select(trials.c.number, trials.c.config, trials.c.round, trials.c.state, trials.c.error)
        .where(trials.c.study_id == study_id)
        .order_by(trials.c.number)
    ).all()
    if [row.number for row in rows] != list(range(len(rows))):
        raise ValueError("trials are missing")
    _check_texts(*(row.error for row in rows if row.error is not None))
    regions = connection.scalars(
        select(rounds.c.region).where(rounds.c.study_id == study_id).order_by(rounds.c.round)
    ).all()
    return History(
        trials=tuple(Trial(row.number, row.config, row.round) for row in rows),
        states=tuple(TrialState(row.state) for row in rows),
        curves=_curves(connection, study_id, len(rows)),
        regions=tuple(region_from_json(region) for region in regions if region is not None),
        errors={row.number: row.error for row in rows if row.error is not None},
    )


def _check_texts(*values: object) -> None:
    if not all(isinstance(value, str) for value in values):
        raise TypeError("no text")


def _curves(connection: Connection, study_id: int, count: int) -> dict[str, NDArray[np.float32]]:
    mine = metrics.c.study_id == study_id
    last, rows = connection.execute(select(func.max(metrics.c.epoch), func.count()).where(mine)).one()
    epochs = 0 if last is None else last + 1
    if epochs > rows:
        raise ValueError(f"epoch {last} of {rows}")  # which would fill the memory
    curves = {metric: np.full((count, epochs), np.nan, dtype=np.float32) for metric in METRICS}
    columns = [metrics.c[name] for name in ("trial", "epoch", *METRICS)]
    for some in connection.execute(select(*columns).where(mine)).partitions(_ROWS_AT_ONCE):
        fill_curves(curves, some)
    return curves
