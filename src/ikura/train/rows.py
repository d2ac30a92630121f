"""From candidates to the rows of a population, and back."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from ikura.nn import EngineNetwork
from ikura.optim import coefficients, initial_slots, step_table
from ikura.records import METRICS, Config
from ikura.train.program import Constants, Progress
from ikura.train.task import Candidate, Task, Trained, trained


def count_parameters(network: EngineNetwork, config: Config) -> int:
    """How many numbers the optimizer learns in the configuration's program, padding included."""
    variables = network.pad(network.init(np.zeros(2, np.uint32), config), config)
    return sum(np.size(leaf) for leaf in jax.tree.leaves(variables.params))


def initial_progress(task: Task, candidates: Sequence[Candidate], capacity: int) -> Progress:
    """The initial rows of candidates of one structure, stacked along a leading axis [trial]; arrays are NumPy's.

    The table of metrics has room for `capacity` epochs.
    """
    return _stacked([_progress(task, candidate, capacity) for candidate in candidates])


def constants_of(task: Task, candidates: Sequence[Candidate], capacity: int) -> Constants:
    """What training does not change of them, stacked likewise; the table of steps has room for `capacity` epochs."""
    return _stacked([_constants(task, candidate, capacity) for candidate in candidates])


def unstacked(task: Task, candidates: Sequence[Candidate], progress: Progress) -> list[Trained]:
    """What training made of the candidates in the first rows of a population."""
    host: Progress = jax.tree.map(np.asarray, progress)
    made = []
    for number, candidate in enumerate(candidates):
        row: Progress = jax.tree.map(lambda leaf, number=number: leaf[number], host)
        variables = task.network.trim(row.variables, candidate.config)
        made.append(trained(candidate, row.metrics[:, : task.epochs], variables))
    return made


def _stacked(rows: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *leaves: np.stack(leaves), *rows)


def _progress(task: Task, candidate: Candidate, capacity: int) -> Progress:
    network, config = task.network, candidate.config
    variables = jax.tree.map(np.asarray, network.pad(network.init(task.keys(candidate)[0], config), config))
    metrics = np.full((len(METRICS), capacity), np.nan, np.float32)
    return Progress(variables, initial_slots(variables.params), metrics)


def _constants(task: Task, candidate: Candidate, capacity: int) -> Constants:
    config, epochs = candidate.config, task.epochs
    _, traced = task.network.split(config)
    steps = step_table(config, epochs, task.steps(int(config["batch_size"])))
    return Constants(
        network=traced,
        rule=coefficients(config),
        steps=np.pad(np.stack(steps, axis=-1), ((0, capacity - epochs), (0, 0), (0, 0))),
        label_smoothing=np.float32(config["label_smoothing"]),
        clip_norm=np.float32(config["clip_norm"]),
        key=task.keys(candidate)[1],
    )
