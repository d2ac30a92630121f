"""Populations on one XLA device, with the study's data on it and the programs that were compiled for it."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from ikura.train import worker
from ikura.train.cache import have_jax_keep_programs
from ikura.train.devices import Device, chunk_size, devices
from ikura.train.program import Constants, Examples, Progress, training
from ikura.train.rows import constants_of, count_parameters, initial_progress, unstacked
from ikura.train.task import Candidate, Structure, Task, Trained
from ikura.train.worker import Lap, Rows

EPOCH_STEP = 32
"""Programs hold metrics for a multiple of this many epochs, so that another budget seldom needs another program."""

COMPILE_SECONDS = 2.0
"""About what it takes to get a program."""


class XlaWorker:
    """Runs compiled programs on one device. Implements Worker; its positions are epochs."""

    join_seconds = COMPILE_SECONDS

    def __init__(self, task: Task, device: Device) -> None:
        self.compile_seconds = 0.0
        self._task = task
        self._device = device
        self._capacity = -(-task.epochs // EPOCH_STEP) * EPOCH_STEP
        self._examples = jax.device_put(Examples.of(task), device)
        self._programs: dict[Structure, Callable[..., Progress]] = {}
        self._chunk_sizes: dict[Structure, int] = {}
        self._epoch_seconds: dict[Structure, float] = {}
        self._orders: dict[bool, jax.Array] = {}

    @property
    def programs(self) -> set[Structure]:
        """See `Worker.programs`."""
        return set(self._programs)

    def chunk_size(self, candidate: Candidate) -> int:
        """See `Worker.chunk_size`."""
        structure = self._task.structure(candidate.config)
        if structure not in self._chunk_sizes:
            self._chunk_sizes[structure] = chunk_size(count_parameters(self._task.network, candidate.config))
        return self._chunk_sizes[structure]

    def memory(self, candidates: Sequence[Candidate]) -> float:
        """See `Worker.memory`: parameters, gradients and two slots; what a network computes in between nobody knows."""
        return 16.0 * count_parameters(self._task.network, candidates[0].config) * self.chunk_size(candidates[0])

    def begin(self, candidates: Sequence[Candidate]) -> Rows:
        """See `Worker.begin`."""
        return initial_progress(self._task, candidates, self._capacity)

    def train(
        self, candidates: Sequence[Candidate], rows: Rows, position: int, stopped: Callable[[Lap], bool]
    ) -> list[Trained] | None:
        """See `Worker.train`."""
        # The last chunk is filled up: a program's results are the same bits only for the same chunk.
        missing = self.chunk_size(candidates[0]) - len(candidates)
        filled = [*candidates, *[candidates[-1]] * missing]
        progress = jax.tree.map(lambda leaf: np.concatenate([leaf, *[leaf[-1:]] * missing]), rows)
        constants = constants_of(self._task, filled, self._capacity)
        again = candidates[0].replicate > 0
        if again not in self._orders:
            unused = self._capacity - self._task.epochs
            self._orders[again] = jax.device_put(np.pad(self._task.orders(again), ((0, unused), (0, 0))), self._device)
        structure = self._task.structure(candidates[0].config)
        program = self._program(structure, progress, constants, self._orders[again])
        progress, constants = jax.device_put((progress, constants), self._device)
        end = self._task.epochs
        while position < end:
            known = self._epoch_seconds.get(structure)
            epochs = min(end - position, max(1, int(worker.LAP / known)) if known else 1)
            began = time.perf_counter()
            span = np.int32(position), np.int32(position + epochs)
            progress = program(progress, constants, self._orders[again], self._examples, *span)
            jax.block_until_ready(progress)
            self._epoch_seconds[structure] = (time.perf_counter() - began) / epochs
            position += epochs
            if stopped(Lap(position, end, progress, end * self._epoch_seconds[structure])) and position < end:
                return None
        return unstacked(self._task, candidates, progress)

    def _program(
        self, structure: Structure, progress: Progress, constants: Constants, orders: Any
    ) -> Callable[..., Progress]:
        """The program of a structure, compiled for arrays like the given ones if it is not there.

        Every device has its own. Compiled once for all devices, the program would be partitioned, and round
        otherwise on two devices than on one.
        """
        if structure not in self._programs:
            began = time.perf_counter()
            epoch = jax.ShapeDtypeStruct((), np.int32)
            here = jax.sharding.SingleDeviceSharding(self._device)
            function = jax.jit(training(self._task.network, structure), in_shardings=here, out_shardings=here)
            self._programs[structure] = function.lower(
                progress, constants, orders, self._examples, epoch, epoch
            ).compile()
            self.compile_seconds += time.perf_counter() - began
        return self._programs[structure]


def xla_workers(task: Task) -> list[XlaWorker]:
    """One on each device. Programs are kept in JAX's own cache, for the next run."""
    have_jax_keep_programs()
    return [XlaWorker(task, device) for device in devices()]
