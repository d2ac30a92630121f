"""What the engine asks of whatever trains: an XLA device, or a core of the processor."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.records import Config, Job
from ikura.train.snapshot import Position, Snapshot
from ikura.train.workload import ProgramKey

SLICE_SECONDS = 0.5
"""That a worker should train without a look at whether it is to stop."""

Population: TypeAlias = Any
"""All that training changes of some trials, as a worker has it in memory: a pytree of arrays."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Where trials stand after some training."""

    position: Position
    over: bool
    """Whether their jobs are done."""
    population: Population
    epoch_seconds: float
    """What an epoch takes at this speed."""


class Worker(Protocol):
    """Trains trials on one device. Used by one thread at a time.

    Jobs that it gets together have the same stop and, after the position at which they stand, legs with the same bounds
    and programs. Their configurations are full.
    """

    program_seconds: float
    """What it takes to get a program that another worker has; 0 if there is nothing to compile."""
    whole_epochs: bool
    """Whether it can only go on from snapshots of whole epochs."""

    @property
    def compile_seconds(self) -> float:
        """What compilation has cost so far."""
        ...

    @property
    def programs(self) -> Collection[ProgramKey]:
        """Those that it has compiled."""
        ...

    def chunk_size(self, config: Config) -> int:
        """Return how many trials of this one's program are to be trained at once: a function of the program."""
        ...

    def memory(self, jobs: Sequence[Job]) -> float:
        """Return about how many bytes it takes to train them."""
        ...

    def begin(self, jobs: Sequence[Job]) -> Population:
        """Return the population before the first epoch."""
        ...

    def unpack(self, jobs: Sequence[Job], snapshots: Sequence[Snapshot]) -> Population:
        """Return the population as it is in snapshots, one for each job and all of one position."""
        ...

    def pack(self, jobs: Sequence[Job], population: Population, position: Position) -> list[Snapshot]:
        """Return copies of the trials as they are now, after the first step."""
        ...

    def curves(self, jobs: Sequence[Job], population: Population) -> list[NDArray[np.float32]]:
        """Return for each job the metrics [metric, epoch] since the first epoch; NaN where it has not been."""
        ...

    def train(
        self, jobs: Sequence[Job], population: Population, position: Position, stopped: Callable[[Slice], bool]
    ) -> Population | None:
        """Train until the jobs are done, and return the population; None if it was stopped on the way.

        Args:
            jobs: as many as `chunk_size` says, or fewer.
            population: of these jobs; may be overwritten.
            position: where it stands.
            stopped: told after every slice where things stand, and whether to stop there is its answer.
        """
        ...
