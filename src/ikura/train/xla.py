"""Populations on one XLA device, with the study's data on it and the programs that were compiled for it."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from ikura.records import Config, Job
from ikura.train import worker
from ikura.train.cache import have_jax_keep_programs
from ikura.train.devices import Device, chunk_size, devices
from ikura.train.population import constants_of, count_parameters, initial_state, restored_state, snapshots_of
from ikura.train.program import Constants, Examples, TrainingState, training
from ikura.train.snapshot import Position, Snapshot, legs_after
from ikura.train.worker import Slice
from ikura.train.workload import ProgramKey, Workload

EPOCH_STEP = 32
"""Programs hold metrics for a multiple of this many epochs, so that another horizon seldom needs another program."""

PROGRAM_SECONDS = 2.0
"""About what it takes to get a program."""


class XlaWorker:
    """Runs compiled programs on one device. Implements Worker."""

    program_seconds = PROGRAM_SECONDS
    whole_epochs = True

    def __init__(self, workload: Workload, device: Device) -> None:
        self.compile_seconds = 0.0
        self._workload = workload
        self._device = device
        self._capacity = -(-workload.horizon // EPOCH_STEP) * EPOCH_STEP
        self._examples = jax.device_put(Examples.of(workload), device)
        self._programs: dict[ProgramKey, Callable[..., TrainingState]] = {}
        self._chunk_sizes: dict[ProgramKey, int] = {}
        self._epoch_seconds: dict[ProgramKey, float] = {}
        self._orders: dict[int, jax.Array] = {}

    @property
    def programs(self) -> set[ProgramKey]:
        """See `Worker.programs`."""
        return set(self._programs)

    def chunk_size(self, config: Config) -> int:
        """See `Worker.chunk_size`."""
        key = self._workload.program_key(config)
        if key not in self._chunk_sizes:
            self._chunk_sizes[key] = chunk_size(count_parameters(self._workload.network, config))
        return self._chunk_sizes[key]

    def memory(self, jobs: Sequence[Job]) -> float:
        """See `Worker.memory`: parameters, gradients and two slots; what a network computes in between nobody knows."""
        config = jobs[0].config
        return 16.0 * count_parameters(self._workload.network, config) * self.chunk_size(config)

    def begin(self, jobs: Sequence[Job]) -> TrainingState:
        """See `Worker.begin`."""
        return initial_state(self._workload, jobs, self._capacity)

    def unpack(self, jobs: Sequence[Job], snapshots: Sequence[Snapshot]) -> TrainingState:
        """See `Worker.unpack`."""
        return restored_state(self._workload, jobs, snapshots, self._capacity)

    def pack(self, jobs: Sequence[Job], population: TrainingState, position: Position) -> list[Snapshot]:
        """See `Worker.pack`."""
        return snapshots_of(self._workload.network, jobs, population, position)

    def curves(self, jobs: Sequence[Job], population: TrainingState) -> list[NDArray[np.float32]]:
        """See `Worker.curves`."""
        return list(np.asarray(population.metrics)[: len(jobs)])

    def train(
        self, jobs: Sequence[Job], population: TrainingState, position: Position, stopped: Callable[[Slice], bool]
    ) -> TrainingState | None:
        """See `Worker.train`."""
        # The last chunk is filled up: a program's results are the same bits only for the same chunk.
        missing = self.chunk_size(jobs[0].config) - len(jobs)
        jobs = [*jobs, *[jobs[-1]] * missing]
        population = jax.tree.map(lambda leaf: np.concatenate([leaf, *[leaf[-1:]] * missing]), population)
        legs = [legs_after(job.legs, position) for job in jobs]
        epoch = position.epoch
        for some in zip(*legs, strict=True):
            constants = constants_of(self._workload, jobs, some, self._capacity)
            key, stop = self._workload.program_key(some[0].config), some[0].stop
            orders = self._order(jobs[0].replicate)
            program = self._program(key, population, constants, orders)
            population, constants = jax.device_put((population, constants), self._device)
            while epoch < stop:
                known = self._epoch_seconds.get(key)
                epochs = min(stop - epoch, max(1, int(worker.SLICE_SECONDS / known)) if known else 1)
                if self._workload.wants_outputs:
                    epochs = 1
                began = time.perf_counter()
                span = np.int32(epoch), np.int32(epoch + epochs)
                population = program(population, constants, orders, self._examples, *span)
                jax.block_until_ready(population)
                self._epoch_seconds[key] = (time.perf_counter() - began) / epochs
                if self._workload.wants_outputs:
                    population = self._measured(population, epoch)
                epoch += epochs
                over = epoch == jobs[0].stop
                if stopped(Slice(Position(epoch), over, population, self._epoch_seconds[key])) and not over:
                    return None
        return population

    def _measured(self, population: TrainingState, epoch: int) -> TrainingState:
        """Return the population with what is measured of its outputs after an epoch."""
        metrics = np.array(population.metrics)
        dev = len(self._workload.dataset.dev.y)
        for own, outputs in zip(metrics, np.asarray(population.dev_outputs), strict=True):
            self._workload.measure(outputs[:dev], own, epoch)
        return population._replace(metrics=jax.device_put(metrics, self._device))

    def _order(self, replicate: int) -> jax.Array:
        if replicate not in self._orders:
            unused = ((0, self._capacity - self._workload.horizon), (0, 0))
            self._orders[replicate] = jax.device_put(np.pad(self._workload.orders(replicate), unused), self._device)
        return self._orders[replicate]

    def _program(
        self, key: ProgramKey, population: TrainingState, constants: Constants, orders: Any
    ) -> Callable[..., TrainingState]:
        """Return a program, compiled for arrays like the given ones if it is not there.

        Every device has its own. Compiled once for all devices, the program would be partitioned, and round
        otherwise on two devices than on one.
        """
        if key not in self._programs:
            began = time.perf_counter()
            epoch = jax.ShapeDtypeStruct((), np.int32)
            here = jax.sharding.SingleDeviceSharding(self._device)
            function = jax.jit(
                training(self._workload.network, key, self._workload.problem), in_shardings=here, out_shardings=here
            )
            self._programs[key] = function.lower(population, constants, orders, self._examples, epoch, epoch).compile()
            self.compile_seconds += time.perf_counter() - began
        return self._programs[key]


def xla_workers(workload: Workload) -> list[XlaWorker]:
    """Return one on each device. Programs are kept in JAX's own cache, for the next run."""
    have_jax_keep_programs()
    return [XlaWorker(workload, device) for device in devices()]
