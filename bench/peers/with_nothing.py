"""An empty study: Ikura's sampler, store and loop around an evaluator that trains nothing."""

from collections import deque

import numpy as np

from bench.peers.contract import Data, Job, Progress
from bench.peers.with_ikura import study
from ikura.records import JobResult, TrialState
from ikura.space import Space
from ikura.tasks import CLASSIFICATION

TOGETHER = 64
"""Results that come in at once."""


class Nothing:
    """Answers at once, with zeros. Implements of Evaluator what a search asks of it."""

    metrics = CLASSIFICATION.metrics
    slots = 2

    def __init__(self, epochs: int) -> None:
        self._curves = {metric.name: np.zeros(epochs, np.float32) for metric in self.metrics}
        self._waiting: deque = deque()

    def submit(self, jobs) -> None:
        """See `Evaluator.submit`."""
        self._waiting.extend(jobs)

    def collect(self, seconds: float) -> list[JobResult]:  # noqa: ARG002
        """See `Evaluator.collect`."""
        some = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
        return [JobResult(job, TrialState.COMPLETE, self._curves) for job in some]

    def cancel(self, trials) -> None:
        """See `Evaluator.cancel`."""


def search(job: Job, data: Data, progress: Progress) -> None:  # noqa: ARG001
    """See contract.py."""
    study(job, Space.from_toml(job.space), Nothing(job.epochs), progress)
