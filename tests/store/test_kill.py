"""Real processes killed with SIGKILL: what a call had returned for is there, of what it was writing nothing."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ikura.records import TrialState
from ikura.store import open_store
from tests.processes import PATIENCE

ROUND, WAVE, EPOCHS = 60, 20, 30
METRICS = ("train_loss", "dev_loss", "dev_accuracy")

WRITER = f"""
import os, signal, sys
import numpy as np
from sqlalchemy import Engine, event
from ikura.records import Job, JobResult, Leg, Trial, TrialState
from ikura.store import open_store

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def results(first):
    curves = dict.fromkeys({METRICS}, np.full({EPOCHS}, first + 0.1, dtype=np.float32))
    jobs = [Job(number, (Leg(number, {{}}, 0, {EPOCHS}),), 0) for number in range(first, first + {WAVE})]
    return [JobResult(job, TrialState.COMPLETE, curves) for job in jobs]

path, when = sys.argv[1:]
with open_store(path) as store:
    while True:
        states = store.history("s").states
        if TrialState.WAITING not in states:
            if when == "round":
                event.listen(Engine, "commit", die)
            first = len(states)
            trials = [Trial(number, {{}}, first // {ROUND}) for number in range(first, first + {ROUND})]
            store.add_round("s", trials, None)
            continue
        if when == "commit":
            event.listen(Engine, "commit", die)
        if when == "states":
            event.listen(Engine, "after_cursor_execute", lambda c, cursor, text, *_: "UPDATE" in text and die())
        first = states.index(TrialState.WAITING)
        store.write("s", results(first))
        if when == "written":
            die()
        print(first + {WAVE}, flush=True)
"""


@pytest.fixture
def path(tmp_path: Path, begin) -> Path:
    path = tmp_path / "ikura.db"
    with open_store(str(path)) as store:
        begin(store, "s")
    return path


@pytest.fixture
def start(spawn, path: Path) -> "Callable[[str], subprocess.Popen[str]]":
    return lambda when: spawn([sys.executable, "-c", WRITER, str(path), when], stdout=subprocess.PIPE)


def kept(path: Path) -> tuple[int, int]:
    """How many trials are there, and how many have results; all in whole rounds and waves, in a sound database."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    with open_store(str(path)) as store:
        history = store.history("s")
    trials, done = len(history.trials), history.states.count(TrialState.COMPLETE)
    assert history.states == (TrialState.COMPLETE,) * done + (TrialState.WAITING,) * (trials - done)
    assert (trials % ROUND, done % WAVE) == (0, 0)
    for metric in METRICS:
        curves = history.curves[metric]
        waves = np.float32(np.arange(done) // WAVE * WAVE + 0.1)
        np.testing.assert_array_equal(curves[:done], np.broadcast_to(waves[:, None], (done, curves.shape[1])))
        assert np.isnan(curves[done:]).all()
    return trials, done


@pytest.mark.parametrize(
    ("when", "left"),
    [("round", (0, 0)), ("states", (ROUND, 0)), ("commit", (ROUND, 0)), ("written", (ROUND, WAVE))],
)
def test_killed_at_a_chosen_moment(path, start, when, left):
    process = start(when)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL
    assert kept(path) == left


def test_killed_when_a_large_transaction_has_spilled_to_the_disk(path):
    large = WRITER.replace(f"+ {ROUND})", "+ 3000)").replace(f"+ {WAVE})", "+ 3000)")
    process = subprocess.run([sys.executable, "-c", large, str(path), "commit"], timeout=PATIENCE, check=False)
    assert process.returncode == -signal.SIGKILL
    assert path.with_name("ikura.db-wal").stat().st_size > 1_000_000
    assert kept(path) == (3000, 0)


def test_killed_at_random_moments_and_started_again(path, start):
    moments = random.Random(0)
    reported = 0
    for _ in range(4):
        process = start("never")
        lines = [process.stdout.readline()]
        time.sleep(moments.uniform(0, 0.15))
        os.kill(process.pid, signal.SIGKILL)
        lines += process.stdout.read().splitlines()
        process.wait()
        now = [int(line) for line in lines if line.strip()]
        assert now[0] > reported
        reported = now[-1]
        assert kept(path)[1] in (reported, reported + WAVE)
