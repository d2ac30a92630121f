"""What the trials of a study have in common, and what training one gave."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ikura.data import Dataset, batch_order
from ikura.nn import EngineNetwork
from ikura.records import Config, Job, JobResult, Metric, TrialState, Value
from ikura.tasks import CLASSIFICATION
from ikura.train.snapshot import Snapshot


@dataclass(frozen=True)
class ProgramKey:
    """The static hyperparameters: trials of equal keys share a program."""

    network: tuple[tuple[str, Value], ...]
    """The network's own static hyperparameters, sorted by name."""
    batch_size: int
    clipped: bool
    """Whether the gradients' global norm is limited."""
    weighted: bool
    """Whether classes are weighted by the inverse of their frequency."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What became of a job."""

    result: JobResult
    snapshot: Snapshot | None = None
    """The trial as the job left it, where it can go on or its network is wanted."""


@dataclass(frozen=True, eq=False)
class Workload:
    """What is to be learned, and what the random draws follow from."""

    network: EngineNetwork
    dataset: Dataset
    seed: int
    horizon: int
    """Epochs of a trial that is trained to its end, which decay and warm-up of the learning rate refer to."""
    _orders: dict[bool, NDArray[np.int32]] = field(default_factory=dict)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What is measured at every epoch, in the order in which programs and the kernel measure it."""
        return CLASSIFICATION.metrics

    def program_key(self, config: Config) -> ProgramKey:
        """Return what decides which program trains a full configuration."""
        static, _ = self.network.split(config)
        return ProgramKey(
            network=tuple(sorted(static.items())),
            batch_size=int(config["batch_size"]),
            clipped=float(config["clip_norm"]) > 0.0,
            weighted=config["class_weights"] == "balanced",
        )

    def steps(self, batch_size: int) -> int:
        """Return the mini-batches in an epoch; the examples that do not fill one are left out."""
        return len(self.dataset.train.y) // batch_size

    def keys(self, number: int, replicate: int) -> NDArray[np.uint32]:
        """Return a trial's key [2] for the initial weights and one for the training steps."""
        return _keys(self.seed, number, replicate)

    def orders(self, *, replicated: bool) -> NDArray[np.int32]:
        """Return the order of the training examples in each epoch [epoch, example], the same for all trials.

        Args:
            replicated: whether for replicates, which see the mini-batches in another order than the trials did.
        """
        if replicated not in self._orders:
            other = np.random.SeedSequence([self.seed, 1])
            seed = int(other.generate_state(1)[0]) if replicated else self.seed
            length = len(self.dataset.train.y)
            self._orders[replicated] = np.stack([batch_order(seed, epoch, length) for epoch in range(self.horizon)])
        return self._orders[replicated]

    def class_weights(self) -> NDArray[np.float32]:
        """Return the inverse of each class's frequency [class]; average 1 over the training examples."""
        counts = np.bincount(self.dataset.train.y, minlength=len(self.dataset.classes))
        return (len(self.dataset.train.y) / (len(counts) * np.maximum(counts, 1))).astype(np.float32)

    def result(self, job: Job, curves: NDArray[np.float32]) -> JobResult:
        """Return what the metrics [metric, epoch] since the first epoch say of a job."""
        broken = np.flatnonzero(~np.isfinite(curves[:, : job.stop]).all(axis=0))
        if broken.size:
            return JobResult(job, TrialState.DIVERGED, self._since(job, curves[:, : int(broken[0])]))
        state = TrialState.COMPLETE if job.stop == self.horizon else TrialState.PAUSED
        return JobResult(job, state, self._since(job, curves[:, : job.stop]))

    def failure(self, job: Job, error: Exception) -> JobResult:
        """Return what is left of a job whose network raised an error."""
        told = traceback.TracebackException.from_exception(error)
        told.__notes__ = None  # in which JAX says what it left out
        nothing = self._since(job, np.zeros((len(self.metrics), 0), np.float32))
        return JobResult(job, TrialState.FAILED, nothing, "".join(told.format()))

    def _since(self, job: Job, curves: NDArray[np.float32]) -> Mapping[str, NDArray[np.float32]]:
        """Return the curves by name, from the job's start on; copies, so that nothing larger is kept."""
        return {metric.name: curves[row, job.start :].copy() for row, metric in enumerate(self.metrics)}


@lru_cache(maxsize=256)
def _keys(seed: int, number: int, replicate: int) -> NDArray[np.uint32]:
    """Return the keys [2, 2] of a trial under training, which is asked for them twice or more."""
    keys = np.random.SeedSequence([seed, number, replicate]).generate_state(4).astype(np.uint32).reshape(2, 2)
    keys.flags.writeable = False
    return keys
