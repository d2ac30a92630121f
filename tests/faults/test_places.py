"""Disks that fill, folders that vanish or close, and a clock that is set back, while a real process runs a study."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import ikura
from ikura.records import METRICS
from ikura.store import open_store

STUDY = {"trials": 200, "epochs": 60, "rounds": 3}

CHECKPOINTS_ALL_THE_TIME = """
from ikura.train import checkpoints, worker
worker.LAP = 0.05
checkpoints.Checkpoints.__init__.__defaults__ = (0.1,)
"""

COMMAND_LINE = """
import sys
from ikura.cli.main import run
sys.argv[0] = "ikura"
run()
"""


def found(store: Path) -> dict[str, object]:
    with open_store(str(store), must_exist=True) as opened:
        study, history = opened.study("s"), opened.history("s")
    return {
        "status": study.status,
        "outcome": {key: study.outcome[key] for key in ("best", "finalists", "test")} if study.outcome else None,
        "curves": {metric: history.curves[metric].tobytes() for metric in METRICS},
    }


@pytest.fixture(scope="module")
def untouched(tmp_path_factory) -> dict[str, object]:
    store = tmp_path_factory.mktemp("untouched") / "s.db"
    ikura.tune("digits", **STUDY, name="s", store=str(store))
    return found(store)


@pytest.fixture
def disk(small_disk_of) -> Path:
    """A file system of 16 MB in memory."""
    return small_disk_of("16m")


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


@dataclass
class Study:
    """A study in a process of its own."""

    store: Path
    out: Path
    home: Path
    preamble: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    def _run(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", self.preamble + COMMAND_LINE, *arguments, "--store", str(self.store)],
            env=os.environ | {"IKURA_HOME": str(self.home)} | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def disturbed(self, disturb: Callable[[], object]) -> tuple[int, str]:
        """Begins it, disturbs it once some trials are stored, and returns how it ended and what it said last."""
        amounts = [word for name, value in STUDY.items() for word in (f"--{name}", str(value))]
        process = self._run("tune", "digits", *amounts, "--name", "s", "--out", str(self.out))
        deadline = time.monotonic() + 60.0
        while not self._trained():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.05)
        disturb()
        return self._ended(process)

    def resumed(self) -> tuple[int, str]:
        return self._ended(self._run("resume", "s"))

    def _ended(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        _, errors = process.communicate(timeout=120)
        assert "Traceback" not in errors
        return process.returncode, errors.splitlines()[-1] if errors else ""

    def _trained(self) -> bool:
        if not self.store.exists():
            return False
        with open_store(str(self.store)) as store:
            if not store.studies():
                return False
            states = store.history("s").states
        trained = sum(state != "waiting" for state in states)
        assert trained < STUDY["trials"], "it was over before it could be disturbed"
        return trained > 0


@pytest.fixture
def study(tmp_path) -> Study:
    return Study(tmp_path / "s.db", tmp_path / "out", tmp_path / "home")


def test_a_disk_without_room_for_the_model_costs_nothing(study, disk, untouched):
    study.out = disk / "out"
    code, line = study.disturbed(lambda: fill(disk))
    assert code == 2
    assert line == (
        f"ikura: out: {study.out / 's'} cannot be written (No space left on device); the trials are kept; mend that, "
        "then `ikura resume s`"
    )
    assert found(study.store) == untouched | {"status": "interrupted", "outcome": None}
    (disk / "filler").unlink()
    assert study.resumed()[0] == 0
    assert found(study.store) == untouched
    assert ikura.load_model(study.out / "s")
    assert (study.out / "s" / "report.html").exists()


def test_a_folder_that_became_read_only_costs_nothing(study, disk, untouched):
    study.out = disk / "out"
    code, line = study.disturbed(lambda: subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True))
    assert code == 2
    assert "cannot be written (Read-only file system); the trials are kept" in line
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert study.resumed()[0] == 0
    assert found(study.store) == untouched


def test_a_folder_for_the_results_that_was_deleted_is_made_again(study, untouched):
    code, _ = study.disturbed(lambda: shutil.rmtree(study.out))
    assert code == 0
    assert found(study.store) == untouched
    assert ikura.load_model(study.out / "s")


def test_a_store_on_a_full_disk_keeps_what_was_reported(study, disk, untouched):
    study.store = disk / "s.db"
    code, line = study.disturbed(lambda: fill(disk))
    assert code == 2
    assert line.startswith(f"ikura: store: {study.store} ")
    assert "full" in line
    (disk / "filler").unlink()
    before = found(study.store)
    assert before["outcome"] is None
    assert study.resumed()[0] == 0
    assert found(study.store) == untouched


@pytest.mark.parametrize("what", ["home", "store"])
def test_a_folder_of_the_store_that_was_deleted_ends_it_in_one_line(study, what):
    study.store = study.home / "ikura.db"
    study.home.mkdir()
    code, line = study.disturbed(lambda: shutil.rmtree(study.home) if what == "home" else study.store.unlink())
    assert code == 2
    assert f"store: {study.store} was deleted or moved while it was open" in line


def test_checkpoints_without_room_are_left_out_and_said_so(study, disk, untouched):
    study.home, study.preamble = disk / "home", CHECKPOINTS_ALL_THE_TIME
    code, _ = study.disturbed(lambda: fill(disk))
    assert code == 0
    assert found(study.store) == untouched
    with open_store(str(study.store)) as store:
        (event,) = (event for event in store.events("s") if event.kind == "no checkpoint")
    assert "No space left on device" in event.message
    assert not list(disk.rglob("*.unfinished"))


def test_a_clock_that_is_set_back_changes_nothing(study, tmp_path, untouched):
    libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not libraries:
        pytest.skip("libfaketime is not installed (Debian's package faketime)")
    clock = tmp_path / "clock"
    clock.write_text("+0")
    study.environment = {
        "LD_PRELOAD": str(libraries[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    code, _ = study.disturbed(lambda: clock.write_text("-3h"))
    assert code == 0
    assert found(study.store) == untouched
    with open_store(str(study.store)) as store:
        assert store.study("s").writer is None
