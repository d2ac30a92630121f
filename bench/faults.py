"""What it costs to lose nothing: writing a checkpoint, and the time from Ctrl-C or SIGTERM until the process is gone.

Run `python -m bench.faults`. The goals are under 2 % of the time between two checkpoints, and under 5 seconds.
"""

import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from ikura.data import prepare
from ikura.evaluators.defaults import full_config
from ikura.nn import MLP, MLP_DIALS
from ikura.optim import TRAINING_DIALS
from ikura.records import Job, Leg
from ikura.train import Position, Snapshots, Workload
from ikura.train.checkpoints import SECONDS
from ikura.train.native import CoreWorker

NETWORKS = ((64, [64]), (784, [512, 256]), (784, [2048, 2048, 2048]))
"""Features and hidden units."""

STOPS = 10
"""Of each signal."""

EXAMPLES, FEATURES, CLASSES = 20_000, 784, 10


def checkpoint_seconds(features: int, units: list[int], folder: Path) -> tuple[int, float]:
    """Return how many numbers the network has, and the median time of a checkpoint of it."""
    dials = {"hidden_layers": len(units)} | {f"hidden_units_{layer}": each for layer, each in enumerate(units, 1)}
    dataset = prepare((np.random.default_rng(0).normal(size=(100, features)), np.arange(100) % 10))
    job = Job(0, (Leg(0, full_config(dials, TRAINING_DIALS | MLP_DIALS, 60), 0, 1),), 0)
    worker, snapshots = CoreWorker(Workload(MLP(features, 10), dataset, 0, 1)), Snapshots()
    snapshots.keep(folder, "")
    population = worker.begin([job])
    times = []
    for steps in range(1, 11):
        began = time.perf_counter()
        snapshots.write([(job, *worker.pack([job], population, Position(0, steps)))])
        times.append(time.perf_counter() - began)
    assert snapshots.failure is None
    return population.params.size, statistics.median(times)


def stop_seconds(number: signal.Signals, data: Path, folder: Path, chance: random.Random) -> float:
    """Return the seconds from the signal until the process is gone, somewhere in a study of large networks."""
    command = ["tune", str(data), "--trials", "1000", "--epochs", "50", "--store", "s.db", "--quiet"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ikura", *command],
        cwd=folder,
        env=os.environ | {"IKURA_HOME": str(folder)},
        stderr=subprocess.PIPE,
    )
    time.sleep(chance.uniform(8.0, 15.0))
    assert process.poll() is None
    began = time.perf_counter()
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    seconds = time.perf_counter() - began
    assert b"to go on: ikura resume" in said, said
    assert process.returncode == 128 + number
    return seconds


def main() -> None:
    """Measure both."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for place, (features, units) in enumerate(NETWORKS):
            size, seconds = checkpoint_seconds(features, units, folder / str(place))
            share = f"{seconds / SECONDS:.2%} of {SECONDS:.0f} s"
            print(f"checkpoint of {size:>10,} numbers: {1e3 * seconds:6.1f} ms, {share}")
        draw, chance = np.random.default_rng(0), random.Random(0)
        x = draw.normal(size=(EXAMPLES, FEATURES)).astype(np.float32)
        np.savez(folder / "large.npz", x=x, y=np.arange(EXAMPLES) % CLASSES)
        for number in (signal.SIGINT, signal.SIGTERM):
            taken = [stop_seconds(number, folder / "large.npz", folder, chance) for _ in range(STOPS)]
            print(f"{number.name}: {statistics.median(taken):.2f} s, at most {max(taken):.2f} s, of {STOPS}")


if __name__ == "__main__":
    main()
