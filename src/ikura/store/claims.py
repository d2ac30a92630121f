"""One writer for each study: a row that says who, and that every write of the study renews or is refused."""

import shlex
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from ikura.errors import StoreError
from ikura.store.process import Process, can_be_seen, is_gone, this_process
from ikura.store.schema import claims

LAPSE_SECONDS = 30.0
"""A writer on another machine that has given no sign for so long is taken for dead."""

BEAT_SECONDS = 5.0
"""How often a writer gives a sign."""


def hold(connection: Connection, study_id: int, name: str, token: str, write: str, *, held: bool) -> bool:
    """Renew the claim of `token` on the study for a write, or take it where nobody has it.

    Args:
        connection: in a transaction that writes.
        study_id: the study.
        name: its name.
        token: of the store that writes.
        write: of this write alone, however often it is tried.
        held: whether the store has had the claim before; one that was lost is not taken again.

    Returns:
        False if this very write was committed before, and only the answer was lost.

    Raises:
        StoreError: another writer has it.
    """
    mine = (claims.c.study_id == study_id, claims.c.token == token)
    renewed = connection.execute(
        update(claims).where(*mine, claims.c.last_write != write).values(heartbeat=now(connection), last_write=write)
    )
    if renewed.rowcount:
        return True
    claim = connection.execute(select(claims).where(claims.c.study_id == study_id).with_for_update()).one_or_none()
    if claim is not None and claim.token == token:
        return False
    if held:
        raise _lost(name, claim)
    if claim is not None:
        _check_dead(connection, claim, name)
    if claim is not None:
        # Only the one that was seen: where there was none, another's may have come since, and the key refuses ours.
        connection.execute(delete(claims).where(claims.c.study_id == study_id, claims.c.token == claim.token))
    writer, time = this_process(), now(connection)
    connection.execute(
        insert(claims).values(
            study_id=study_id,
            token=token,
            host=writer.host,
            machine=writer.machine,
            process=writer.number,
            started=writer.started,
            since=time,
            heartbeat=time,
            last_write=write,
        )
    )
    return True


def check_unclaimed(connection: Connection, study_id: int, name: str, token: str) -> None:
    """Raise StoreError where another writer than `token` has the study."""
    claim = connection.execute(select(claims).where(claims.c.study_id == study_id)).one_or_none()
    if claim is not None and claim.token != token:
        _check_dead(connection, claim, name)


def _check_dead(connection: Connection, claim: Row[Any], name: str) -> None:
    if lives(connection, claim):
        raise StoreError(
            f"study {name!r} is being written by {in_words(claim)}; one process writes a study: "
            f"wait for it, or end it first (`ikura stop {shlex.quote(name)}`)"
        )


def beat(connection: Connection, token: str) -> None:
    """Renew all claims of a store."""
    connection.execute(update(claims).where(claims.c.token == token).values(heartbeat=now(connection)))


def drop(connection: Connection, token: str) -> None:
    """Give up all claims of a store."""
    connection.execute(delete(claims).where(claims.c.token == token))


def lives(connection: Connection, claim: Row[Any]) -> bool:
    """Say whether the writer is still there: by looking, where it can be seen, else by its last sign."""
    writer = Process(claim.host, claim.machine, claim.process, claim.started)
    if can_be_seen(writer):
        return not is_gone(writer)
    # A sign from the future: the clock was set back.
    return abs((now(connection) - claim.heartbeat).total_seconds()) < LAPSE_SECONDS


def in_words(claim: Row[Any]) -> str:
    """Say who has the claim, and since when."""
    return f"process {claim.process} on {claim.host} since {claim.since:%Y-%m-%d %H:%M} UTC"


def now(connection: Connection) -> datetime:
    """Return the database's time: a server's, as the clocks of its clients differ."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    return connection.execute(select(func.clock_timestamp())).scalar_one()


def _lost(name: str, claim: Row[Any] | None) -> StoreError:
    who = "has ended since" if claim is None else f"is {in_words(claim)}"
    return StoreError(
        f"study {name!r}: this process gave no sign for {LAPSE_SECONDS:.0f} s, and another took the study over, which "
        f"{who}; one process writes a study, so nothing more is written here: see `ikura list`"
    )
