"""From configurations to the rows of a population, and back."""

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import numpy as np
from numpy.typing import NDArray

from ikura.nn import EngineNetwork, Variables
from ikura.optim import coefficients, initial_slots, step_table
from ikura.records import METRICS, Config, TrialState
from ikura.train.program import Constants, Progress, Structure


@dataclass(frozen=True, slots=True)
class Candidate:
    """One network to train."""

    number: int
    """The trial's number."""
    config: Config
    """A value for every hyperparameter of the network and of its training."""
    replicate: int = 0
    """0 for the trial itself; 1, 2... for the same configuration under other seeds."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What became of a candidate."""

    candidate: Candidate
    state: TrialState
    curves: dict[str, NDArray[np.float32]]
    """For each name in METRICS the values [epoch], up to the last epoch that was finite."""
    variables: Variables
    """The network after the last epoch."""


def structure_of(network: EngineNetwork, config: Config) -> Structure:
    """What decides which program trains a configuration."""
    static, _ = network.split(config)
    return Structure(
        network=tuple(sorted(static.items())),
        batch_size=int(config["batch_size"]),
        clipped=float(config["clip_norm"]) > 0.0,
        weighted=config["class_weights"] == "balanced",
    )


def count_parameters(network: EngineNetwork, config: Config) -> int:
    """How many numbers the optimizer learns in the configuration's program, padding included."""
    variables = network.pad(network.init(np.zeros(2, np.uint32), config), config)
    return sum(np.size(leaf) for leaf in jax.tree.leaves(variables.params))


def stacked_rows(
    network: EngineNetwork, candidates: Sequence[Candidate], seed: int, epochs: int, capacity: int, steps: int
) -> tuple[Progress, Constants]:
    """The initial rows of candidates of one structure, stacked along a leading axis [trial]; arrays are NumPy's.

    The tables of metrics and steps have room for `capacity` epochs, `epochs` of which will be trained in `steps` each.
    """
    rows = [_row(network, candidate, seed, epochs, capacity, steps) for candidate in candidates]
    return jax.tree.map(lambda *leaves: np.stack(leaves), *rows)


def unstacked(
    network: EngineNetwork, candidates: Sequence[Candidate], progress: Progress, epochs: int
) -> list[Trained]:
    """What training made of the candidates in the first rows of a population; arrays are NumPy's."""
    host: Progress = jax.tree.map(np.asarray, progress)
    return [_trained(network, candidate, _take(host, row), epochs) for row, candidate in enumerate(candidates)]


def _take(progress: Progress, row: int) -> Progress:
    return jax.tree.map(lambda leaf: leaf[row], progress)


def _row(
    network: EngineNetwork, candidate: Candidate, seed: int, epochs: int, capacity: int, steps: int
) -> tuple[Progress, Constants]:
    config = candidate.config
    entropy = [seed, candidate.number, candidate.replicate]
    words = np.random.SeedSequence(entropy).generate_state(4).astype(np.uint32)
    init_key, step_key = words.reshape(2, 2)
    variables = jax.tree.map(np.asarray, network.pad(network.init(init_key, config), config))
    metrics = np.full((len(METRICS), capacity), np.nan, np.float32)
    _, traced = network.split(config)
    table = np.pad(np.stack(step_table(config, epochs, steps), axis=-1), ((0, capacity - epochs), (0, 0), (0, 0)))
    constants = Constants(
        network=traced,
        rule=coefficients(config),
        steps=table,
        label_smoothing=np.float32(config["label_smoothing"]),
        clip_norm=np.float32(config["clip_norm"]),
        key=step_key,
    )
    return Progress(variables, initial_slots(variables.params), metrics), constants


def _trained(network: EngineNetwork, candidate: Candidate, progress: Progress, epochs: int) -> Trained:
    metrics: NDArray[np.float32] = progress.metrics[:, :epochs]
    broken = np.flatnonzero(~np.isfinite(metrics).all(axis=0))
    last = int(broken[0]) if broken.size else epochs
    return Trained(
        candidate=candidate,
        state=TrialState.DIVERGED if broken.size else TrialState.COMPLETE,
        curves={name: metrics[row, :last].copy() for row, name in enumerate(METRICS)},
        variables=network.trim(progress.variables, candidate.config),
    )
