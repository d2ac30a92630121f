"""How fast this machine is, beside the one that the model of time was fitted on."""

import time
from functools import cache

import numpy as np

from ikura.data import Dataset, Preprocessing, Split
from ikura.dials import default_config
from ikura.nn import MLP, MLP_DIALS
from ikura.optim import TRAINING_DIALS
from ikura.records import Config, Job, Kind, Leg, Target
from ikura.train.cost import step_seconds
from ikura.train.native.worker import CoreWorker
from ikura.train.snapshot import START
from ikura.train.workload import Workload

FEATURES, CLASSES, EXAMPLES, STEPS = 64, 10, 64, 50
RUNS = 5

CONFIG: Config = default_config(TRAINING_DIALS | MLP_DIALS) | {
    "hidden_layers": 2,
    "hidden_units": 64,
    "optimizer": "adam",
    "batch_size": EXAMPLES,
}


@cache
def relative_slowdown() -> float:
    """Return the seconds that one core here takes for one of the reference machine's; measured in a few hundredths."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((EXAMPLES, FEATURES), np.float32), rng.integers(0, CLASSES, EXAMPLES, np.int32)
    one = Split(x[:1], y[:1])
    dataset = Dataset(
        "speed", Split(x, y), one, one, (Target("y", Kind.CLASS, tuple(range(CLASSES))),), Preprocessing(()), (), ""
    )
    network = MLP(FEATURES, CLASSES)
    worker, jobs = CoreWorker(Workload(network, dataset, 0, STEPS)), [Job(0, (Leg(0, CONFIG, 0, STEPS),), 0)]
    best = float("inf")
    for _ in range(RUNS):
        population = worker.begin(jobs)
        began = time.perf_counter()
        worker.train(jobs, population, START, lambda _: False)
        best = min(best, time.perf_counter() - began)
    return best / (STEPS * step_seconds(network.sizes(CONFIG), EXAMPLES))
