"""An evaluator of a plain Python function, in this process, that shares nothing with the engine."""

import json
import math
import pickle
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ikura.records import JSON, Config, Job, JobResult, Metric, TrialState

Function = Callable[[Config, int, int, Any], tuple[Any, Mapping[str, float]]]
"""`function(config, seed, epoch, state) -> (state, metrics)` trains one epoch; the first is given the state None."""

FILE = "states.pickle"


class FunctionEvaluator:
    """Trains by calling the function, one epoch after the other, when results are collected. Implements Evaluator."""

    replicates = True
    finisher = None
    ensembler = None

    def __init__(
        self,
        function: Function,
        metrics: Sequence[Metric],
        horizon: int,
        *,
        slots: int = 2,
        fixed: Collection[str] = (),
        limits: Mapping[str, tuple[float | None, float | None]] | None = None,
    ) -> None:
        self.metrics = tuple(metrics)
        self.slots = slots
        self.fixed = frozenset(fixed)
        self.limits = limits or {}
        self.calls = 0
        """How many epochs were trained."""
        self._function = function
        self._horizon = horizon
        self._waiting: list[Job] = []
        self._states: dict[str, tuple[int, Any]] = {}
        """For each way that was trained and paused, its owner's number and the state."""
        self._file: Path | None = None
        self._study = ""

    def full(self, config: Config) -> Config:
        """See `Evaluator.full`."""
        return config

    def keep(self, folder: Path, study: str, results: Path) -> None:
        """See `Evaluator.keep`."""
        self._file, self._study = folder / FILE, study
        if self._file.exists():
            written, states = pickle.loads(self._file.read_bytes())
            if written == study:
                self._states = states

    def submit(self, jobs: Sequence[Job]) -> None:
        """See `Evaluator.submit`."""
        self._waiting += jobs

    def collect(self, seconds: float) -> list[JobResult]:
        """See `Evaluator.collect`: trains one job, unless nothing is waited for."""
        if not self._waiting or not seconds:
            return []
        # The last first: a study must not count on any order.
        return [self._train(self._waiting.pop())]

    def cancel(self, trials: Collection[int]) -> None:
        """See `Evaluator.cancel`."""
        self._waiting = [job for job in self._waiting if job.number not in trials]
        self._states = {way: kept for way, kept in self._states.items() if kept[0] not in trials}

    def facts(self) -> Mapping[str, JSON]:
        """See `Evaluator.facts`."""
        return {"compile": 0.0, "programs": 0, "short_of_memory": False}

    def troubles(self) -> list[tuple[str, str]]:
        """See `Evaluator.troubles`."""
        return []

    def close(self, *, done: bool) -> None:
        """See `Evaluator.close`."""
        if self._file is not None and done:
            self._file.unlink(missing_ok=True)
        elif self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_bytes(pickle.dumps((self._study, self._states)))

    def _train(self, job: Job) -> JobResult:
        way = _way(job, job.start)
        first, state = (job.start, self._states[way][1]) if way in self._states else (0, None)
        curves: dict[str, list[float]] = {metric.name: [] for metric in self.metrics}
        for leg in job.legs:
            for epoch in range(max(leg.start, first), leg.stop):
                seed = leg.number + 1_000_003 * job.replicate
                try:
                    state, found = self._function(leg.config, seed, epoch, state)
                except Exception:  # noqa: BLE001 - any function may raise anything
                    nothing = {name: np.zeros(0, np.float32) for name in curves}
                    return JobResult(job, TrialState.FAILED, nothing, traceback.format_exc())
                self.calls += 1
                if not all(map(math.isfinite, found.values())):
                    return self._result(job, TrialState.DIVERGED, curves)
                if epoch >= job.start:
                    for name, value in found.items():
                        curves[name].append(value)
        if job.stop == self._horizon:
            return self._result(job, TrialState.COMPLETE, curves)
        self._states[_way(job, job.stop)] = job.number, state
        return self._result(job, TrialState.PAUSED, curves)

    @staticmethod
    def _result(job: Job, state: TrialState, curves: Mapping[str, list[float]]) -> JobResult:
        return JobResult(job, state, {name: np.array(curve, np.float32) for name, curve in curves.items()})


def _way(job: Job, epoch: int) -> str:
    """Name the way up to an epoch."""
    legs = [(leg.number, dict(leg.config), leg.start, min(leg.stop, epoch)) for leg in job.legs if leg.start < epoch]
    return json.dumps([job.replicate, legs], sort_keys=True)
