"""One writer for each study: who else writes is refused, and a dead writer keeps nobody out."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from ikura.errors import StoreError
from ikura.records import Stop, TrialState
from ikura.store import Store, claims, open_store, sql
from ikura.store.schema import claims as table
from tests.processes import PATIENCE

WRITER = """
import json, sys
from ikura.records import Settings
from ikura.store import open_store
store = open_store(sys.argv[1])
store.create("s", Settings.from_json(json.loads(sys.argv[2])), "")
print("ready", flush=True)
sys.stdin.read()
"""
HERE = f"process {os.getpid()} on {socket.gethostname()} since 20"


@pytest.fixture
def other(url: str, store: Store, begin) -> Iterator[Store]:
    """A second store, beside one that has created the study `s`."""
    begin(store, "s")
    with open_store(url) as opened:
        yield opened


def away(store: Store, seconds: float) -> None:
    """Make the writer one of another machine that has given no sign for so long."""
    sign = datetime.now(UTC) - timedelta(seconds=seconds)
    with store._database.writer.begin() as connection:
        connection.execute(update(table).values(machine="elsewhere", host="far", heartbeat=sign))


def test_a_second_writer_is_told_of_the_first(store: Store, other: Store, make_trials, make_results, make_outcome):
    store.add_round("s", make_trials(2), None)
    for call in (
        lambda: other.claim("s"),
        lambda: other.add_event("s", "note", "hello"),
        lambda: other.add_round("s", make_trials(2, first=2, round=1), None),
        lambda: other.write("s", make_results(range(2))),
        lambda: other.set_status("s", "interrupted"),
        lambda: other.finish("s", make_outcome()),
    ):
        with pytest.raises(StoreError, match=f"'s' is being written by {HERE}.* UTC; one process writes") as error:
            call()
        assert "\n" not in str(error.value)
    other.send("s", "stop", {})
    assert [command.kind for command in store.commands("s", 0)] == ["stop"]
    history = store.history("s")
    assert (history.states, other.study("s").status) == ((TrialState.WAITING,) * 2, "running")
    assert other.events("s") == []
    assert (other.study("s").writer or "").startswith(HERE)
    store.write("s", make_results(range(2)))


def test_closing_gives_the_study_up(store: Store, other: Store):
    store.close()
    record = other.study("s")
    assert (record.status, record.writer) == ("interrupted", None)
    other.claim("s")
    assert other.study("s").status == "running"
    with pytest.raises(StoreError, match="being written"):
        store.add_event("s", "note", "hello")


def test_other_studies_are_free(store: Store, other: Store, begin):
    begin(other, "t")
    store.add_event("s", "note", "mine")
    other.add_event("t", "note", "mine")


def test_a_writer_elsewhere_is_given_time_and_then_taken_for_dead(
    store: Store, other: Store, monkeypatch, make_outcome
):
    away(store, claims.LAPSE_SECONDS - 5)
    with pytest.raises(StoreError, match="on far since"):
        other.claim("s")
    away(store, claims.LAPSE_SECONDS + 1)
    assert other.study("s").status == "interrupted"
    other.add_event("s", "note", "taken over")
    with pytest.raises(
        StoreError, match=f"no sign for 30 s, and another took the study over, which is {HERE}"
    ) as error:
        store.add_event("s", "note", "lost")
    assert "\n" not in str(error.value)
    with pytest.raises(StoreError, match="no sign for 30 s"):
        store.finish("s", make_outcome())
    other.close()
    with pytest.raises(StoreError, match=r"no sign for 30 s, .* has ended since"):
        store.add_event("s", "note", "lost for good")
    assert [event.message for event in other.events("s")] == ["taken over"]


def test_a_clock_that_was_set_back_keeps_nobody_out(store: Store, other: Store):
    away(store, -3600)
    other.claim("s")


def test_a_writer_gives_signs_while_it_does_not_write(url: str, monkeypatch, begin):
    monkeypatch.setattr(sql, "BEAT_SECONDS", 0.05)
    with open_store(url) as store, open_store(url) as other:
        begin(store, "s")
        away(store, claims.LAPSE_SECONDS + 1)
        deadline = time.monotonic() + PATIENCE
        while other.study("s").status != "running" and time.monotonic() < deadline:
            time.sleep(0.02)
        with pytest.raises(StoreError, match="on far since"):
            other.claim("s")
    assert not any(thread.name == "ikura-heartbeat" for thread in threading.enumerate())


@pytest.mark.parametrize("reaped", [True, False])
def test_a_killed_writer_of_this_machine_has_lost_it_at_once(url: str, reaped: bool, spawn, make_settings):
    command = [sys.executable, "-c", WRITER, url, json.dumps(make_settings().to_json())]
    process = spawn(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == "ready\n"
    with open_store(url) as store:
        with pytest.raises(StoreError, match=f"being written by process {process.pid} on"):
            store.claim("s")
        # Long without a sign, as one that is being debugged or whose machine slept, but it is there.
        with store._database.writer.begin() as connection:
            connection.execute(update(table).values(heartbeat=table.c.since))
        with pytest.raises(StoreError, match="being written"):
            store.claim("s")
        process.send_signal(signal.SIGKILL)
        if reaped:
            process.wait()
        else:
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert store.study("s").status == "interrupted"
        store.claim("s")
        assert store.study("s").status == "running"


def test_a_complete_study_stays_as_it_is(store: Store, other: Store, make_trials, make_outcome):
    store.finish("s", make_outcome())
    for call in (
        lambda: store.set_status("s", "interrupted"),
        lambda: store.finish("s", make_outcome()),
        lambda: store.add_event("s", "note", "hello"),
        lambda: store.add_round("s", make_trials(1), None),
    ):
        with pytest.raises(StoreError, match="'s' is complete; nothing is added"):
            call()
    record = other.study("s")
    assert (record.status, record.outcome, record.writer) == ("complete", make_outcome(), None)
    store.close()
    with pytest.raises(StoreError, match="is complete"):
        other.claim("s")


def test_of_many_that_want_it_one_gets_it(url: str, begin):
    with open_store(url) as store:
        begin(store, "s")
    together, got, refused = threading.Barrier(8), [], []
    done = threading.Barrier(8)

    def want(number: int) -> None:
        with open_store(url) as store:
            together.wait()
            try:
                store.claim("s")
                got.append(number)
            except StoreError as error:
                refused.append(str(error))
            done.wait()

    threads = [threading.Thread(target=want, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused)) == (1, 7)
    assert all("is being written by" in line for line in refused), refused


def lose_the_answer(store: Store, monkeypatch: pytest.MonkeyPatch, call: Callable[[], object]) -> None:
    """Call as when the connection breaks after the commit, before the answer comes."""
    database, calls = store._database, []

    def write(work):
        database.write(work)
        calls.append(work)
        return database.write(work)

    class Losing:
        def __getattr__(self, name):
            return write if name == "write" else getattr(database, name)

    store._database = Losing()
    try:
        call()
    finally:
        store._database = database
    assert calls


def test_a_write_whose_answer_was_lost_is_not_done_twice(
    store: Store, monkeypatch, make_trials, make_results, begin, make_outcome
):
    for call in (
        lambda: begin(store, "s"),
        lambda: store.claim("s"),
        lambda: store.add_round("s", make_trials(4), None, [Stop(0)]),
        lambda: store.write("s", make_results(range(2, 4)), [Stop(1)]),
        lambda: store.add_event("s", "note", "once"),
        lambda: store.send("s", "stop", {}),
        lambda: store.send("s", "stop", {}),
        lambda: store.set_status("s", "interrupted"),
        lambda: store.finish("s", make_outcome()),
    ):
        lose_the_answer(store, monkeypatch, call)
    assert store.history("s").states == (*[TrialState.STOPPED] * 2, *[TrialState.COMPLETE] * 2)
    assert [event.message for event in store.events("s")] == ["once"]
    # Sent twice, each of them kept once.
    assert [command.kind for command in store.commands("s", 0)] == ["stop", "stop"]
    assert store.decisions("s") == [Stop(0), Stop(1)]
    assert store.study("s").status == "complete"
