"""What is special to a server: how it is addressed, refuses, goes away, and comes back in mid-study."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from ikura.errors import SettingError, StoreError
from ikura.records import TrialState
from ikura.store import database, open_store, without_password
from tests.processes import PATIENCE


class Clock:
    """Time that passes only where it is waited for."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which transactions are tried again."""
    clock = Clock()
    monkeypatch.setattr(database, "time", clock)
    return clock


@pytest.fixture
def refusal(clock) -> Callable[[str], str]:
    """The one line with which opening fails, at once."""

    def refused(url: str) -> str:
        with pytest.raises((StoreError, SettingError)) as error:
            open_store(url)
        assert clock.now == 0
        message = str(error.value)
        assert "\n" not in message
        assert "secret" not in message
        return message

    return refused


def test_a_database_that_is_not_there(refusal, server):
    url = f"postgresql://ikura:secret@127.0.0.1:{server.port}/nothing"
    line = refusal(url)
    assert line.startswith(f"store: postgresql://ikura@127.0.0.1:{server.port}/nothing: connection to server")
    assert 'database "nothing" does not exist: make it first' in line


def test_a_user_who_is_not_there(refusal, server):
    assert 'role "nobody" does not exist: make it first' in refusal(
        f"postgresql://nobody:secret@127.0.0.1:{server.port}/postgres"
    )


def test_no_server(refusal):
    assert "Connection refused: check that the server runs" in refusal("postgresql://me:secret@127.0.0.1:1/x")


@pytest.mark.parametrize("url", ["postgresql://me:secret@host", "postgresql://me:secret@host/", "postgresql://h:x/y"])
def test_no_address(refusal, url: str):
    assert "names no database; it must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in refusal(url)


def test_another_programs_tables(refusal, server):
    url = server.database()
    server.run("psql", "-q", "-d", url, "-c", "CREATE TABLE orders (id int)")
    assert "holds the tables of another program (orders)" in refusal(url)


def test_a_schema_of_its_own_beside_another_programs_tables(server, begin):
    url = server.database()
    server.run("psql", "-q", "-d", url, "-c", "CREATE TABLE orders (id int); CREATE SCHEMA ikura")
    with open_store(f"{url}&options=-csearch_path%3Dikura") as store:
        begin(store, "s")
        assert [study.name for study in store.studies()] == ["s"]


def test_a_user_without_rights(refusal, server):
    url = server.database()
    server.run("psql", "-q", "-d", url, "-c", "DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN")
    assert "permission denied" in refusal(url.replace("ikura@", "guest@"))


def test_psycopg_is_not_installed(refusal, monkeypatch):
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
    try:
        yield stops
    finally:
        done.set()
        thread.join()


def test_a_server_restarted_in_mid_study_loses_and_doubles_nothing(
    server, monkeypatch, make_trials, make_results, begin, make_outcome
):
    monkeypatch.setattr(database, "LONGEST_WAIT", 0.2)
    wave, waves, written = 10, 30, 0
    with open_store(server.database()) as store, restarting(server) as stops:
        store._database = database.replace(store._database, patience=PATIENCE)
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


def test_a_connection_that_breaks_while_rows_are_copied_is_made_again(server, begin, make_trials, make_results):
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


def test_a_server_that_stays_away_ends_the_wait(server, clock, begin, caplog):
    with open_store(server.database()) as store:
        begin(store, "s")
        with server.away(), pytest.raises(StoreError, match=r"check that the server runs") as error:
            store.add_event("s", "note", "hello")
        # With the next wait it would have been too long.
        assert database.RETRY_SECONDS - database.LONGEST_WAIT < clock.now <= database.RETRY_SECONDS
        # It is said once, and early.
        (told,) = caplog.messages
        assert "check that the server runs" in told
        assert told.endswith("; it is tried again for 60 s")
        assert str(error.value).endswith(f" (tried again for {clock.now:.0f} s)")
        assert "\n" not in str(error.value)
        store.add_event("s", "note", "hello again")
        assert [event.message for event in store.events("s")] == ["hello again"]


def test_a_wait_is_told_after_a_second_and_so_is_its_end(server, clock, begin, caplog, monkeypatch):
    told: list[tuple[float, int]] = []

    def sleep(seconds: float) -> None:
        clock.now += seconds
        told.append((clock.now, len(caplog.messages)))
        if clock.now > 10:
            server.start()

    monkeypatch.setattr(clock, "sleep", sleep)
    with open_store(server.database()) as store:
        begin(store, "s")
        server.stop("fast")
        store.add_event("s", "note", "hello")
        assert [count for now, count in told if now < 0.9] == [0, 0, 0]
        assert [count for now, count in told if now >= 0.9] == [1] * (len(told) - 3)
        assert caplog.messages[1:] == [f"store: {store.url} answers again"]


def test_closing_does_not_wait_for_a_server_that_is_away(server, clock, begin):
    store = open_store(server.database())
    begin(store, "s")
    with server.away():
        store.close()
    assert clock.now == 0
