"""What bookkeeping costs: studies of 256 and 10,000 trials x 30 epochs, written in waves of 64 and read back.

Run `python -m bench.store`. The goal is under 1 ms a trial for writing and reading together.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.settings import bench_settings
from ikura.records import GoOn, Job, JobResult, Leg, Trial, TrialState
from ikura.store import Store, open_store

EPOCHS, WAVE, ROUNDS = 30, 64, 4
CONFIG = {
    "learning_rate": 0.012345678901234567,
    "optimizer": "adam",
    "beta1": 0.9123456789012345,
    "beta2": 0.9991234567890123,
    "epsilon": 1.2345678901234567e-8,
    "weight_decay": 0.00012345678901234567,
    "hidden_layers": 2,
    "hidden_units": 128,
    "batch_size": 64,
    "dropout": 0.12345678901234568,
}


SETTINGS = bench_settings(10_000, EPOCHS)


def results(first: int, count: int) -> list[JobResult]:
    """Make results with random curves for trials first, first + 1..."""
    draw = np.random.default_rng(first)
    return [
        JobResult(
            Job(number, (Leg(number, CONFIG, 0, EPOCHS),), 0),
            TrialState.COMPLETE,
            {metric.name: draw.random(EPOCHS, dtype=np.float32) for metric in SETTINGS.metrics},
        )
        for number in range(first, first + count)
    ]


def measure(store: Store, trials: int) -> tuple[float, float]:
    """Return the seconds that writing and reading a study took."""
    writing = 0.0
    share = -(-trials // ROUNDS)
    start = time.perf_counter()
    store.create("bench", SETTINGS, "")
    writing += time.perf_counter() - start
    for number in range(ROUNDS):
        proposed = range(number * share, min((number + 1) * share, trials))
        start = time.perf_counter()
        decisions = [GoOn(trial, EPOCHS) for trial in proposed]
        store.add_round("bench", [Trial(trial, CONFIG, number) for trial in proposed], None, decisions)
        writing += time.perf_counter() - start
        for first in range(proposed.start, proposed.stop, WAVE):
            wave = results(first, min(WAVE, proposed.stop - first))
            start = time.perf_counter()
            store.write("bench", wave)
            writing += time.perf_counter() - start
    start = time.perf_counter()
    store.history("bench")
    return writing, time.perf_counter() - start


def main() -> None:
    """Print one line for each size of study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", help="an empty database on a server; by default files in this folder")
    url = parser.parse_args().store
    for trials in (256, 10_000):
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            path = Path(folder) / "bench.db"
            start = time.perf_counter()
            with open_store(url or str(path)) as store:
                opening = time.perf_counter() - start
                writing, reading = measure(store, trials)
                store.delete("bench")
            size = path.stat().st_size if path.exists() else 0
        print(
            f"{trials:6d} trials x {EPOCHS} epochs: opened in {opening:.2f} s; written in {writing:.2f} s "
            f"({1000 * writing / trials:.3f} ms a trial), read in {reading:.2f} s ({1000 * reading / trials:.3f} ms a "
            f"trial), {size / trials:.0f} bytes a trial"
        )


if __name__ == "__main__":
    main()
