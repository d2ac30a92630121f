"""What the matrix products of a job would take at this machine's best: no program can be faster.

    python -m bench.peers.floor

measures one core's float32 matrix products, in GF/s; `peak` does that on all cores at once.
"""

import os
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np

from bench.peers.contract import CORES, Job, hidden_units

SIZE, SECONDS = 1024, 2.0


def flops(job: Job) -> float:
    """Return the floating point operations in the products of a job: training, and the dev part after every epoch."""
    with np.load(job.data) as arrays:
        (examples, features), dev = arrays["x_train"].shape, len(arrays["x_dev"])
        classes = int(arrays["y_train"].max()) + 1
    total = 0.0
    for config in job.configs:
        sizes = [features, *hidden_units(config), classes]
        products = [2.0 * fan_in * units for fan_in, units in pairwise(sizes)]
        # Forward, gradient of the weights, gradient of the inputs; the last is not needed of the first layer.
        step = 3.0 * sum(products) - products[0]
        used = examples // config["batch_size"] * config["batch_size"]
        total += job.epochs * (used * step + dev * sum(products))
    return total


def peak() -> float:
    """Operations per second of float32 matrix products, one process with one thread on each core at the same time."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    command, alone = [sys.executable, "-m", "bench.peers.floor"], os.environ | dict.fromkeys(names, "1")
    running = [subprocess.Popen(command, env=alone, stdout=subprocess.PIPE, text=True) for _ in range(CORES)]
    return sum(float(process.communicate()[0]) for process in running) * 1e9


def main() -> None:
    """Print one core's GF/s: the best of many products."""
    a, b = np.random.default_rng(0).random((2, SIZE, SIZE), dtype=np.float32)
    best, until = np.inf, time.perf_counter() + SECONDS
    while (began := time.perf_counter()) < until:
        a @ b
        best = min(best, time.perf_counter() - began)
    print(2.0 * SIZE**3 / best / 1e9)


if __name__ == "__main__":
    main()
