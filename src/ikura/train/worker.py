"""One device, with the study's data on it and the programs that were compiled for it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import jax
import numpy as np
from numpy.typing import NDArray

from ikura.nn import EngineNetwork
from ikura.train.devices import Device
from ikura.train.executables import executable_path, keeps_programs, load, save
from ikura.train.program import Constants, Examples, Progress, Structure, training

LAP = 0.5
"""Seconds that one call into a compiled program should last, so that a stop is heeded soon."""


@dataclass(frozen=True, slots=True)
class Lap:
    """Where a chunk stands after a call into its program."""

    epoch: int
    """So many epochs are behind it."""
    epoch_seconds: float
    progress: Progress


class Worker:
    """Runs programs on one device. Used by one thread at a time."""

    def __init__(self, device: Device, network: EngineNetwork, examples: Examples) -> None:
        self.device = device
        self.compile_seconds = 0.0
        self._network = network
        self._keeps = keeps_programs(network)
        self._examples = jax.device_put(examples, device)
        self._programs: dict[Structure, Callable[..., Progress]] = {}
        self._epoch_seconds: dict[Structure, float] = {}
        self._orders: dict[bool, jax.Array] = {}

    @property
    def compiled(self) -> set[Structure]:
        """The structures that this device has a program for."""
        return set(self._programs)

    def compile(
        self, structure: Structure, progress: Progress, constants: Constants, orders: NDArray[np.int32]
    ) -> None:
        """Compiles or loads the program of a structure for arrays like the given ones.

        Every device has its own. Compiled once for all devices, the program would be partitioned, and round
        otherwise on two devices than on one.
        """
        began = time.perf_counter()
        epoch = jax.ShapeDtypeStruct((), np.int32)
        arguments = (progress, constants, orders, self._examples, epoch, epoch)
        path = executable_path(structure, arguments, self.device) if self._keeps else None
        program = None if path is None else load(path, arguments, self.device)
        if program is None:
            here = jax.sharding.SingleDeviceSharding(self.device)
            function = jax.jit(training(self._network, structure), in_shardings=here, out_shardings=here)
            program = function.lower(*arguments).compile()
            if path is not None:
                save(path, program)
        self._programs[structure] = program
        self.compile_seconds += time.perf_counter() - began

    def run(
        self,
        structure: Structure,
        progress: Progress,
        constants: Constants,
        orders: tuple[bool, NDArray[np.int32]],
        epochs: range,
        stopped: Callable[[Lap], bool],
    ) -> Progress | None:
        """Trains a chunk for some epochs, in laps; None if it was stopped between two of them.

        Args:
            structure: one that was compiled.
            progress: rows [trial].
            constants: rows [trial].
            orders: whether for replicates, and the mini-batch orders [epoch, example], which stay on the device.
            epochs: which.
            stopped: told of each lap, and asked between two of them.
        """
        program = self._programs[structure]
        again, order = orders
        if again not in self._orders:
            self._orders[again] = jax.device_put(order, self.device)
        progress, constants = jax.device_put((progress, constants), self.device)
        epoch = epochs.start
        while epoch < epochs.stop:
            known = self._epoch_seconds.get(structure)
            laps = min(epochs.stop - epoch, max(1, int(LAP / known)) if known else 1)
            began = time.perf_counter()
            span = np.int32(epoch), np.int32(epoch + laps)
            progress = program(progress, constants, self._orders[again], self._examples, *span)
            jax.block_until_ready(progress)
            self._epoch_seconds[structure] = (time.perf_counter() - began) / laps
            epoch += laps
            if stopped(Lap(epoch, self._epoch_seconds[structure], progress)) and epoch < epochs.stop:
                return None
        return progress
