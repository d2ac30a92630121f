"""kill -9 of the process that runs a study, of its workers and of their programs, at random: nothing is lost.

`IKURA_KILLS=60 python -m pytest tests/faults` kills so often, as far as the study lasts.
"""

import os
import random
import shlex
import signal
import sys
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import pytest

import ikura
from ikura import workers
from tests.faults import training
from tests.processes import PATIENCE

SPACE = ikura.Space(rate=ikura.Float(1e-4, 1.0, scale="log"))
ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("IKURA_KILLS", "4"))
OPTIONS = {"trials": 9, "epochs": 9, "schedule": "halving", "min_epochs": 3}
FUNCTION = "tests.faults.training:train"
PROGRAM = shlex.join([sys.executable, training.__file__])
PRINTING = f"{PROGRAM} print"
SIGNS = {"worker": b"serving import serve", "study": b"-m\0ikura", "guardian": b"os.killpg(group"}
"""What the command of each kind of process holds; others are programs."""


@pytest.fixture
def mark(tmp_path, monkeypatch):
    """What all processes of the test have in their environment, and no others."""
    monkeypatch.setenv("LEDGER", str(tmp_path / "ledger"))
    monkeypatch.setenv("HELPER_FOLDER", str(Path(workers.__file__).parent))
    return f"LEDGER={tmp_path / 'ledger'}".encode()


@pytest.fixture
def listening():
    """Have processes hear Ctrl-C, which those that a script starts in the background ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def marked(mark):
    """The processes that have the mark, but for this one, by what they are."""
    found = defaultdict(list)
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            environment, words = (process / "environ").read_bytes(), (process / "cmdline").read_bytes()
            if mark in environment.split(b"\0") and int(process.name) != os.getpid() and words:
                kind = next((kind for kind, sign in SIGNS.items() if sign in words), "program")
                found[kind].append(int(process.name))
    return found


def begin(spawn, tmp_path, *arguments):
    command = [sys.executable, "-m", "ikura", *arguments, "--store", str(tmp_path / "x.db"), "--quiet", "--json"]
    with (tmp_path / "log").open("a") as log:
        return spawn(command, cwd=ROOT, stdout=log, stderr=log)


def wait_until(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


class Ledger:
    """Tells when some more lines have come."""

    def __init__(self, folder):
        self.path = folder / "ledger"
        self.before = self.size()

    def size(self):
        return self.path.stat().st_size if self.path.exists() else 0

    def has_grown(self):
        return self.size() > self.before + 60


def check_ledger(path):
    """Nothing that was reported is asked for again, and nothing comes twice."""
    reported = defaultdict(list)
    for line in path.read_text().splitlines():
        kind, number, epoch = line.split()
        if kind == "reported":
            reported[number].append(int(epoch))
        else:
            assert int(epoch) >= len(reported[number]), line
    for epochs in reported.values():
        assert len(set(epochs)) == len(epochs)
        assert epochs == sorted(epochs)


def shape(result):
    history = result.trials
    configs = [(trial.number, trial.config) for trial in history.trials]
    curves = {name: curve.tobytes() for name, curve in history.curves.items()}
    return configs, [str(state) for state in history.states], curves, result.outcome.best


@pytest.mark.parametrize("victim", ["study", "worker", "program", "any"])
@pytest.mark.parametrize("what", [FUNCTION, PROGRAM, PRINTING], ids=["function", "program", "printing"])
def test_whoever_is_killed_nothing_is_lost(spawn, tmp_path, mark, monkeypatch, record_property, what, victim):
    if victim == "program" and what == FUNCTION:
        pytest.skip("there is no program then")
    monkeypatch.chdir(ROOT)
    subject = what if what == FUNCTION else ikura.Program(what)
    whole = ikura.tune(subject, space=SPACE, workers=3, store=tmp_path / "whole.db", name="s", **OPTIONS)
    (tmp_path / "ledger").unlink()
    (tmp_path / "space.toml").write_text(SPACE.to_toml())
    chance = random.Random(f"{what}{victim}")
    words = ["tune", *([what] if what == FUNCTION else ["--exec", what]), "--space", str(tmp_path / "space.toml")]
    words += ["--trials", "9", "--epochs", "9", "--schedule", "halving", "--min-epochs", "3", "--workers", "3"]
    run = begin(spawn, tmp_path, *words, "--retries", "1000", "--name", "s", "--out", str(tmp_path / "out"))
    kills = 0
    while kills < KILLS and run.poll() != 0:
        ledger = Ledger(tmp_path)
        wait_until(lambda run=run, ledger=ledger: run.poll() is not None or ledger.has_grown())
        assert run.poll() in (None, 0), (tmp_path / "log").read_text()
        time.sleep(chance.random() * 0.05)
        there = marked(mark)
        kinds = [kind for kind in sorted(there) if victim in (kind, "any")]
        if kinds and run.poll() is None:
            chosen = chance.choice(kinds)
            with suppress(ProcessLookupError):
                os.kill(chance.choice(there[chosen]), signal.SIGKILL)
                kills += 1
            if chosen == "study":
                assert run.wait(PATIENCE) == -signal.SIGKILL, (tmp_path / "log").read_text()
                # Whatever it had started ends with it.
                wait_until(lambda: not marked(mark))
                run = begin(spawn, tmp_path, "resume", "s")
    assert run.wait(PATIENCE) == 0, (tmp_path / "log").read_text()
    assert kills > 1
    record_property("kills", kills)
    wait_until(lambda: not marked(mark))
    check_ledger(tmp_path / "ledger")
    with ikura.store.open_store(str(tmp_path / "x.db")) as store:
        record, history = store.study("s"), store.history("s")
    assert shape(ikura.Result(record, history, None)) == shape(whole)


def test_where_ikura_is_killed_whole_nothing_that_a_program_started_survives(spawn, tmp_path, mark):
    (tmp_path / "space.toml").write_text(SPACE.to_toml())
    # The shell is tied to its worker, the program in it to nobody.
    words = ["tune", "--exec", shlex.join(["sh", "-c", f"{PROGRAM}; true"]), "--space", str(tmp_path / "space.toml")]
    run = begin(spawn, tmp_path, *words, "--epochs", "10000", "--trials", "9", "--out", str(tmp_path / "out"))
    wait_until(lambda: (tmp_path / "ledger").exists() and (tmp_path / "ledger").read_text().count("\n") > 5)
    there = marked(mark)
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for process in (*there["study"], *there["worker"]):
            os.kill(process, number)
    run.wait(PATIENCE)
    wait_until(lambda: not marked(mark))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("what", [FUNCTION, PROGRAM], ids=["function", "program"])
def test_a_study_that_is_stopped_leaves_nobody(spawn, tmp_path, mark, listening, what, number):
    (tmp_path / "space.toml").write_text(SPACE.to_toml())
    words = ["tune", *(["--exec", what] if what == PROGRAM else [what]), "--space", str(tmp_path / "space.toml")]
    run = begin(spawn, tmp_path, *words, "--epochs", "10000", "--trials", "9", "--out", str(tmp_path / "out"))
    wait_until(lambda: (tmp_path / "ledger").exists() and (tmp_path / "ledger").read_text().count("\n") > 5)
    run.send_signal(number)
    assert run.wait(PATIENCE) == 128 + number
    wait_until(lambda: not marked(mark))
    assert "ikura resume" in (tmp_path / "log").read_text()
