"""Evaluates trials by training them as populations inside compiled code."""

import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ikura.data import Dataset, Split
from ikura.errors import SpaceError
from ikura.evaluators.defaults import check_space, full_config, limits
from ikura.evaluators.planning import choose_program_widths
from ikura.evaluators.protocol import Evaluator
from ikura.model import Model
from ikura.nn import MLP, MLP_DIALS, EngineNetwork, Network, UserNetwork, check_methods, check_network
from ikura.optim import TRAINING_DIALS
from ikura.records import JSON, Config, Job, JobResult, Metric, Value
from ikura.space import Choice, Space
from ikura.tasks import CLASSIFICATION
from ikura.train import Engine, Workload, has_accelerator

TRIED = 8
"""So many structures of a user's network are tried before a study begins."""

LOOK_SECONDS = 0.5
"""Between two looks whether a refit is done."""


def make_evaluator(
    dataset: Dataset, space: Space, *, seed: int, epochs: int, network: Network | None = None
) -> Evaluator:
    """Return what evaluates configurations of a space on a data set.

    Args:
        dataset: what the networks learn.
        space: of the built-in network's dials, or of the user's network's and those of training.
        seed: all random draws follow from it.
        epochs: of a trial that is trained to its end.
        network: the user's own; by default the built-in one.

    Raises:
        SpaceError: a dimension has no dial, or can take a value that its dial forbids.
        SettingError: the network breaks a promise.
    """
    return FusedEvaluator(dataset, space, seed=seed, epochs=epochs, network=network)


class FusedEvaluator:
    """Trains the built-in network, or one of the user's own, on a data set. Implements Evaluator and Finisher."""

    metrics: Sequence[Metric] = CLASSIFICATION.metrics
    replicates = True

    def __init__(
        self, dataset: Dataset, space: Space, *, seed: int, epochs: int, network: Network | None = None
    ) -> None:
        """Check the space against the dials, and a network of the user's own on a few configurations.

        Arguments and errors are those of `make_evaluator`.
        """
        self._dataset = dataset
        self._examples = len(dataset.train.y)
        self._dials = TRAINING_DIALS if network else TRAINING_DIALS | MLP_DIALS
        self.network = _engine_network(dataset, space, network)
        static = frozenset[str]()
        if isinstance(self.network, UserNetwork):
            static = self.network.static
            check_network(
                self.network,
                [self._full(config) for config in _examples_of(space)],
                features=dataset.train.x.shape[1],
                classes=len(dataset.classes),
                dev_examples=len(dataset.dev.y),
            )
        self.fixed: frozenset[str] = static | {name for name, dial in self._dials.items() if dial.fixed}
        self.limits: Mapping[str, tuple[float | None, float | None]] = limits(space, self._dials)
        self._workload = Workload(self.network, dataset, seed, epochs)
        self._engine = Engine(self._workload)
        self._kept: tuple[Path, str] | None = None
        self._given: dict[tuple[int, int], Job] = {}
        """The jobs under way as they came, by trial and replicate."""

    @property
    def slots(self) -> int:
        """See `Evaluator.slots`."""
        return len(self._engine.workers)

    @property
    def finisher(self) -> "FusedEvaluator":
        """See `Evaluator.finisher`."""
        return self

    def keep(self, folder: Path, study: str, results: Path) -> None:  # noqa: ARG002
        """See `Evaluator.keep`."""
        self._kept = folder, study
        self._engine.snapshots.keep(folder / "search", study)

    def submit(self, jobs: Sequence[Job]) -> None:
        """See `Evaluator.submit`."""
        self._given.update({(job.number, job.replicate): job for job in jobs})
        self._engine.submit([self._with_defaults(job) for job in jobs])

    def collect(self, seconds: float) -> list[JobResult]:
        """See `Evaluator.collect`."""
        results = [trained.result for trained in self._engine.collect(seconds)]
        return [replace(each, job=self._given.pop((each.number, each.job.replicate))) for each in results]

    def cancel(self, trials: Collection[int]) -> None:
        """See `Evaluator.cancel`."""
        self._engine.cancel(trials)
        gone = set(trials)
        self._given = {key: job for key, job in self._given.items() if key[0] not in gone}

    def refit(self, job: Job, look: Callable[[], None]) -> Model | None:
        """See `Finisher.refit`."""
        full = self._with_defaults(job)
        self._refitting.submit([full])
        while not (found := self._refitting.collect(LOOK_SECONDS)):
            look()
        (trained,) = found
        if trained.snapshot is None:
            return None
        dataset = self._dataset
        return Model(self.network, trained.snapshot.variables, full.config, dataset.classes, dataset.preprocessing)

    def test(self, model: Model) -> Mapping[str, JSON]:
        """See `Finisher.test`."""
        test = self._dataset.test
        return CLASSIFICATION.judge(model.probabilities(test.x), test, self._dataset.classes)

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
        together = Split(np.concatenate([train.x, dev.x]), np.concatenate([train.y, dev.y]))
        dataset = replace(self._dataset, train=together)
        workload = Workload(self.network, dataset, self._workload.seed, self._workload.horizon)
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
        return replace(job, legs=tuple(replace(leg, config=self._full(leg.config)) for leg in job.legs))

    def _full(self, config: Config) -> dict[str, Value]:
        return full_config(config, self._dials, self._examples)


def _engine_network(dataset: Dataset, space: Space, network: Network | None) -> EngineNetwork:
    features, classes = dataset.train.x.shape[1], len(dataset.classes)
    if network is None:
        check_space(space, TRAINING_DIALS | MLP_DIALS, len(dataset.train.y), user_network=False)
        return MLP(features, classes, choose_program_widths(dataset, space) if has_accelerator() else ())
    check_space(space, TRAINING_DIALS, len(dataset.train.y), user_network=True)
    check_methods(network)
    its_own = {name: dimension for name, dimension in space.dimensions.items() if name not in TRAINING_DIALS}
    for name, dimension in its_own.items():
        if isinstance(dimension, Choice) and not dimension.static and not dimension.ordinal:
            raise SpaceError(f"{name}: {dimension.options} cannot be traced, only numbers can: leave out static=False")
    static = frozenset(name for name, dimension in its_own.items() if dimension.static)
    return UserNetwork(network, static, frozenset(its_own) - static)


def _examples_of(space: Space) -> list[Config]:
    """Return a few configurations from all over the space, each also with only its traced hyperparameters changed."""
    unit = np.random.default_rng(0).random((TRIED, len(space)))
    other = unit.copy()
    for column, dimension in enumerate(space.dimensions.values()):
        if not dimension.static:
            unit[:, column], other[:, column] = 0.0, 1.0
    return [config for pair in zip(space.decode(unit), space.decode(other), strict=True) for config in pair]
