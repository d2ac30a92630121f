"""How fast this machine is, beside the one that the model of time was fitted on."""

import time
from functools import cache

import numpy as np

from ikura.data import Dataset, Preprocessing, Split
from ikura.nn import MLP
from ikura.records import Config
from ikura.train.cost import step_seconds
from ikura.train.native.worker import CoreWorker
from ikura.train.task import Candidate, Task

FEATURES, CLASSES, EXAMPLES, STEPS = 64, 10, 64, 50
RUNS = 5

CONFIG: Config = {
    "hidden_layers": 2,
    "hidden_units": 64,
    "activation": "relu",
    "batch_norm": True,
    "bn_momentum": 0.9,
    "bn_epsilon": 1e-5,
    "dropout": 0.0,
    "initializer": "he",
    "learning_rate": 0.001,
    "optimizer": "adam",
    "momentum": 0.9,
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
    "weight_decay": 0.0,
    "clip_norm": 0.0,
    "decay": "none",
    "decay_rate": 0.0,
    "warmup": 0.0,
    "batch_size": EXAMPLES,
    "label_smoothing": 0.0,
    "class_weights": "none",
}


@cache
def slowness() -> float:
    """The seconds this machine takes for one of the reference machine's, on one core; measured in a few hundredths."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((EXAMPLES, FEATURES), np.float32), rng.integers(0, CLASSES, EXAMPLES, np.int32)
    one = Split(x[:1], y[:1])
    dataset = Dataset("speed", Split(x, y), one, one, tuple(range(CLASSES)), Preprocessing(()), (), "")
    network = MLP(FEATURES, CLASSES)
    worker, candidates = CoreWorker(Task(network, dataset, 0, STEPS)), [Candidate(0, CONFIG)]
    best = float("inf")
    for _ in range(RUNS):
        rows = worker.begin(candidates)
        began = time.perf_counter()
        worker.train(candidates, rows, 0, lambda _: False)
        best = min(best, time.perf_counter() - began)
    return best / (STEPS * step_seconds(network.sizes(CONFIG), EXAMPLES))
