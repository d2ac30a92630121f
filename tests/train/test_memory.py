"""As much is trained at once as there is memory for, to the same bits."""

import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest

from ikura.data import prepare
from ikura.errors import SettingError
from ikura.evaluators.dials import MLP_DIALS, TRAINING_DIALS, full_config
from ikura.nn import MLP
from ikura.train import Candidate, Engine, Task
from ikura.train.memory import Room, available_bytes
from ikura.train.native import CoreWorker


class Visitor(threading.Thread):
    """Enters a room, and stays until it is let go."""

    def __init__(self, room, needed):
        super().__init__(daemon=True)
        self.inside, self.leave = threading.Event(), threading.Event()
        self._room, self._needed = room, needed
        self.start()

    def run(self):
        with self._room.place_for(self._needed):
            self.inside.set()
            self.leave.wait(10.0)


def test_chunks_come_in_as_long_as_they_fit():
    room = Room(100.0)
    first, second = Visitor(room, 60.0), Visitor(room, 40.0)
    assert first.inside.wait(5.0)
    assert second.inside.wait(5.0)
    third = Visitor(room, 30.0)
    assert not third.inside.wait(0.1)
    second.leave.set()
    assert third.inside.wait(5.0)
    for visitor in (first, third):
        visitor.leave.set()


def test_one_alone_is_always_let_in():
    with Room(100.0).place_for(1e9):
        pass


def test_after_a_shortage_they_come_one_by_one():
    room = Room(100.0)
    assert not room.one_by_one
    room.ran_out()
    assert room.one_by_one
    with room.place_for(1.0):
        second = Visitor(room, 1.0)
        assert not second.inside.wait(0.1)
    assert second.inside.wait(5.0)
    second.leave.set()


def test_the_memory_that_is_left_is_known():
    assert 1e6 < available_bytes() < 1e15


@pytest.fixture(scope="module")
def task():
    return Task(MLP(4, 3), prepare("iris"), 0, 3)


def candidates(task, count=6):
    config = full_config({}, TRAINING_DIALS | MLP_DIALS, len(task.dataset.train.y))
    return [Candidate(number, config) for number in range(count)]


def curves(engine, task):
    trained = [network for chunk in engine.train(candidates(task)) for network in chunk]
    return {network.candidate.number: network.curves["dev_loss"].tobytes() for network in trained}


class Cramped(CoreWorker):
    """A core on a machine that has memory for a few networks at once."""

    def __init__(self, task, inside, most):
        super().__init__(task)
        self._inside, self._most = inside, most

    def train(self, candidates, rows, position, stopped):
        with ExitStack() as stack:
            self._inside.append(candidates)
            stack.callback(self._inside.remove, candidates)
            threading.Event().wait(0.05)  # so that they meet
            if len(self._inside) > self._most:
                raise MemoryError
            return super().train(candidates, rows, position, stopped)


def test_where_two_do_not_fit_they_are_trained_one_by_one(task):
    inside = []
    engine = Engine(task, [Cramped(task, inside, most=1) for _ in range(2)])
    assert curves(engine, task) == curves(Engine(task), task)
    assert engine.shortages > 0


def test_where_one_does_not_fit_that_is_said(task):
    engine = Engine(task, [Cramped(task, [], most=0)])
    with pytest.raises(SettingError, match="memory: there is too little for trial 0 even alone"):
        list(engine.train(candidates(task)))


REAL = """
import resource, sys
import numpy as np
from ikura.data import Dataset, Preprocessing, Split
from ikura.evaluators.dials import MLP_DIALS, TRAINING_DIALS
from ikura.nn import MLP
from ikura.train import Candidate, Engine, Task
from ikura.train.native import CoreWorker

rng = np.random.default_rng(0)
x, y = rng.standard_normal((64, 3000), np.float32), np.arange(64, dtype=np.int32) % 2
split = Split(x, y)
dataset = Dataset("wide", split, split, split, (0, 1), Preprocessing(()), (), "")
config = {name: dial.default for name, dial in (TRAINING_DIALS | MLP_DIALS).items()}
config |= {"hidden_units": 3000, "batch_size": 32}
task = Task(MLP(3000, 2), dataset, 0, 2)
engine = Engine(task, [CoreWorker(task), CoreWorker(task)])
alone = engine._workers[0].memory([Candidate(0, config)])
used = int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmData"))) * 1024
if sys.argv[1] == "little":
    # Initial weights are drawn, and results copied, beside what training takes.
    resource.setrlimit(resource.RLIMIT_DATA, (used + int(1.8 * alone),) * 2)
curves = {}
for chunk in engine.train([Candidate(n, config) for n in range(4)]):
    curves |= {network.candidate.number: network.curves["train_loss"].tobytes().hex() for network in chunk}
    chunk.clear()  # the networks themselves take memory, too
for number in range(4):
    print(curves[number])
print("short" if engine.shortages else "enough")
"""


def test_a_process_that_really_runs_out_of_memory_ends_with_the_same_bits():
    found = {}
    for memory in ("plenty", "little"):
        done = subprocess.run([sys.executable, "-c", REAL, memory], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        *found[memory], found[f"{memory} was"] = done.stdout.split()
    assert found["plenty was"] == "enough"
    assert found["little was"] == "short"
    assert found["plenty"] == found["little"]
    assert len(set(found["plenty"])) == 4
