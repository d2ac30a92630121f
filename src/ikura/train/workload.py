"""What the trials of a study have in common, and what training one gave."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.data import Dataset, batch_order
from ikura.nn import EngineNetwork
from ikura.records import Config, Job, JobResult, Metric, TrialState, Value
from ikura.tasks import Head, Problem, make_problem, truths_of
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
    asked: Problem | None = None
    """What is learned and measured; by default the usual of the data's targets."""
    _orders: dict[int, NDArray[np.int32]] = field(default_factory=dict)

    @cached_property
    def problem(self) -> Problem:
        """What is learned and measured."""
        return self.asked or make_problem(self.dataset.targets)

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What is measured at every epoch, in the order in which programs and the kernel measure it."""
        return self.problem.metrics

    @cached_property
    def columns(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What is true of the training and the dev examples [example, column], classes as their numbers."""
        train, dev = (np.asarray(split.y, np.float32) for split in (self.dataset.train, self.dataset.dev))
        return train.reshape(len(train), -1), dev.reshape(len(dev), -1)

    @cached_property
    def weights(self) -> tuple[NDArray[np.float32] | None, NDArray[np.float32] | None]:
        """How much each training and dev example counts [example], 1 on average in both; None where all do the same."""
        train, dev = (split.weights for split in (self.dataset.train, self.dataset.dev))
        return train, None if dev is None or not dev.any() else dev / dev.mean()

    @cached_property
    def dev_truths(self) -> list[NDArray[Any]]:
        """What is true of the dev examples, as metrics take it."""
        return truths_of(self.dataset.dev.y, self.problem.targets)

    @property
    def wants_outputs(self) -> bool:
        """Whether a metric is measured of the outputs on the dev examples, after each epoch."""
        return self.problem.measured is not None

    def measure(self, outputs: NDArray[np.float32], metrics: NDArray[np.float32], epoch: int) -> None:
        """Write what is measured of the outputs [dev example, output] after an epoch into the table [metric, epoch].

        Nothing is written of a trial that diverged.
        """
        if np.isfinite(metrics[:-1, epoch]).all():
            with np.errstate(over="ignore"):
                metrics[-1, epoch] = self.problem.measure(outputs, self.dev_truths)

    def program_key(self, config: Config) -> ProgramKey:
        """Return what decides which program trains a full configuration."""
        static, _ = self.network.split(config)
        return ProgramKey(
            network=tuple(sorted(static.items())),
            batch_size=int(config["batch_size"]),
            clipped=float(config["clip_norm"]) > 0.0,
            weighted=self.weighs_classes(config),
        )

    def weighs_classes(self, config: Config) -> bool:
        """Return whether examples of some classes count more than others in training."""
        return config["class_weights"] == "balanced" or self.problem.class_weights is not None

    def steps(self, batch_size: int) -> int:
        """Return the mini-batches in an epoch; the examples that do not fill one are left out."""
        return len(self.dataset.train.y) // batch_size

    def keys(self, number: int, replicate: int) -> NDArray[np.uint32]:
        """Return a trial's key [2] for the initial weights and one for the training steps."""
        return _keys(self.seed, number, replicate)

    def orders(self, replicate: int) -> NDArray[np.int32]:
        """Return the order of the training examples in each epoch [epoch, example].

        It is the same for all trials of the search, so that these differ by their configurations alone; each replicate
        has another one, so that the spread of replicates shows all that chance does.
        """
        if replicate not in self._orders:
            seed = self.seed
            if replicate:
                seed = int(np.random.SeedSequence([self.seed, replicate]).generate_state(1)[0])
            length = len(self.dataset.train.y)
            self._orders[replicate] = np.stack([batch_order(seed, epoch, length) for epoch in range(self.horizon)])
        return self._orders[replicate]

    @cached_property
    def class_weights(self) -> tuple[NDArray[np.float32] | None, ...]:
        """For each head how much each class counts [class]: as the user said, or the inverse of its frequency.

        The latter has average 1 over the training examples. Of labels [2, label]: of those that are not there, and of
        such that are. None where there are no classes.
        """
        train, _ = self.columns
        given = self.problem.given_weights
        return tuple(
            _class_weights(train, head) if own is None else own
            for head, own in zip(self.problem.heads, given, strict=True)
        )

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


def _class_weights(train: NDArray[np.float32], head: Head) -> NDArray[np.float32] | None:
    own = train[:, head.column : head.column + (1 if head.loss == "softmax" else head.outputs)]
    if head.loss == "softmax":
        counts = np.bincount(own[:, 0].astype(int), minlength=head.outputs)
    elif head.loss == "sigmoid":
        there = (own > 0.5).sum(axis=0)
        counts = np.stack([len(own) - there, there])
    else:
        return None
    return (len(own) / (len(counts) * np.maximum(counts, 1))).astype(np.float32)


@lru_cache(maxsize=256)
def _keys(seed: int, number: int, replicate: int) -> NDArray[np.uint32]:
    """Return the keys [2, 2] of a trial under training, which is asked for them twice or more."""
    keys = np.random.SeedSequence([seed, number, replicate]).generate_state(4).astype(np.uint32).reshape(2, 2)
    keys.flags.writeable = False
    return keys
