"""What is special to a server: how it is addressed, refuses, goes away, and comes back in mid-study."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from ikura.errors import SettingError, StoreError
from ikura.records import TrialState
from ikura.store import database, open_store, without_password


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LONGEST_WAIT", 0.2)


def refusal(url: str) -> str:
    """The one line with which opening fails, at once."""
    began = time.monotonic()
    with pytest.raises((StoreError, SettingError)) as error:
        open_store(url)
    assert time.monotonic() - began < 5
    message = str(error.value)
    assert "\n" not in message
    assert "secret" not in message
    return message


def test_a_database_that_is_not_there(server):
    url = f"postgresql://ikura:secret@127.0.0.1:{server.port}/nothing"
    line = refusal(url)
    assert line.startswith(f"store: postgresql://ikura@127.0.0.1:{server.port}/nothing: connection to server")
    assert 'database "nothing" does not exist: make it first' in line


def test_a_user_who_is_not_there(server):
    assert 'role "nobody" does not exist: make it first' in refusal(
        f"postgresql://nobody:secret@127.0.0.1:{server.port}/postgres"
    )


def test_no_server():
    assert "Connection refused: check that the server runs" in refusal("postgresql://me:secret@127.0.0.1:1/x")


@pytest.mark.parametrize("url", ["postgresql://me:secret@host", "postgresql://me:secret@host/", "postgresql://h:x/y"])
def test_no_address(url: str):
    assert "names no database; it must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in refusal(url)


def test_another_programs_tables(server):
    url = server.database()
    server.run("psql", "-q", "-d", url, "-c", "CREATE TABLE orders (id int)")
    assert "holds the tables of another program (orders)" in refusal(url)


def test_a_schema_of_its_own_beside_another_programs_tables(server, begin):
    url = server.database()
    server.run("psql", "-q", "-d", url, "-c", "CREATE TABLE orders (id int); CREATE SCHEMA ikura")
    with open_store(f"{url}&options=-csearch_path%3Dikura") as store:
        begin(store, "s")
        assert [study.name for study in store.studies()] == ["s"]


def test_a_user_without_rights(server):
    url = server.database()
    server.run("psql", "-q", "-d", url, "-c", "DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN")
    assert "permission denied" in refusal(url.replace("ikura@", "guest@"))


def test_psycopg_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert refusal("postgresql://me:secret@host/x") == (
        "store: psycopg is not installed; PostgreSQL needs it: python -m pip install 'ikura[postgresql]'"
    )


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:secret@host:5/x", "postgresql://me@host:5/x"),
        ("postgresql://me:se@cr:et@host/x", "postgresql://me@host/x"),
        ("postgresql://me@host/x?password=secret&port=5", "postgresql://me@host/x?port=5"),
        ("postgresql://host/x?port=5&password=secret", "postgresql://host/x?port=5"),
        ("postgresql://me@/x?host=/tmp", "postgresql://me@/x?host=/tmp"),
        ("sqlite:///x.db", "sqlite:///x.db"),
        ("x.db", "x.db"),
    ],
)
def test_a_password_is_never_shown(address: str, shown: str):
    assert without_password(address) == shown


@contextmanager
def restarting(server) -> Iterator[list[str]]:
    """The server is stopped and started again every now and then; how it was stopped each time."""
    done, stops = threading.Event(), []

    def restart() -> None:
        while not done.wait(0.2):
            # "fast" breaks the connections, "immediate" is a crash.
            stops.append("immediate" if len(stops) % 2 else "fast")
            server.stop(stops[-1])
            server.start()

    thread = threading.Thread(target=restart)
    thread.start()
    yield stops
    done.set()
    thread.join()


def test_a_server_restarted_in_mid_study_loses_and_doubles_nothing(
    server, impatient, make_trials, make_results, begin, make_outcome
):
    wave, waves, written = 10, 60, 0
    with open_store(server.database()) as store, restarting(server) as stops:
        begin(store, "s")
        while written < wave * waves or len(stops) < 4:
            store.add_round("s", make_trials(wave, first=written, round=written // wave), None)
            store.write("s", make_results(range(written, written + wave)))
            store.add_event("s", "wave", str(written))
            written += wave
        history = store.history("s")
        assert history.states == (TrialState.COMPLETE,) * written
        assert [trial.number for trial in history.trials] == list(range(written))
        for first in range(0, written, wave):
            for result in make_results(range(first, first + wave)):
                np.testing.assert_array_equal(history.curves["dev_loss"][result.number], result.curves["dev_loss"])
        assert [event.message for event in store.events("s")] == [str(first) for first in range(0, written, wave)]
        store.finish("s", make_outcome())


def test_a_connection_that_breaks_while_rows_are_copied_is_made_again(
    server, impatient, begin, make_trials, make_results
):
    """The driver is used directly there."""
    broken: list[int] = []

    def insert(connection, study_id, measured):
        if not broken:
            broken.append(connection.connection.driver_connection.info.backend_pid)
            server.run("psql", "-q", "-d", url, "-c", f"SELECT pg_terminate_backend({broken[0]}, 1000)")
        insert_metrics(connection, study_id, measured)

    url = server.database()
    with open_store(url) as store:
        begin(store, "s")
        store.add_round("s", make_trials(4), None)
        insert_metrics = store._database.insert_metrics
        store._database = database.replace(store._database, insert_metrics=insert)
        results = make_results(range(4))
        store.write("s", results)
        assert broken
        for result in results:
            kept = store.history("s").curves["dev_loss"][result.number]
            np.testing.assert_array_equal(kept, result.curves["dev_loss"])


def test_a_server_that_stays_away_ends_the_wait(server, impatient, begin):
    with open_store(server.database()) as store:
        store._database = database.replace(store._database, patience=1.5)
        begin(store, "s")
        server.stop()
        began = time.monotonic()
        with pytest.raises(StoreError, match=r"check that the server runs.*\(tried again for 1 s\)$") as error:
            store.add_event("s", "note", "hello")
        assert 1 < time.monotonic() - began < 5
        assert "\n" not in str(error.value)
        server.start()
        store.add_event("s", "note", "hello again")
        assert [event.message for event in store.events("s")] == ["hello again"]


def test_closing_does_not_wait_for_a_server_that_is_away(server, begin):
    store = open_store(server.database())
    begin(store, "s")
    server.stop()
    began = time.monotonic()
    store.close()
    assert time.monotonic() - began < 5
    server.start()
