"""How far the trials are that a write touches."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from ikura.records import DamagedError, Edit, TrialState
from ikura.store.schema import edits, metrics, trials

_NUMBERS_AT_ONCE = 10_000
"""A statement has room for 32,766 of them (SQLite's default)."""


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
    edited = select(func.count()).where(edits.c.study_id == trials.c.study_id, edits.c.trial == trials.c.number)
    columns = (trials.c.number, trials.c.state, epochs, trials.c.target, trials.c.error, edited.scalar_subquery())
    for first in range(0, len(numbers), _NUMBERS_AT_ONCE):
        some = trials.c.number.in_(numbers[first : first + _NUMBERS_AT_ONCE])
        for row in connection.execute(select(*columns).where(trials.c.study_id == study_id, some)):
            number, state, *others = row
            if state not in list(TrialState):
                raise DamagedError(f"trial {number} is {state!r}, which no trial should be")
            yield number, Progress(TrialState(state), *others)
