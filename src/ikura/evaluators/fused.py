"""Evaluates trials by training them as populations inside compiled code."""

import shutil
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ikura.data import Dataset, Split
from ikura.errors import ModelError, SpaceError
from ikura.evaluators.checked_network import checked_network, programs_of
from ikura.evaluators.defaults import check_targets, full_config, limits
from ikura.evaluators.protocol import Evaluator
from ikura.evaluators.shown import (
    FEWEST_AT_ONCE,
    DevOutputs,
    Shown,
    at_most,
    outputs_in_batches,
    part_of,
    shown_of,
    with_threshold,
)
from ikura.model import Ensemble, Model, Predictor
from ikura.model.double import say_in_double
from ikura.nn import MLP_DIALS, Network, UserNetwork, Variables
from ikura.optim import TRAINING_DIALS
from ikura.records import JSON, Config, Job, JobResult, Metric, Value
from ikura.space import Space
from ikura.tasks import PARAMETERS, Problem, Said, make_problem, outputs_saying, task_of, worst_mistakes
from ikura.tasks.measures import accuracy
from ikura.tasks.problem import DEV_ACCURACY, DEV_LOSS
from ikura.train import Engine, Snapshot, Workload

WITNESS = 1
"""The replicate of the finals whose network is measured on the training examples."""

MOST_MEASURED = 10_000
"""Training examples of which that is done; more would tell little more."""

LOOK_SECONDS = 0.5
"""Between two looks whether a refit is done."""

TIMED, TIMES = 1000, 15
"""Predictions that are timed, and how many times."""


def make_evaluator(
    dataset: Dataset,
    space: Space,
    *,
    seed: int,
    epochs: int,
    network: Network | None = None,
    problem: Problem | None = None,
) -> Evaluator:
    """Return what evaluates configurations of a space on a data set.

    Args:
        dataset: what the networks learn.
        space: of the built-in network's dials, or of the user's network's and those of training.
        seed: all random draws follow from it.
        epochs: of a trial that is trained to its end.
        network: the user's own; by default the built-in one.
        problem: what is learned and measured; by default the usual of the data's targets.

    Raises:
        SpaceError: a dimension has no dial, or can take a value that its dial forbids.
        SettingError: the network breaks a promise, or the metric cannot be measured.
    """
    return FusedEvaluator(dataset, space, seed=seed, epochs=epochs, network=network, problem=problem)


