"""From jobs to the arrays of a population in a program of XLA's, and back."""

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from ikura.nn import EngineNetwork, Variables
from ikura.optim import Slots, coefficients, initial_slots, step_table
from ikura.records import Config, Job, Leg
from ikura.train.program import Constants, Examples, TrainingState
from ikura.train.snapshot import Position, Snapshot
from ikura.train.workload import Workload


def count_parameters(network: EngineNetwork, config: Config) -> int:
    """Return how many numbers the optimizer learns in the configuration's program, padding included."""
    return network.pad(network.init(np.zeros(2, np.uint32), config), config).learned


def initial_state(workload: Workload, jobs: Sequence[Job], capacity: int) -> TrainingState:
    """Return the population before the first epoch: jobs of one program, stacked along a leading axis [trial].

    Arrays are NumPy's. The table of metrics has room for `capacity` epochs.
    """
    return stacked([_initial(workload, job, capacity) for job in jobs])


def restored_state(
    workload: Workload, jobs: Sequence[Job], snapshots: Sequence[Snapshot], capacity: int
) -> TrainingState:
    """Return the population as it is in snapshots of whole epochs, likewise."""
    pairs = zip(jobs, snapshots, strict=True)
    return stacked([_restored(workload, job.config, snapshot, capacity) for job, snapshot in pairs])


def constants_of(workload: Workload, jobs: Sequence[Job], legs: Sequence[Leg], capacity: int) -> Constants:
    """Return what training does not change in a leg of each job, likewise."""
    return stacked([_constants(workload, *each, capacity) for each in zip(jobs, legs, strict=True)])


def snapshots_of(
    network: EngineNetwork, jobs: Sequence[Job], population: TrainingState, position: Position
) -> list[Snapshot]:
    """Return copies of the first trials of a population, which belong to the jobs, without its padding."""
    host: TrainingState = jax.tree.map(np.asarray, population)
    made = []
    for row, job in enumerate(jobs):
        (params, state), slots, metrics, _ = jax.tree.map(lambda leaf, row=row: leaf[row], host)
        trimmed, first, second = (
            _copied(network.trim(Variables(tree, state), job.config)) for tree in (params, slots.first, slots.second)
        )
        curves = metrics[:, : position.epoch].copy()
        made.append(Snapshot(position, trimmed, Slots(first.params, second.params), 0.0, curves))
    return made


def stacked(trees: Sequence[Any]) -> Any:
    """Return trees of arrays as one, with a new leading axis."""
    return jax.tree.map(lambda *leaves: np.stack(leaves), *trees)


def _copied(variables: Variables) -> Variables:
    return jax.tree.map(np.array, variables)


def _initial(workload: Workload, job: Job, capacity: int) -> TrainingState:
    network, first = workload.network, job.legs[0]
    key = workload.keys(first.number, job.replicate)[0]
    variables = jax.tree.map(np.asarray, network.pad(network.init(key, first.config), first.config))
    metrics = np.full((len(workload.metrics), capacity), np.nan, np.float32)
    return TrainingState(variables, initial_slots(variables.params), metrics, _no_outputs(workload))


def _restored(workload: Workload, config: Config, snapshot: Snapshot, capacity: int) -> TrainingState:
    network, state = workload.network, snapshot.variables.state
    variables = network.pad(snapshot.variables, config)
    first, second = (network.pad(Variables(slot, state), config).params for slot in snapshot.slots)
    unknown = ((0, 0), (0, capacity - snapshot.position.epoch))
    curves = np.pad(snapshot.curves, unknown, constant_values=np.nan)
    return TrainingState(variables, Slots(first, second), curves, _no_outputs(workload))


def _no_outputs(workload: Workload) -> NDArray[np.float32]:
    """Return room for the outputs of the dev examples as a program passes over them, its filling included."""
    passes = Examples.of(workload).counted if workload.wants_outputs else np.zeros(0)
    return np.zeros((passes.size, workload.problem.outputs), np.float32)


def _constants(workload: Workload, job: Job, leg: Leg, capacity: int) -> Constants:
    config, horizon = leg.config, workload.horizon
    _, traced = workload.network.split(config)
    steps = step_table(config, horizon, workload.steps(int(config["batch_size"])))
    return Constants(
        network=traced,
        rule=coefficients(config),
        steps=np.pad(np.stack(steps, axis=-1), ((0, capacity - horizon), (0, 0), (0, 0))),
        label_smoothing=np.float32(config["label_smoothing"]),
        clip_norm=np.float32(config["clip_norm"]),
        key=workload.keys(leg.number, job.replicate)[1],
    )
