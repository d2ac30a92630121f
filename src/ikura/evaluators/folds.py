"""Evaluates trials by cross-validation: each is trained once for each fold, and measured by the mean over them."""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ikura.data import Dataset, Folded, Split
from ikura.evaluators.fused import FusedEvaluator
from ikura.evaluators.protocol import Evaluator, Finisher
from ikura.evaluators.shown import Shown, part_of, with_threshold
from ikura.model import Model
from ikura.nn import Network
from ikura.records import JSON, Config, Job, JobResult, Kind, Metric, TrialState
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

    ensembler = None
    """What networks of several folds say of the dev examples is not what one network says."""

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

    def full(self, config: Config) -> Config:
        """See `Evaluator.full`."""
        return self._folds[0].full(config)

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
        test = self._whole.test(model, winner)
        return None if test is None else {**test, "parts": self._parts(model, winner)}

    def _parts(self, model: Model, winner: int) -> JSON:
        """Return what networks of the winning configuration reach on each part, by the study's metric.

        On train it is the mean over the folds' networks of the finals; on dev what each says of its own fold, all
        examples together. On test it is the model that is handed back.
        """
        found = [fold.of_finals(model, winner) for fold in self._folds]
        known = [each for each in found if each is not None]
        if len(known) < len(found):
            return None
        problem = replace(self._whole.problem, targets=model.targets)
        dev = [_in_units(shown, fold.problem, problem) for (_, shown), fold in zip(known, self._folds, strict=True)]
        return {
            "train": _mean_part([train for train, _ in known]),
            "dev": part_of(problem, _together(dev)),
            "test": self._whole.test_part(model),
        }

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


def _mean_part(parts: Sequence[JSON]) -> JSON:
    """Return the mean of what was reached on parts that share most examples, and so are about as sure as each."""
    if any(each is None for each in parts):
        return None
    low, high = np.mean([each["interval"] for each in parts], axis=0).tolist()
    value = float(np.mean([each["value"] for each in parts]))
    return {"value": value, "interval": [low, high], "examples": round(np.mean([each["examples"] for each in parts]))}


def _in_units(shown: Shown, own: Problem, wanted: Problem) -> Shown:
    """Return outputs and numbers that a fold's own training part standardised, as another problem has them."""
    if not any(target.kind is Kind.NUMBER for target in own.targets):
        return shown
    outputs, y = shown.outputs.astype(np.float64), shown.split.y.astype(np.float64)
    column = 0
    for target, other in zip(own.targets, wanted.targets, strict=True):
        if target.kind is Kind.NUMBER:
            scale, shift = target.scale / other.scale, (target.mean - other.mean) / other.scale
            y[:, column] = y[:, column] * scale + shift
            for head in own.heads:
                if head.column == column:
                    outputs[:, head.part] = outputs[:, head.part] * scale + shift
        column += target.columns
    return shown._replace(outputs=outputs, split=replace(shown.split, y=y))


def _together(folds: Sequence[Shown]) -> Shown:
    """Return the folds' examples as one part."""
    splits = [each.split for each in folds]
    weights = [split.weights for split in splits if split.weights is not None]
    split = Split(
        np.concatenate([split.x[:, :0] for split in splits]),  # folds may have other features
        np.concatenate([split.y for split in splits]),
        np.concatenate(weights) if weights else None,
    )
    outputs = np.concatenate([each.outputs for each in folds])
    return Shown(outputs, split, lambda: np.concatenate([each.losses() for each in folds]))


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
