"""Real processes killed by SIGKILL; the resumed study must end as one that was never touched.

`IKURA_KILLS=60 python -m pytest tests/faults` kills more often than the twelve times of every day.
"""

import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ikura.records import METRICS
from ikura.store import open_store

KILLS = int(os.environ.get("IKURA_KILLS", "12"))

ARGUMENTS = ["digits", "--trials", "150", "--epochs", "120", "--rounds", "3", "--name", "s", "--quiet"]

KILLER = """
import os, signal, sys, threading
from pathlib import Path

what, when = sys.argv[1], int(sys.argv[2])
count = 0

def die(*_):
    global count
    count += 1
    if count == when:
        os.kill(os.getpid(), signal.SIGKILL)

if what.startswith("commit"):
    from sqlalchemy import Engine, event
    event.listen(Engine, "commit", die) if what == "commit" else event.listen(Engine, "before_cursor_execute", die)
elif what == "checkpoint":
    from ikura.train import checkpoints, worker
    checkpoints.SECONDS = worker.LAP = 0.0
    checkpoints.Checkpoints.__init__.__defaults__ = (0.0,)
    os.fsync = die
elif what == "checkpoints":
    from ikura.train import checkpoints, worker
    worker.LAP = 0.02
    checkpoints.Checkpoints.__init__.__defaults__ = (0.02,)
elif what == "compilation":
    from ikura.train.xla import XlaWorker
    program = XlaWorker._program
    def compiling(self, *arguments):
        threading.Timer(0.3, die).start()
        return program(self, *arguments)
    XlaWorker._program = compiling
elif what == "model":
    from ikura.model import files
    write = Path.write_bytes
    def dying(path, content):
        die()
        write(path, content)
        die()
    Path.write_bytes = dying
"""

COMMAND_LINE = """
import sys
from ikura.cli.main import run
sys.argv = ["ikura", *sys.argv[3:]]
run()
"""

