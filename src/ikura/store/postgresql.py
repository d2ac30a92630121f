"""The store on a PostgreSQL server."""

from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import URL, Connection, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from ikura.errors import SettingError, StoreError
from ikura.store.address import without_password
from ikura.store.database import Database, driver_errors
from ikura.store.measurements import Measurements
from ikura.store.serialization import from_json, to_json
from ikura.store.sql import SqlStore

CONNECT_SECONDS = 10
"""How long a server may take to answer; the network's own limit is minutes."""

_REMEDIES = (
    ("password authentication failed", "check the user and the password in --store, or PGPASSWORD"),
    ("no password supplied", "put the password into --store, PGPASSWORD or ~/.pgpass"),
    ("does not exist", "make it first, as with `createdb` and `createuser`, or give another --store"),
    ("permission denied", "give the user the right to make and write tables in the database"),
    ("read-only", "give the address of the server that takes writes"),
    ("no space left", "nothing of the last write was kept, all before it was: free some space and start again"),
)
_OTHERWISE = "check that the server runs and that --store names it; all that was kept before is there still"

_PASSING = ("08", "57P", "53300", "40001", "40P01", "23505", "25006")
"""How the codes of troubles begin that pass: connections broken or refused while the server restarts, or too many of
them; conflicts with another transaction, among them both inserting the same key; a server that changes its role."""

_COLUMNS = ("study_id", "trial", "epoch", "metric", "value")
_FORMATS = (">i4", ">i4", ">i4", ">i4", ">f4")
_COPIED = np.dtype(
    [
        ("fields", ">i2"),
        *(
            (part, form)
            for name, own in zip(_COLUMNS, _FORMATS, strict=True)
            for part, form in ((f"size of {name}", ">i4"), (name, own))
        ),
    ]
)
_COPY_BEGINS, _COPY_ENDS = b"PGCOPY\n\xff\r\n\x00" + bytes(8), b"\xff\xff"
"""Rows as PostgreSQL takes them in its binary format, and what goes before and after them."""


def open_postgresql(address: str) -> SqlStore:
    """Open the store at `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`; what the address leaves out is libpq's.

    Raises SettingError when that is no address, and StoreError when psycopg is missing, the server cannot be reached or
    the database is not that of this Ikura or an earlier one.
    """
    url = without_password(address)
    target = _target(address, url)
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise StoreError(
            "store: psycopg is not installed; PostgreSQL needs it: python -m pip install 'ikura[postgresql]'"
        ) from None
    engine = create_engine(
        target,
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "ikura"},
        json_serializer=to_json,
        json_deserializer=from_json,
    )
    # Two statements that read see the same.
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    try:
        return SqlStore(
            Database(
                reading,
                engine,
                url=url,
                explain=partial(_explain, url),
                passes=_passes,
                insert_metrics=_insert_metrics,
            )
        )
    except StoreError:
        engine.dispose()
        raise


def _target(address: str, url: str) -> URL:
    try:
        target = make_url(address)
    except (ArgumentError, ValueError):
        target = None
    if target is None or not target.database:
        raise SettingError(
            f"store: {url} names no database; it must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE: mend it, and "
            "write %40 for an @ in the password"
        )
    return target.set(drivername="postgresql+psycopg")


def _insert_metrics(connection: Connection, study_id: int, measured: Measurements) -> None:
    rows = np.empty(len(measured.values), _COPIED)
    rows["fields"] = len(_COLUMNS)
    for name, column in zip(_COLUMNS, (study_id, *measured), strict=True):
        rows[f"size of {name}"], rows[name] = 4, column
    driver: Any = connection.connection.driver_connection
    copying = f"COPY metrics ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT BINARY)"
    with driver_errors(connection), driver.cursor() as cursor, cursor.copy(copying) as copy:
        copy.write(_COPY_BEGINS + rows.tobytes() + _COPY_ENDS)


def _passes(error: DBAPIError) -> bool:
    code = getattr(error.orig, "sqlstate", None)
    # Where no connection could be made, or one broke, there is no code.
    return code.startswith(_PASSING) if code else type(error.orig).__name__ in ("OperationalError", "InterfaceError")


def _explain(url: str, error: BaseException | None) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = (lines or ["no answer"])[0].removeprefix("connection failed: ").rstrip(".:")
    remedy = next((remedy for words, remedy in _REMEDIES if words in str(error)), _OTHERWISE)
    return f"store: {url}: {said}: {remedy}"
