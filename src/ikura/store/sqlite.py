"""The store in one SQLite file."""

import os
import sqlite3
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import quote

import numpy as np
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from ikura.errors import StoreError, UnknownStore
from ikura.store.database import Database
from ikura.store.measurements import Measurements
from ikura.store.serialization import from_json, to_json
from ikura.store.sql import SqlStore

LOCK_SECONDS = 30.0
"""How long a transaction waits for another process's."""

_ROWS_A_STATEMENT = 60
"""SQLite before 3.32 takes no more than 999 values."""

_REMEDIES = {
    "SQLITE_BUSY": "has been locked by another program for too long; one program writes at a time: end the other one, "
    "or give another --store",
    "SQLITE_NOTADB": "is not an SQLite database; a store is a file that Ikura made: give another --store",
    "SQLITE_CORRUPT": "is damaged; nothing was changed: restore it from a copy, or rescue it with "
    "`sqlite3 FILE .recover`",
    "SQLITE_FULL": "is on a full disk; nothing of the last write was kept, all before it was: free some space and "
    "resume the study",
    "SQLITE_READONLY": "is read-only; the file and its folder must be writable: change their permissions, or give "
    "another --store",
    "SQLITE_CANTOPEN": "cannot be opened; the file and its folder must be writable: change their permissions, or give "
    "another --store",
    "SQLITE_IOERR": "cannot be read or written because its disk fails or is full; all that was kept before is there "
    "still: check the disk",
}


def open_sqlite(path: Path, *, must_exist: bool) -> SqlStore:
    """Open the store in that file, which is made where there is none, unless it must exist.

    Raises StoreError when the file cannot be reached, or is not the database of this Ikura or an earlier one.
    """
    _check_place(path, must_exist=must_exist)
    try:
        if not must_exist:
            os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o644))
        inode = path.stat().st_ino
    except OSError as error:
        raise StoreError(
            f"store: {path} cannot be opened ({error.strerror}); the file and its folder must be writable: change "
            "their permissions, or give another --store"
        ) from error
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        creator=partial(_connect, path),
        json_serializer=to_json,
        json_deserializer=from_json,
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", partial(_begin, path, inode))
    event.listen(engine, "invalidate", _let_go)
    explain = partial(_explain, path)
    try:
        store = SqlStore(
            Database(
                engine,
                engine.execution_options(writes=True),
                url=f"sqlite:///{path}",
                explain=explain,
                # SQLite itself waits for locks, and nothing else passes.
                passes=lambda _: False,
                insert_metrics=_insert_metrics,
            )
        )
        _use_wal(engine)
    except sqlite3.Error as error:
        engine.dispose()
        raise StoreError(explain(error)) from error
    except StoreError:
        engine.dispose()
        raise
    return store


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        # A connection never makes the file: one that was deleted in mid-run would come back empty.
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=LOCK_SECONDS,
        # Without an isolation level Python's driver leaves BEGIN to us; its own starts too late to guard the reads.
        isolation_level=None,
        # The heartbeat's thread has its own connection, but another thread may close it.
        check_same_thread=False,
    )


def _check_place(path: Path, *, must_exist: bool) -> None:
    try:
        folder_exists, is_folder, exists = path.parent.is_dir(), path.is_dir(), path.exists()
    except OSError as error:
        raise StoreError(f"store: {path} cannot be reached ({error.strerror}): give another --store") from error
    if must_exist and not exists:
        raise UnknownStore(
            f"store: there is no database {path}; `ikura tune` makes one: check the path, or begin a study"
        )
    if not folder_exists:
        raise StoreError(f"store: {path} cannot be made; there is no folder {path.parent}: make it first")
    if is_folder:
        raise StoreError(f"store: {path} is a folder; a store is a file: give a file in it, as {path / 'ikura.db'}")


def _set_up(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # FULL syncs every commit: a wave is written every few seconds, and what was reported survives a power cut too.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _let_go(connection: DBAPIConnection, _record: object, _error: BaseException | None) -> None:
    """Roll back what Ctrl-C cut off: a connection that is closed keeps its lock while the traceback has its cursor."""
    with suppress(sqlite3.Error):  # of one that is closed already there is nothing to roll back
        connection.rollback()


def _begin(path: Path, inode: int, connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    if writes:
        _check_still_there(path, inode)
    # A writer takes the lock at once: one that has read before it asks for the lock is refused, not made to wait.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _check_still_there(path: Path, inode: int) -> None:
    """SQLite goes on writing to a file that was deleted, and all of it would be lost at the end."""
    try:
        there = path.stat().st_ino == inode
    except OSError:
        there = False
    if not there:
        raise StoreError(
            f"store: {path} was deleted or moved while it was open; what is written must be found again, so the run "
            "stops here: put the file back and resume the study, or begin again"
        )


def _insert_metrics(connection: Connection, study_id: int, measured: Measurements) -> None:
    # Several rows a statement, all numbers as doubles (the columns make them whole again): twice as fast as row by row
    # and type by type, and many times as fast as SQLAlchemy's own bulk insert.
    table = np.stack((np.full(len(measured.values), study_id), *measured), axis=1, dtype=np.float64)
    whole = len(table) // _ROWS_A_STATEMENT * _ROWS_A_STATEMENT
    for rows, some in ((_ROWS_A_STATEMENT, table[:whole]), (1, table[whole:])):
        if len(some):
            values = ", ".join(["(?, ?, ?, ?, ?)"] * rows)
            connection.exec_driver_sql(
                f"INSERT INTO metrics (study_id, trial, epoch, metric, value) VALUES {values}",  # noqa: S608
                list(map(tuple, some.reshape(-1, rows * table.shape[1]).tolist())),
            )


def _use_wal(engine: Engine) -> None:
    """Let readers read while a writer writes; the file remembers it. It cannot be asked for in a transaction."""
    connection = engine.raw_connection()
    deadline = time.monotonic() + LOCK_SECONDS
    try:
        while True:
            try:
                connection.cursor().execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                # For this change alone SQLite does not wait for the others that open a new file.
                if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return
    finally:
        connection.close()


def _explain(path: Path, error: BaseException | None) -> str:
    name = getattr(error, "sqlite_errorname", "")
    for prefix, remedy in _REMEDIES.items():
        if name.startswith(prefix):
            return f"store: {path} {remedy}"
    return f"store: {path}: SQLite says {str(error)!r}; please report this line"