OWN_NETWORK = """
import sys
import jax.numpy as jnp
import numpy as np
import ikura

class Network:
    def init(self, key, config):
        rng = np.random.default_rng(key)
        units = config["units"]
        first, second = rng.normal(size=(64, units)) / 8, rng.normal(size=(units, 10)) / 4
        return ikura.Variables([first.astype(np.float32), second.astype(np.float32)])

    def apply(self, variables, inputs, config, *, train, key):
        first, second = variables.params
        return jnp.tanh(inputs @ first) @ second, variables

what, store = sys.argv[3], sys.argv[-1]
if what == "tune":
    space = ikura.Space(learning_rate=ikura.Float(1e-3, 1e-1, scale="log"), units=ikura.Int(8, 9, static=True))
    ikura.tune("digits", space=space, network=Network(), trials=8, epochs=3, name="s", store=store, out="ikura-out")
else:
    ikura.resume("s", network=Network(), store=store)
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory) -> Path:
    """One cache of compiled programs for all, as a user has."""
    return tmp_path_factory.mktemp("programs")


class Place:
    """A user's folder, with a store and results."""

    def __init__(self, folder: Path, programs: Path, script: str = COMMAND_LINE) -> None:
        self.folder, self.store, self.script = folder, folder / "s.db", script
        self._environment = os.environ | {"IKURA_HOME": str(folder / "home"), "XDG_CACHE_HOME": str(programs)}

    def begin(self, what: str = "", when: int = 0) -> subprocess.Popen:
        """Starts the study or goes on with it, to be killed at the `when`-th `what`, if one is named."""
        command = [sys.executable, "-c", KILLER + self.script, what, str(when), *self.command()]
        return subprocess.Popen(
            command, cwd=self.folder, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def command(self) -> list[str]:
        """What a user would type now."""
        stored = ["--store", str(self.store)]
        if self.store.exists():
            with open_store(str(self.store)) as store:
                if [study.name for study in store.studies()] == ["s"]:
                    return ["resume", "s", "--quiet", *stored]
        return ["tune", *ARGUMENTS, *stored]

    def checkpoints(self) -> set[Path]:
        return set((self.folder / "home" / "checkpoints").rglob("*.checkpoint"))

    def wait_for_checkpoint(self, process: subprocess.Popen) -> None:
        """Until this process has written one, or has ended."""
        before = self.checkpoints()
        while process.poll() is None and not self.checkpoints() - before:
            time.sleep(0.01)

    def is_complete(self) -> bool:
        with open_store(str(self.store)) as store:
            return store.study("s").status == "complete"

    def finish(self) -> None:
        process = self.begin()
        _, errors = process.communicate(timeout=240)
        assert process.returncode == 0, errors

    def found(self) -> dict[str, object]:
        """All that a study leaves behind, but for what time has put into it."""
        with open_store(str(self.store)) as store:
            study, history = store.study("s"), store.history("s")
        outcome = {key: study.outcome[key] for key in ("best", "finalists", "test", "trials", "diverged")}
        results = self.folder / "ikura-out" / "s"
        assert not list((self.folder / "home" / "checkpoints").glob("*"))
        return {
            "trials": [(trial.number, trial.round, dict(trial.config)) for trial in history.trials],
            "states": history.states,
            "curves": {metric: history.curves[metric].tobytes() for metric in METRICS},
            "regions": history.regions,
            "outcome": outcome,
            "model": (results / "model.safetensors").read_bytes(),
            "side": re.sub(r'"(written|created|seconds)": [^,\n]*', "", (results / "model.json").read_text()),
            "report": (results / "report.html").exists(),
        }


@pytest.fixture(scope="module")
def untouched(tmp_path_factory, programs) -> dict[str, object]:
    place = Place(tmp_path_factory.mktemp("untouched"), programs)
    place.finish()
    return place.found()


def same(found: dict[str, object], untouched: dict[str, object]) -> None:
    for what, expected in untouched.items():
        assert found[what] == expected, what


def test_killed_at_random_moments(tmp_path, programs, untouched) -> None:
    """With checkpoints all the time. Every other kill waits for one, so that networks are left on their way."""
    chance = random.Random(7)
    done = on_their_way = 0
    folder = tmp_path / "0"
    while done < KILLS:
        folder.mkdir(exist_ok=True)
        place = Place(folder, programs)
        process = place.begin("checkpoints")
        if done % 2:
            place.wait_for_checkpoint(process)
            time.sleep(chance.uniform(0.0, 1.0))
        else:
            time.sleep(chance.uniform(1.0, 5.0))
        if process.poll() is None:
            done += 1
        process.kill()
        process.communicate()
        on_their_way += bool(place.checkpoints())
        if place.store.exists() and place.command()[0] == "resume" and place.is_complete():
            same(place.found(), untouched)
            folder = tmp_path / str(done)
    assert on_their_way >= KILLS // 4
    if place.command()[0] == "tune" or not place.is_complete():
        place.finish()
    same(place.found(), untouched)


@pytest.mark.parametrize(
    ("what", "when"),
    [
        ("commit", 4),
        ("commits", 40),
        ("commits", 41),
        ("checkpoint", 9),
        ("model", 1),
        ("model", 2),
        ("model", 6),  # after the report, before the study is complete
    ],
)
def test_killed_in_the_middle_of(what: str, when: int, tmp_path, programs, untouched) -> None:
    place = Place(tmp_path, programs)
    process = place.begin(what, when)
    _, errors = process.communicate(timeout=240)
    assert process.returncode == -9, errors
    place.finish()
    same(place.found(), untouched)


def test_killed_while_a_program_compiles(tmp_path, programs) -> None:
    """Which the built-in network has none of, but a network of one's own has."""
    whole, killed = (Place(tmp_path / name, tmp_path / "programs" / name, OWN_NETWORK) for name in ("whole", "killed"))
    for place in (whole, killed):
        place.folder.mkdir()
    whole.finish()
    process = killed.begin("compilation", 2)
    _, errors = process.communicate(timeout=240)
    assert process.returncode == -9, errors
    killed.finish()
    same(killed.found(), whole.found())


def test_the_comparison_sees_a_single_bit(untouched) -> None:
    curves = dict(untouched["curves"])
    changed = np.frombuffer(curves["dev_loss"], np.uint8).copy()
    changed[0] ^= 1
    with pytest.raises(AssertionError, match="curves"):
        same(untouched | {"curves": curves | {"dev_loss": changed.tobytes()}}, untouched)
