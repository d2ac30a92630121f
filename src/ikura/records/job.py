"""What a study asks of an evaluator, and the answer."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ikura.records.configuration import Config
from ikura.records.trial import Leg, TrialState


@dataclass(frozen=True, slots=True)
class Job:
    """Train a trial from one epoch to another.

    The whole way of the network is told, from its first epoch on: an evaluator goes on from the snapshot that it has of
    the way up to `start`, and trains it all again where it has none. Either way the numbers are the same.
    """

    number: int
    """Of the trial."""
    legs: tuple[Leg, ...]
    """The way from epoch 0 to `stop`, without a gap; some legs may be another trial's."""
    start: int
    """From here on, metrics are reported."""
    replicate: int = 0
    """0 for the trial itself; 1, 2... for the same under other seeds."""

    @property
    def stop(self) -> int:
        """The epoch to which it is trained."""
        return self.legs[-1].stop

    @property
    def config(self) -> Config:
        """The configuration at the end."""
        return self.legs[-1].config


@dataclass(frozen=True, slots=True, eq=False)
class JobResult:
    """What a job gave."""

    job: Job
    state: TrialState
    """PAUSED or COMPLETE, DIVERGED or FAILED."""
    curves: Mapping[str, NDArray[np.float32]]
    """For each metric the values from the job's `start` on [epoch]; a diverged trial's end with the last finite one."""
    error: str | None = None
    """The traceback of a trial that failed."""

    @property
    def number(self) -> int:
        """Of the trial."""
        return self.job.number

    @property
    def epochs(self) -> int:
        """How many epochs were measured from the job's `start` on."""
        # As in a history, those at the end at which nothing was measured do not count.
        epochs = 0
        for curve in self.curves.values():
            last = len(curve)
            while last > epochs and math.isnan(curve[last - 1]):
                last -= 1
            epochs = max(epochs, last)
        return epochs