class FusedEvaluator:
    """Trains the built-in network, or one of the user's own, on a data set.

    Implements Evaluator, Finisher and Ensembler.
    """

    replicates = True

    def __init__(
        self,
        dataset: Dataset,
        space: Space,
        *,
        seed: int,
        epochs: int,
        network: Network | None = None,
        problem: Problem | None = None,
    ) -> None:
        """Check the space against the dials, and a network of the user's own on a few configurations.

        Arguments and errors are those of `make_evaluator`.
        """
        self._dataset = dataset
        self.problem = problem or make_problem(dataset.targets)
        self.problem.check(dataset.dev.y)
        self._examples = len(dataset.train.y)
        self._dials = TRAINING_DIALS if network else TRAINING_DIALS | MLP_DIALS
        check_targets(space, dataset.targets)
        if self.problem.class_weights is not None and "class_weights" in space.dimensions:
            raise SpaceError(
                "class_weights: they are given as an argument, and are a dimension of the space; they are settled or "
                "tuned: leave one of them out"
            )
        self.network = checked_network(dataset, self.problem, space, network)
        static = self.network.static if isinstance(self.network, UserNetwork) else frozenset[str]()
        self.fixed: frozenset[str] = static | {name for name, dial in self._dials.items() if dial.fixed}
        self.limits: Mapping[str, tuple[float | None, float | None]] = limits(space, self._dials)
        self._workload = Workload(self.network, dataset, seed, epochs, self.problem)
        self._engine = Engine(self._workload, keep_replicate=WITNESS)
        self._witnesses: dict[int, Variables] = {}
        """By trial those of its network of the finals."""
        self._kept: tuple[Path, str] | None = None
        self._given: dict[tuple[int, int], Job] = {}
        """The jobs under way as they came, by trial and replicate."""

    @property
    def metrics(self) -> Sequence[Metric]:
        """See `Evaluator.metrics`."""
        return (*self.problem.metrics, *((PARAMETERS,) if self.problem.counts_parameters else ()))

    @property
    def slots(self) -> int:
        """See `Evaluator.slots`."""
        return len(self._engine.workers)

    @property
    def finisher(self) -> "FusedEvaluator":
        """See `Evaluator.finisher`."""
        return self

    @property
    def ensembler(self) -> "FusedEvaluator":
        """See `Evaluator.ensembler`."""
        return self

    def keep(self, folder: Path, study: str, results: Path) -> None:  # noqa: ARG002
        """See `Evaluator.keep`."""
        # Of the space the numbers depend on no more than the programs that it asks for.
        self._kept = folder, f"{study} {programs_of(self.network)}"
        self._engine.snapshots.keep(folder / "search", self._kept[1])

    def submit(self, jobs: Sequence[Job]) -> None:
        """See `Evaluator.submit`."""
        self._given.update({(job.number, job.replicate): job for job in jobs})
        self._engine.submit([self._with_defaults(job) for job in jobs])

    def collect(self, seconds: float) -> list[JobResult]:
        """See `Evaluator.collect`."""
        found = self._engine.collect(seconds)
        for trained in found:
            if trained.snapshot is not None and trained.result.job.replicate == WITNESS:
                self._witnesses[trained.result.number] = trained.snapshot.variables
        results = [self._counted(trained.result) for trained in found]
        return [replace(each, job=self._given.pop((each.number, each.job.replicate))) for each in results]

    def _counted(self, result: JobResult) -> JobResult:
        """Return a result with how many parameters its network has, where they are counted."""
        if not self.problem.counts_parameters:
            return result
        # The same at all epochs; a job with full configurations.
        counted = np.full(result.epochs, self._parameters(result.job.config), np.float32)
        return replace(result, curves={**result.curves, PARAMETERS.name: counted})

    def _parameters(self, config: Config) -> int:
        """Return how many numbers a network of a full configuration learns."""
        # To draw the weights once more takes a small part of an epoch.
        return self.network.init(np.zeros(2, np.uint32), config).learned

    def cancel(self, trials: Collection[int]) -> None:
        """See `Evaluator.cancel`."""
        self._engine.cancel(trials)
        gone = set(trials)
        self._given = {key: job for key, job in self._given.items() if key[0] not in gone}

    def refit(self, job: Job, look: Callable[[], None]) -> Model | None:
        """See `Finisher.refit`."""
        (model,) = self.refit_members([job], look)
        if model is None or not self.problem.chooses_threshold:
            return model
        return with_threshold(model, self.problem, [self.dev_outputs(job, look)])

    def refit_members(self, jobs: Sequence[Job], look: Callable[[], None]) -> list[Model | None]:
        """See `Ensembler.refit_members`."""
        return self._networks(self._refitting, jobs, look)

    def dev_outputs(self, job: Job, look: Callable[[], None]) -> DevOutputs | None:
        """Return what a network says of the dev examples that was trained on the training examples alone.

        None where it diverged; `look` as for `Finisher.refit`.
        """
        (model,) = self._again([job], look)
        if model is None:
            return None
        return DevOutputs(model.outputs(self._dataset.dev.x), self._workload.dev_truths[0])

    def said_on_dev(self, jobs: Sequence[Job], look: Callable[[], None]) -> list[Said | None]:
        """See `Ensembler.said_on_dev`."""
        return [None if model is None else self._said_of_dev(model) for model in self._again(jobs, look)]

    def _said_of_dev(self, model: Model) -> Said | None:
        try:
            return say_in_double(model, self._dataset.dev.x)
        except ModelError:  # its last step went beyond what numbers can hold
            return None

    def measure_said(self, said: Said) -> dict[str, float]:
        """See `Ensembler.measure_said`."""
        problem, dev = self.problem, self._dataset.dev
        outputs = outputs_saying(said, problem.targets, problem.heads)
        counts = dev.weights if dev.weights is not None and dev.weights.any() else None
        found = {DEV_LOSS.name: float(np.average(shown_of(problem, dev, outputs).losses(), weights=counts))}
        if problem.counts_correct:
            found[DEV_ACCURACY.name] = accuracy(self._workload.dev_truths[0], said[0])
        if problem.measured is not None:
            with np.errstate(over="ignore"):
                found[problem.metrics[-1].name] = problem.measure(outputs, self._workload.dev_truths)
        return found

    def together(self, members: Sequence[Model], shares: Sequence[float], said: Said) -> Ensemble:
        """See `Ensembler.together`."""
        problem, targets = self.problem, self.problem.targets
        if problem.chooses_threshold:
            outputs = outputs_saying(said, targets, problem.heads)
            targets = (replace(targets[0], threshold=problem.threshold(outputs, self._workload.dev_truths)),)
        return Ensemble(tuple(members), tuple(shares), targets)

    def test_together(self, ensemble: Ensemble) -> Mapping[str, JSON] | None:
        """See `Ensembler.test_together`."""
        if not len(self._dataset.test.y):
            return None
        return {**self._judged(ensemble, ensemble.outputs(self._dataset.test.x)), "parts": None}

    def milliseconds(self, predictor: Predictor) -> float:
        """See `Ensembler.milliseconds`."""
        inputs = np.resize(self._dataset.dev.x, (TIMED, self._dataset.dev.x.shape[1]))
        predictor.say(inputs)  # a network may have to be compiled
        seconds = []
        for _ in range(TIMES):
            began = time.perf_counter()
            predictor.say(inputs)
            seconds.append(time.perf_counter() - began)
        return 1000 * min(seconds)

    def _again(self, jobs: Sequence[Job], look: Callable[[], None]) -> list[Model | None]:
        """Return the networks that jobs train on the training examples alone."""
        engine = Engine(self._workload, keep_networks=True)
        try:
            return self._networks(engine, jobs, look)
        finally:
            engine.close(done=True)

    def _networks(self, engine: Engine, jobs: Sequence[Job], look: Callable[[], None]) -> list[Model | None]:
        """Return the network of each job, which an engine that keeps them trains; None for one that diverged."""
        full = {(job.number, job.replicate): self._with_defaults(job) for job in jobs}
        engine.submit(list(full.values()))
        networks: dict[tuple[int, int], Model | None] = {}
        while len(networks) < len(full):
            for trained in engine.collect(LOOK_SECONDS):
                key = trained.result.number, trained.result.job.replicate
                networks[key] = None if trained.snapshot is None else self._model(trained.snapshot, full[key].config)
            look()
        return [networks[job.number, job.replicate] for job in jobs]

    def _model(self, snapshot: Snapshot, config: Config) -> Model:
        problem = self.problem
        return Model(
            self.network, snapshot.variables, config, problem.targets, problem.loss, self._dataset.preprocessing
        )

    def test(self, model: Model, winner: int) -> Mapping[str, JSON] | None:
        """See `Finisher.test`."""
        if not len(self._dataset.test.y):
            return None
        outputs = model.outputs(self._dataset.test.x)
        problem = replace(self.problem, targets=model.targets)
        return {**self._judged(model, outputs), "parts": self._parts(model, problem, winner, outputs)}

    def _judged(self, predictor: Predictor, outputs: NDArray[np.floating]) -> Mapping[str, JSON]:
        """Return what the task says of outputs for the test examples, and the worst mistakes."""
        test, problem = self._dataset.test, replace(self.problem, targets=predictor.targets)
        said = task_of(problem.targets).judge(outputs, test.y, problem, self._dataset.train.y, test.weights)
        return {**said, "worst": worst_mistakes(outputs, test.y, problem, self._dataset.test_row)}

    def _parts(self, model: Model, problem: Problem, winner: int, test_outputs: NDArray[np.float32]) -> JSON:
        """Return what networks of the winning configuration reach on each part, by the study's metric.

        All are called by the threshold of the model, if one was chosen.

        On train and dev it is a network that was trained on train alone, as all are that the finals compare. The one
        that is handed back has learned from dev as well, and is measured on test.
        """
        if winner not in self._witnesses:
            return None
        dataset = self._dataset
        # Its configuration is that of the model, so that nothing is compiled again.
        witness, rows = model.twin(self._witnesses[winner]), max(len(dataset.test.y), FEWEST_AT_ONCE)
        train = at_most(dataset.train, MOST_MEASURED)
        return {
            "train": part_of(problem, shown_of(problem, train, outputs_in_batches(witness, train.x, rows))),
            "dev": part_of(problem, shown_of(problem, dataset.dev, outputs_in_batches(witness, dataset.dev.x, rows))),
            "test": part_of(problem, shown_of(problem, dataset.test, test_outputs)),
        }

    def test_part(self, model: Model) -> JSON:
        """Return what a model reaches on the test examples, by the study's metric."""
        problem, test = replace(self.problem, targets=model.targets), self._dataset.test
        return part_of(problem, shown_of(problem, test, model.outputs(test.x)))

    def of_finals(self, model: Model, winner: int) -> tuple[JSON, Shown] | None:
        """Return what a network of the finals reaches on train, and what it says of dev; None without such a network.

        It is called by the threshold of the model that is handed back, if one was chosen.
        """
        if winner not in self._witnesses:
            return None
        targets = tuple(
            replace(own, threshold=other.threshold)
            for own, other in zip(self.problem.targets, model.targets, strict=True)
        )
        problem, dataset = replace(self.problem, targets=targets), self._dataset
        witness = Model(
            self.network, self._witnesses[winner], model.config, targets, problem.loss, dataset.preprocessing
        )
        train, rows = at_most(dataset.train, MOST_MEASURED), max(len(dataset.dev.y), FEWEST_AT_ONCE)
        return (
            part_of(problem, shown_of(problem, train, outputs_in_batches(witness, train.x, rows))),
            shown_of(problem, dataset.dev, outputs_in_batches(witness, dataset.dev.x, rows)),
        )

    def facts(self) -> Mapping[str, JSON]:
        """See `Evaluator.facts`."""
        return {
            "compile": sum(engine.compile_seconds for engine in self._engines),
            "programs": sum(engine.programs for engine in self._engines),
            "short_of_memory": any(engine.shortages for engine in self._engines),
        }

    def troubles(self) -> list[tuple[str, str]]:
        """See `Evaluator.troubles`."""
        found = []
        for snapshots in (engine.snapshots for engine in self._engines):
            if snapshots.failure is not None:
                found.append(("no checkpoint", f"checkpoints were not written: {snapshots.failure}"))
            found += [
                ("damaged", f"checkpoint {file} was not used; training went on from before")
                for file in snapshots.damaged
            ]
        if any(engine.shortages for engine in self._engines):
            found.append(("memory", "memory ran out; from then on networks were trained one at a time"))
        return found

    def close(self, *, done: bool) -> None:
        """See `Evaluator.close`."""
        for engine in self._engines:
            engine.close(done=done)
        if done and self._kept is not None:
            shutil.rmtree(self._kept[0], ignore_errors=True)

    @cached_property
    def _refitting(self) -> Engine:
        """Trains on training and dev examples together: once the choice is made, more examples are better."""
        train, dev = self._dataset.train, self._dataset.dev
        weights = None
        if train.weights is not None and dev.weights is not None:
            weights = np.concatenate([train.weights, dev.weights])
        together = Split(np.concatenate([train.x, dev.x]), np.concatenate([train.y, dev.y]), weights)
        dataset = replace(self._dataset, train=together)
        workload = Workload(self.network, dataset, self._workload.seed, self._workload.horizon, self.problem)
        engine = Engine(workload, keep_networks=True)
        if self._kept is not None:
            folder, study = self._kept
            engine.snapshots.keep(folder / "winner", study)
        return engine

    @property
    def _engines(self) -> list[Engine]:
        return [self._engine, *([self._refitting] if "_refitting" in vars(self) else [])]

    def _with_defaults(self, job: Job) -> Job:
        """Return the job with full configurations."""
        return replace(job, legs=tuple(replace(leg, config=self.full(leg.config)) for leg in job.legs))

    def full(self, config: Config) -> dict[str, Value]:
        """See `Evaluator.full`: the dials' defaults."""
        return full_config(config, self._dials, self._examples)
