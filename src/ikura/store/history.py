"""The rows of a study's trials into its history; of one that was read before, only what is new."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, FromClause, Row, func, select

from ikura.records import History, Region, Trial, TrialState
from ikura.store.database import driver_errors
from ikura.store.measurements import fill_curves
from ikura.store.reading import check_texts
from ikura.store.schema import edits, metrics, rounds, trials
from ikura.store.serialization import edit_from_row, region_from_json

_ROWS_AT_ONCE = 50_000


def read_history(connection: Connection, study_id: int, revision: int, before: History) -> History:
    """Return what a study's history has become.

    Args:
        connection: in a transaction that reads.
        study_id: the study.
        revision: the study's own.
        before: what was read of it before; one without trials where nothing was.

    Raises:
        ValueError: there is something in the tables that Ikura did not write. TypeError and LookupError, too.
    """
    if before.revision == revision and before.trials:
        return before
    rows = _read_trials(connection, study_id, before)
    # A configuration may have been changed, with the space.
    new = {row.number: Trial(row.number, row.config, row.round) for row in rows}
    made = (
        *(new.get(trial.number, trial) for trial in before.trials),
        *[new[n] for n in new if n >= len(before.trials)],
    )
    if [trial.number for trial in made] != list(range(len(made))):
        raise ValueError("trials are missing")
    check_texts(*(row.error for row in rows if row.error is not None))
    states = [*before.states, *[TrialState.WAITING] * (len(made) - len(before.trials))]
    errors, targets, edited = dict(before.errors), dict(before.targets), dict(before.edits)
    for row in rows:
        states[row.number] = TrialState(row.state)
        _set(errors, row.number, row.error)
        _set(targets, row.number, row.target)
    return replace(
        before,
        trials=made,
        states=tuple(states),
        curves=_read_curves(connection, study_id, before, rows, len(made)),
        regions=(*before.regions, *_read_regions(connection, study_id, before)),
        errors=errors,
        targets=targets,
        edits=edited | _read_edits(connection, study_id, before),
        revision=revision,
        study=study_id,
    )


def _set(values: dict[int, Any], number: int, value: object) -> None:
    if value is None:
        values.pop(number, None)
    else:
        values[number] = value


def _is_new(study_id: int, before: History) -> ColumnElement[bool]:
    """Return the condition for the trials that were touched since, of which a row of `trials` tells."""
    return (trials.c.study_id == study_id) & (trials.c.revision > before.revision)


def _read_trials(connection: Connection, study_id: int, before: History) -> Sequence[Row[Any]]:
    columns = ("number", "round", "state", "config", "error", "target")
    chosen = select(*(trials.c[name] for name in columns)).where(_is_new(study_id, before))
    return connection.execute(chosen.order_by(trials.c.number)).all()


def _read_regions(connection: Connection, study_id: int, before: History) -> list[Region]:
    chosen = select(rounds.c.region).where(rounds.c.study_id == study_id, rounds.c.round >= before.next_round)
    found = connection.scalars(chosen.order_by(rounds.c.round))
    return [region_from_json(region) for region in found if region is not None]


def _read_edits(connection: Connection, study_id: int, before: History) -> dict[int, Any]:
    of_trial = (edits.c.study_id == trials.c.study_id) & (edits.c.trial == trials.c.number)
    chosen = select(edits).join(trials, of_trial).where(_is_new(study_id, before))
    rows = connection.execute(chosen.order_by(edits.c.trial, edits.c.number))
    return {trial: tuple(map(edit_from_row, some)) for trial, some in groupby(rows, key=lambda row: row.trial)}


def _new_metrics(study_id: int, before: History, changed: Sequence[Row[Any]]) -> tuple[FromClause, ColumnElement[bool]]:
    """Return tables, and the condition for what was measured since."""
    if not before.trials:
        # All there is; with the second table this takes half as long again.
        return metrics, metrics.c.study_id == study_id
    known = before.epochs
    # Epochs are only ever added.
    first = min((int(known[row.number]) if row.number < len(known) else 0 for row in changed), default=0)
    of_trial = (metrics.c.study_id == trials.c.study_id) & (metrics.c.trial == trials.c.number)
    return metrics.join(trials, of_trial), _is_new(study_id, before) & (metrics.c.epoch >= first)


def _read_curves(
    connection: Connection, study_id: int, before: History, changed: Sequence[Row[Any]], count: int
) -> dict[str, NDArray[np.float32]]:
    """Return the curves [trial, epoch] of so many trials; those that were known stay, and the changed ones go on."""
    source, new = _new_metrics(study_id, before, changed)
    last, rows = connection.execute(
        select(func.max(metrics.c.epoch), func.count()).select_from(source).where(new)
    ).one()
    height, width = next((curve.shape for curve in before.curves.values()), (0, 0))
    epochs = max(width, 0 if last is None else last + 1)
    if epochs > max(width, before.horizon, rows):
        raise ValueError(f"epoch {last} of {rows}")  # which would fill the memory
    wider = ((0, count - height), (0, epochs - width))
    empty = np.zeros((0, 0), np.float32)
    curves = {m.name: np.pad(before.curves.get(m.name, empty), wider, constant_values=np.nan) for m in before.metrics}
    columns = (metrics.c[name] for name in ("trial", "epoch", "metric", "value"))
    # The driver's own rows: SQLAlchemy's take twice the time.
    driver: Any = connection.execute(select(*columns).select_from(source).where(new)).cursor
    with driver_errors(connection):
        while some := driver.fetchmany(_ROWS_AT_ONCE):
            fill_curves(curves, some)
    return curves
