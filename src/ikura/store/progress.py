"""How far the trials are that a write touches."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from ikura.records import DamagedError, Edit, TrialState
from ikura.store.schema import edits, metrics, trials

_NUMBERS_AT_ONCE = 10_000
"""A statement has room for 32,766 of them (SQLite's default)."""

_STATES = {state.value: state for state in TrialState}


@dataclass(slots=True)
class Progress:
    """Of one trial, as it is kept and as a write changes it."""

    state: TrialState = TrialState.WAITING
    epochs: int = 0
    """For how many it has been measured."""
    target: int | None = None
    error: str | None = None
    edits: int = 0
    """How many are kept."""
    new_edits: list[Edit] = field(default_factory=list)


def read_progress(connection: Connection, study_id: int, numbers: Collection[int]) -> dict[int, Progress]:
    """Return where the trials of these numbers stand, those that exist."""
    return dict(_read(connection, study_id, sorted(set(numbers))))


def _read(connection: Connection, study_id: int, numbers: list[int]) -> Iterator[tuple[int, Progress]]:
    of_trial = (metrics.c.study_id == trials.c.study_id, metrics.c.trial == trials.c.number)
    epochs = select(func.coalesce(func.max(metrics.c.epoch), -1) + 1).where(*of_trial).scalar_subquery()
    of_edit = (edits.c.study_id == trials.c.study_id, edits.c.trial == trials.c.number)
    edited = select(func.count()).where(*of_edit).scalar_subquery()
    columns = (trials.c.number, trials.c.state, trials.c.target, trials.c.error)
    chosen = select(*columns, epochs.label("epochs"), edited.label("edits")).where(trials.c.study_id == study_id)
    for first in range(0, len(numbers), _NUMBERS_AT_ONCE):
        for row in connection.execute(chosen.where(trials.c.number.in_(numbers[first : first + _NUMBERS_AT_ONCE]))):
            if row.state not in _STATES:
                raise DamagedError(f"trial {row.number} is {row.state!r}, which no trial should be")
            yield row.number, Progress(_STATES[row.state], row.epochs, row.target, row.error, row.edits)
