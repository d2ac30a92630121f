"""What a step of the kernel costs, beside the model of time that plans are made with: `python -m bench.kernel`.

Prints for each network the microseconds of a training step, dev passes left out, how many 10^9 multiplications and
additions of its matrix products that is a second, and the model's microseconds; then the constants of a new fit.
"""

import time
from itertools import pairwise

import numpy as np
from scipy.optimize import nnls

from ikura.data import Dataset, Preprocessing, Split
from ikura.dials import default_config
from ikura.nn import MLP, MLP_DIALS
from ikura.optim import TRAINING_DIALS
from ikura.records import Job, Kind, Leg, Target
from ikura.train import Workload
from ikura.train.cost import step_seconds, step_work
from ikura.train.native import CoreWorker
from ikura.train.snapshot import START

CLASSES, STEPS, REPEATS = 10, 200, 3
NETWORKS = [
    (features, layers, units, batch)
    for features, layers, units in [
        (4, 1, 16),
        (64, 0, 16),
        (64, 1, 16),
        (64, 1, 64),
        (64, 2, 32),
        (64, 2, 128),
        (64, 3, 64),
        (64, 3, 256),
        (784, 2, 64),
        (784, 2, 256),
    ]
    for batch in (16, 32, 64, 128, 256)
]


def measure(features: int, layers: int, units: int, batch: int) -> float:
    """Return the seconds of a step: the best of some runs."""
    rng = np.random.default_rng(0)
    examples = STEPS * batch
    x, y = rng.standard_normal((examples, features), np.float32), rng.integers(0, CLASSES, examples, np.int32)
    train, dev = Split(x, y), Split(x[:CLASSES], np.arange(CLASSES, dtype=np.int32))
    dataset = Dataset(
        "bench", train, dev, dev, (Target("y", Kind.CLASS, tuple(range(CLASSES))),), Preprocessing(()), (), ""
    )
    config = default_config(TRAINING_DIALS | MLP_DIALS)
    config |= {"hidden_layers": layers, "hidden_units": units, "batch_size": batch}
    best = np.inf
    for _ in range(REPEATS):
        workload = Workload(MLP(features, CLASSES), dataset, 0, 1)
        workload.orders(0)
        worker = CoreWorker(workload)
        jobs = [Job(0, (Leg(0, config, 0, 1),), 0)]
        population = worker.begin(jobs)
        began = time.perf_counter()
        worker.train(jobs, population, START, lambda _: False)
        best = min(best, time.perf_counter() - began)
    return best / STEPS


def main() -> None:
    """Print one line a network, then the fit."""
    seconds, work = [], []
    for features, layers, units, batch in NETWORKS:
        sizes = [features, *[units] * layers, CLASSES]
        taken = measure(features, layers, units, batch)
        products = [2.0 * batch * inputs * outputs for inputs, outputs in pairwise(sizes)]
        rate = (3.0 * sum(products) - products[0]) / taken / 1e9
        model = step_seconds(sizes, batch)
        name = f"{features}-{layers}x{units}-{CLASSES}, {batch:3}"
        print(f"{name}: {1e6 * taken:7.1f} us, {rate:5.1f} GF/s, model {1e6 * model:7.1f} us")
        seconds.append(taken)
        work.append(step_work(sizes, batch))
    relative = np.array(work) / np.array(seconds)[:, None]
    constants, _ = nnls(relative, np.ones(len(seconds)))
    errors = relative @ constants - 1.0
    print("constants, in microseconds:", ", ".join(f"{1e6 * constant:.3g}" for constant in constants))
    print(f"relative errors: median {np.median(np.abs(errors)):.2f}, largest {np.abs(errors).max():.2f}")


if __name__ == "__main__":
    main()
