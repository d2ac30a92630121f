"""Evaluates trials by training them as populations inside compiled programs."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from copy import copy
from dataclasses import replace
from typing import Self

import numpy as np

from ikura.data import Dataset, Split
from ikura.errors import SpaceError
from ikura.evaluators.dials import MLP_DIALS, TRAINING_DIALS, check_space, full_config
from ikura.evaluators.planning import choose_program_widths
from ikura.evaluators.protocol import Results
from ikura.nn import MLP, CustomNetwork, EngineNetwork, Network, check_methods, check_network
from ikura.records import Config, Trial, TrialResult, Value
from ikura.space import Choice, Space
from ikura.train import Candidate, Checkpoints, Engine, Task, Trained, has_accelerator

TRIED = 8
"""So many structures of a user's network are tried before a study begins."""


class FusedEvaluator:
    """Trains the built-in network, or one of the user's own, on a data set. Implements Evaluator."""

    def __init__(
        self, dataset: Dataset, space: Space, *, seed: int, epochs: int, network: Network | None = None
    ) -> None:
        """Checks the space against the dials, and a network of the user's own on a few configurations.

        Raises:
            SpaceError: a dimension has no dial, or can take a value that its dial forbids.
            SettingError: the network breaks a promise.
        """
        examples = len(dataset.train.y)
        self._examples = examples
        self._dials = TRAINING_DIALS if network else TRAINING_DIALS | MLP_DIALS
        self.network = _engine_network(dataset, space, network)
        if isinstance(self.network, CustomNetwork):
            check_network(
                self.network,
                [self.full_config(config) for config in _examples_of(space)],
                features=dataset.train.x.shape[1],
                classes=len(dataset.classes),
                dev_examples=len(dataset.dev.y),
            )
        self._dataset, self._seed, self._epochs = dataset, seed, epochs
        self._engine = Engine(Task(self.network, dataset, seed, epochs))

    def trained_on(self, train: Split) -> Self:
        """One of the same network and defaults that trains on other examples."""
        other = copy(self)
        dataset = replace(self._dataset, train=train)
        other._engine = Engine(Task(self.network, dataset, self._seed, self._epochs))
        return other

    def use(self, checkpoints: Checkpoints) -> None:
        """From now on, goes on from these checkpoints and writes more of them."""
        self._engine.use(checkpoints)

    @property
    def programs(self) -> int:
        """How many programs were compiled so far."""
        return self._engine.programs

    @property
    def shortages(self) -> int:
        """How often memory ran out, so that less was trained at once."""
        return self._engine.shortages

    @property
    def compile_seconds(self) -> float:
        """What compilation has cost so far, summed over devices."""
        return self._engine.compile_seconds

    def full_config(self, config: Config) -> dict[str, Value]:
        """The configuration with the defaults of the dials that the space leaves out."""
        return full_config(config, self._dials, self._examples)

    def evaluate(self, trials: Sequence[Trial]) -> Results:
        """See `Evaluator.evaluate`."""
        candidates = [Candidate(trial.number, self.full_config(trial.config)) for trial in trials]
        with closing(self._engine.train(candidates)) as chunks:
            for chunk in chunks:
                yield [
                    TrialResult(trained.candidate.number, trained.state, trained.curves, trained.error)
                    for trained in chunk
                ]

    def train_again(self, trials: Sequence[Trial], replicates: Iterable[int]) -> Generator[list[Trained], None, None]:
        """Trains the trials' configurations under other seeds, one for each replicate from 1 on; keeps the networks."""
        yield from self._engine.train(
            Candidate(trial.number, self.full_config(trial.config), replicate)
            for replicate in replicates
            for trial in trials
        )


def _engine_network(dataset: Dataset, space: Space, network: Network | None) -> EngineNetwork:
    features, classes = dataset.train.x.shape[1], len(dataset.classes)
    if network is None:
        check_space(space, TRAINING_DIALS | MLP_DIALS, len(dataset.train.y), own_network=False)
        return MLP(features, classes, choose_program_widths(dataset, space) if has_accelerator() else ())
    check_space(space, TRAINING_DIALS, len(dataset.train.y), own_network=True)
    check_methods(network)
    own = {name: dimension for name, dimension in space.dimensions.items() if name not in TRAINING_DIALS}
    for name, dimension in own.items():
        if isinstance(dimension, Choice) and not dimension.static and not dimension.ordinal:
            raise SpaceError(f"{name}: {dimension.options} cannot be traced, only numbers can: leave out static=False")
    static = frozenset(name for name, dimension in own.items() if dimension.static)
    return CustomNetwork(network, static, frozenset(own) - static)


def _examples_of(space: Space) -> list[Config]:
    """A few configurations from all over the space, each once more with only its traced hyperparameters changed."""
    unit = np.random.default_rng(0).random((TRIED, len(space)))
    other = unit.copy()
    for column, dimension in enumerate(space.dimensions.values()):
        if not dimension.static:
            unit[:, column], other[:, column] = 0.0, 1.0
    return [config for pair in zip(space.decode(unit), space.decode(other), strict=True) for config in pair]
