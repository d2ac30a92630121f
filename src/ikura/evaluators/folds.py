"""Evaluates trials by cross-validation: each is trained once for each fold, and measured by the mean over them."""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ikura.data import Dataset, Folded
from ikura.evaluators.fused import FusedEvaluator, with_threshold
from ikura.evaluators.protocol import Evaluator, Finisher
from ikura.model import Model
from ikura.nn import Network
from ikura.records import JSON, Job, JobResult, Metric, TrialState
from ikura.space import Space
from ikura.tasks import Problem

GLANCE_SECONDS = 0.002
"""How long one fold is waited for before all are looked at again."""


def make_folded_evaluator(
    folded: Folded,
    space: Space,
    *,
    seed: int,
    epochs: int,
    network: Network | None = None,
    problem: Callable[[Dataset], Problem],
) -> Evaluator:
    """Return what evaluates configurations by cross-validation; arguments and errors as for `make_evaluator`.

    Numbers are standardised by each fold's own training part, so that each has its own problem.
    """

    def made(dataset: Dataset) -> FusedEvaluator:
        return FusedEvaluator(dataset, space, seed=seed, epochs=epochs, network=network, problem=problem(dataset))

    return FoldedEvaluator([made(dataset) for dataset in folded.folds], made(folded.whole))


class FoldedEvaluator:
    """Trains every job on each fold's training part and measures it on the fold's dev part. Implements Evaluator.

    Its metrics are means over the folds. A job that diverges on one of them has diverged, where it did first.
    """

    def __init__(self, folds: Sequence[FusedEvaluator], whole: FusedEvaluator) -> None:
        """Take an evaluator for each fold, and one that finishes: trains on all of them, and tests."""
        self._folds = folds
        self._whole = whole
        self._found: defaultdict[tuple[int, int], dict[int, JobResult]] = defaultdict(dict)
        """What has come of the jobs under way, by trial and replicate, and by fold."""

    @property
    def metrics(self) -> Sequence[Metric]:
        """See `Evaluator.metrics`."""
        return self._folds[0].metrics

    @property
    def slots(self) -> int:
        """See `Evaluator.slots`."""
        return self._folds[0].slots

    @property
    def fixed(self) -> frozenset[str]:
        """See `Evaluator.fixed`."""
        return self._folds[0].fixed

    @property
    def limits(self) -> Mapping[str, tuple[float | None, float | None]]:
        """See `Evaluator.limits`."""
        return self._folds[0].limits

    @property
    def replicates(self) -> bool:
        """See `Evaluator.replicates`."""
        return self._folds[0].replicates

    @property
    def finisher(self) -> Finisher:
        """See `Evaluator.finisher`."""
        return self

    def keep(self, folder: Path, study: str, results: Path) -> None:
        """See `Evaluator.keep`."""
        for number, fold in enumerate(self._folds):
            fold.keep(folder / f"fold-{number}", study, results)
        self._whole.keep(folder / "whole", study, results)

    def submit(self, jobs: Sequence[Job]) -> None:
        """See `Evaluator.submit`."""
        for fold in self._folds:
            fold.submit(jobs)

    def collect(self, seconds: float) -> list[JobResult]:
        """See `Evaluator.collect`."""
        until, wait = time.monotonic() + seconds, 0.0
        while True:
            done = []
            for number in range(len(self._folds)):
                done += self._look_at(number, wait)
                wait = 0.0
            if done or time.monotonic() >= until:
                return done
            wait = GLANCE_SECONDS

    def cancel(self, trials: Collection[int]) -> None:
        """See `Evaluator.cancel`."""
        for fold in self._folds:
            fold.cancel(trials)
        for key in [key for key in self._found if key[0] in set(trials)]:
            del self._found[key]

    def refit(self, job: Job, look: Callable[[], None]) -> Model | None:
        """See `Finisher.refit`."""
        model = self._whole.refit(job, look)
        if model is None or not self._whole.problem.chooses_threshold:
            return model
        return with_threshold(model, self._whole.problem, [fold.dev_outputs(job, look) for fold in self._folds])

    def test(self, model: Model, winner: int) -> Mapping[str, JSON] | None:
        """See `Finisher.test`."""
        return self._whole.test(model, winner)

    def facts(self) -> Mapping[str, JSON]:
        """See `Evaluator.facts`."""
        facts = [each.facts() for each in (*self._folds, self._whole)]
        return {
            "compile": sum(each["compile"] for each in facts),
            "programs": sum(each["programs"] for each in facts),
            "short_of_memory": any(each["short_of_memory"] for each in facts),
        }

    def troubles(self) -> list[tuple[str, str]]:
        """See `Evaluator.troubles`; what several folds tell is told once."""
        return list(dict.fromkeys(trouble for each in (*self._folds, self._whole) for trouble in each.troubles()))

    def close(self, *, done: bool) -> None:
        """See `Evaluator.close`."""
        for each in (*self._folds, self._whole):
            each.close(done=done)

    def _look_at(self, number: int, seconds: float) -> list[JobResult]:
        """Return the jobs that are done now that this fold's results are known; wait for these at most so long."""
        done = []
        for result in self._folds[number].collect(seconds):
            key = result.number, result.job.replicate
            self._found[key][number] = result
            if len(self._found[key]) == len(self._folds):
                done.append(_mean(list(self._found.pop(key).values())))
        return done


def _mean(results: Sequence[JobResult]) -> JobResult:
    """Return what results of one job on all folds say together."""
    first = results[0]
    for state in (TrialState.FAILED, TrialState.DIVERGED):
        if any(result.state is state for result in results):
            break
    else:
        state = first.state
    error = next((result.error for result in results if result.error is not None), None)
    epochs = min(len(curve) for result in results for curve in result.curves.values())
    curves: dict[str, NDArray[np.float32]] = {}
    for name in first.curves:
        stacked = np.stack([result.curves[name][:epochs] for result in results])
        curves[name] = np.asarray(stacked.mean(axis=0, dtype=np.float64), np.float32)
    return JobResult(first.job, state, curves, error)
