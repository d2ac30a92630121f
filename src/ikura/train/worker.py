"""What the engine asks of whatever trains: an XLA device, or a core of the processor."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from ikura.train.task import Candidate, Structure, Trained

LAP = 0.5
"""Seconds that a worker should train without a look at whether it is to stop."""

Rows: TypeAlias = Any
"""All that training changes of some candidates: a pytree of arrays with a leading axis [candidate]."""


@dataclass(frozen=True, slots=True)
class Lap:
    """Where candidates stand after some training."""

    position: int
    end: int
    """The position at which the budget is spent."""
    rows: Rows
    seconds: float
    """What the whole budget would take at this pace."""


class Worker(Protocol):
    """Trains candidates on one device. Used by one thread at a time.

    A position says how far training has come, in whatever units the worker counts; 0 is the beginning.
    """

    join_seconds: float
    """What it takes to get a program that another worker has; 0 if there is nothing to compile."""

    @property
    def compile_seconds(self) -> float:
        """What compilation has cost so far."""
        ...

    @property
    def programs(self) -> Collection[Structure]:
        """The structures that it has compiled a program for."""
        ...

    def chunk_size(self, candidate: Candidate) -> int:
        """How many candidates of this one's structure are to be trained at once: a function of the structure."""
        ...

    def memory(self, candidates: Sequence[Candidate]) -> float:
        """About how many bytes it takes to train them."""
        ...

    def begin(self, candidates: Sequence[Candidate]) -> Rows:
        """The rows of candidates at position 0."""
        ...

    def train(
        self, candidates: Sequence[Candidate], rows: Rows, position: int, stopped: Callable[[Lap], bool]
    ) -> list[Trained] | None:
        """Trains candidates of one structure to the end of the budget; None if it was stopped on the way.

        Args:
            candidates: as many as `chunk_size` says, or fewer.
            rows: one for each candidate; may be overwritten.
            position: where the rows stand.
            stopped: told after every lap where things stand, and whether to stop there is its answer.
        """
        ...
