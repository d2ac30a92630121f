"""As much is trained at once as there is memory for, to the same bits."""

import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest

from ikura.data import prepare
from ikura.errors import SettingError
from ikura.nn import MLP
from ikura.train import Engine, Workload
from ikura.train.memory import MemoryBudget, available_bytes
from ikura.train.native import CoreWorker
from tests.train.running import DEFAULTS, finish, whole


class Visitor(threading.Thread):
    """Takes some of a budget, and holds it until it is let go."""

    def __init__(self, budget, needed):
        super().__init__(daemon=True)
        self.inside, self.leave = threading.Event(), threading.Event()
        self._budget, self._needed = budget, needed
        self.start()

    def run(self):
        with self._budget.reserve(self._needed):
            self.inside.set()
            self.leave.wait(10.0)


def test_chunks_come_in_as_long_as_they_fit():
    budget = MemoryBudget(100.0)
    first, second = Visitor(budget, 60.0), Visitor(budget, 40.0)
    assert first.inside.wait(5.0)
    assert second.inside.wait(5.0)
    third = Visitor(budget, 30.0)
    assert not third.inside.wait(0.1)
    second.leave.set()
    assert third.inside.wait(5.0)
    for visitor in (first, third):
        visitor.leave.set()


def test_one_alone_is_always_let_in():
    with MemoryBudget(100.0).reserve(1e9):
        pass


def test_after_a_shortage_they_come_one_by_one():
    budget = MemoryBudget(100.0)
    assert not budget.one_by_one
    budget.ran_out()
    assert budget.one_by_one
    with budget.reserve(1.0):
        second = Visitor(budget, 1.0)
        assert not second.inside.wait(0.1)
    assert second.inside.wait(5.0)
    second.leave.set()


def test_the_memory_that_is_left_is_known():
    assert 1e6 < available_bytes() < 1e15


@pytest.fixture(scope="module")
def workload():
    return Workload(MLP(4, 3), prepare("iris"), 0, 3)


JOBS = [whole(number, DEFAULTS | {"batch_size": 16}, 3) for number in range(6)]


def curves(engine):
    try:
        return {key: trained.result.curves["dev_loss"].tobytes() for key, trained in finish(engine, JOBS).items()}
    finally:
        engine.close(done=True)


class Cramped(CoreWorker):
    """A core on a machine that has memory for a few networks at once."""

    def __init__(self, workload, inside, most):
        super().__init__(workload)
        self._inside, self._most = inside, most

    def train(self, jobs, population, position, stopped):
        with ExitStack() as stack:
            self._inside.append(jobs)
            stack.callback(self._inside.remove, jobs)
            threading.Event().wait(0.05)  # so that they meet
            if len(self._inside) > self._most:
                raise MemoryError
            return super().train(jobs, population, position, stopped)


def test_where_two_do_not_fit_they_are_trained_one_by_one(workload):
    inside = []
    engine = Engine(workload, [Cramped(workload, inside, most=1) for _ in range(2)])
    assert curves(engine) == curves(Engine(workload))
    assert engine.shortages > 0


def test_where_one_does_not_fit_that_is_said(workload):
    engine = Engine(workload, [Cramped(workload, [], most=0)])
    with pytest.raises(SettingError, match="memory: there is too little for trial 0 even alone"):
        curves(engine)


REAL = """
import resource, sys
import numpy as np
from ikura.data import Dataset, Preprocessing, Split
from ikura.dials import default_config
from ikura.nn import MLP, MLP_DIALS
from ikura.optim import TRAINING_DIALS
from ikura.records import Job, Kind, Leg, Target
from ikura.train import Engine, Workload
from ikura.train.native import CoreWorker

rng = np.random.default_rng(0)
x, y = rng.standard_normal((64, 3000), np.float32), np.arange(64, dtype=np.int32) % 2
split = Split(x, y)
dataset = Dataset("wide", split, split, split, (Target("y", Kind.CLASS, (0, 1)),), Preprocessing(()), (), "")
config = default_config(TRAINING_DIALS | MLP_DIALS) | {"hidden_units": 3000, "batch_size": 32}
workload = Workload(MLP(3000, 2), dataset, 0, 2)
engine = Engine(workload, [CoreWorker(workload), CoreWorker(workload)])
jobs = [Job(number, (Leg(number, config, 0, 2),), 0) for number in range(4)]
alone = engine.workers[0].memory(jobs[:1])
used = int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmData"))) * 1024
if sys.argv[1] == "little":
    # Initial weights are drawn, and results copied, beside what training takes.
    resource.setrlimit(resource.RLIMIT_DATA, (used + int(1.8 * alone),) * 2)
engine.submit(jobs)
curves = {}
while len(curves) < 4:
    for trained in engine.collect(1.0):
        curves[trained.result.number] = trained.result.curves["train_loss"].tobytes().hex()
engine.close(done=True)
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
