"""What crosses between the benchmark and the systems that it measures: a job goes in, a result comes out.

A system is a module with `search(job, data, progress)`. It trains the job's configurations, each for all epochs, and
calls `progress.trained` as they are done. Every run of a system has a process of its own, started by `measure.py`:

    python -m bench.peers.contract MODULE JOB RESULT
"""

import json
import math
import os
import sys
import time
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CORES = len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Job:
    """A list of configurations to train, and on what."""

    name: str
    data: str
    """The path of an NPZ file with `x_train`, `y_train`, `x_dev` and `y_dev`, preprocessed."""
    space: str
    """The space, in TOML, that the configurations were drawn from."""
    epochs: int
    configs: list[dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Data:
    """The training and the dev part: x [example, feature] in float32, y [example] in int32."""

    x: NDArray[np.float32]
    y: NDArray[np.int32]
    dev_x: NDArray[np.float32]
    dev_y: NDArray[np.int32]

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return int(self.y.max()) + 1


@dataclass
class Progress:
    """What a system has done so far; times are `time.time()`, to compare with those of the process that launched it."""

    began: float = 0.0
    first: float | None = None
    """When the first trial was done and known to the system's user."""
    ended: float = 0.0
    trials: int = 0
    best: float = 0.0
    """The best dev accuracy at the last epoch."""
    notes: list[str] = field(default_factory=list)

    def trained(self, dev_accuracy: float, trials: int = 1) -> None:
        """Count trials of which the best has this dev accuracy; diverged ones have NaN."""
        self.first = self.first or time.time()
        self.trials += trials
        if not math.isnan(dev_accuracy):
            self.best = max(self.best, float(dev_accuracy))


def hidden_units(config: dict[str, Any]) -> list[int]:
    """Return the widths of a configuration's hidden layers."""
    layers = range(1, config["hidden_layers"] + 1)
    return [config.get(f"hidden_units_{layer}") or config["hidden_units"] for layer in layers]


def learning_rates(config: dict[str, Any], epochs: int) -> list[float]:
    """Return the learning rate of each epoch."""
    fall = config["decay_rate"] if config["decay"] == "exponential" else 0.0
    return [config["learning_rate"] * math.exp(-fall * epoch) for epoch in range(epochs)]


def read_job(path: Path) -> Job:
    """Read a job that `write_job` wrote."""
    return Job(**json.loads(path.read_text(encoding="utf-8")))


def write_job(job: Job, path: Path) -> None:
    """Write a job for all systems to read."""
    path.write_text(json.dumps(asdict(job), indent=1), encoding="utf-8")


def main() -> None:
    """Run one system in this process."""
    module, job_path, result_path = sys.argv[1:]
    job = read_job(Path(job_path))
    system = import_module(module)
    with np.load(job.data) as arrays:
        data = Data(*(arrays[name] for name in ("x_train", "y_train", "x_dev", "y_dev")))
    progress = Progress(began=time.time())
    system.search(job, data, progress)
    progress.ended = time.time()
    Path(result_path).write_text(json.dumps(asdict(progress)), encoding="utf-8")


if __name__ == "__main__":
    # Through the package, so that the systems and this file mean the same classes.
    import_module("bench.peers.contract").main()
