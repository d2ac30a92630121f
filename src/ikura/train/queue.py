"""Which worker trains which chunk next."""

import heapq
import threading
import zlib
from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

from ikura.records import Job
from ikura.train.checkpoints import Kept
from ikura.train.snapshot import START, Position
from ikura.train.workload import ProgramKey


@dataclass(slots=True, eq=False)
class Submission:
    """A job that the engine has taken."""

    job: Job
    source: Kept | None = None
    """The snapshot that it goes on from; None where it begins with the first epoch."""
    cancelled: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Jobs that are trained at once, from one position on: of one program in every leg, and of equal legs' bounds."""

    program: ProgramKey
    """Of the first leg."""
    submissions: tuple[Submission, ...]
    position: Position = START
    epochs: int = 1
    """To train."""
    seconds: float = 1.0
    """About what training them takes, in any unit."""


@dataclass(slots=True)
class ChunkTimes:
    """How fast things went so far; what a device weighs before it helps another one."""

    program_seconds: float = 2.0
    """What it takes a device to get a program that another one has: a compilation or, where they are kept, a load."""
    epoch_seconds: dict[ProgramKey, float] = field(default_factory=dict)


class WorkQueue(Protocol):
    """Hands chunks to the workers' threads, and takes new ones meanwhile."""

    @property
    def stopped(self) -> bool:
        """Whether no more chunks shall be trained."""
        ...

    def add(self, chunks: Sequence[Chunk]) -> None:
        """Take chunks."""
        ...

    def take(self, worker: int, compiled: Collection[ProgramKey]) -> Chunk | None:
        """Return the next chunk for a worker that has these programs, when one is worth its while; None at the end."""
        ...

    def took(self, program: ProgramKey, seconds: float) -> None:
        """Note how long an epoch of a chunk takes."""
        ...

    def failed(self, program: ProgramKey) -> None:
        """Note that a worker which took a chunk has no program for it now."""
        ...

    def stop(self) -> None:
        """Send all workers home."""
        ...


class LongestFirst:
    """Hands chunks to workers that have nothing to compile: the longest first, so that all end at about one time.

    Implements WorkQueue.
    """

    def __init__(self) -> None:
        self.stopped = False
        self._news = threading.Condition()
        self._waiting: list[tuple[float, int, Chunk]] = []
        self._order: Iterator[int] = count()

    def add(self, chunks: Sequence[Chunk]) -> None:
        """See `WorkQueue.add`."""
        with self._news:
            for chunk in chunks:
                heapq.heappush(self._waiting, (-chunk.seconds, next(self._order), chunk))
            self._news.notify_all()

    def take(self, worker: int, compiled: Collection[ProgramKey]) -> Chunk | None:  # noqa: ARG002 - ChunkQueue's
        """See `WorkQueue.take`."""
        with self._news:
            while not self.stopped and not self._waiting:
                self._news.wait()
            return None if self.stopped else heapq.heappop(self._waiting)[2]

    def took(self, program: ProgramKey, seconds: float) -> None:
        """See `WorkQueue.took`; the order is settled here."""

    def failed(self, program: ProgramKey) -> None:
        """See `WorkQueue.failed`."""

    def stop(self) -> None:
        """See `WorkQueue.stop`."""
        with self._news:
            self.stopped = True
            self._news.notify_all()


class ChunkQueue:
    """Hands chunks out so that each device compiles few programs and none stands idle for long. Implements WorkQueue.

    A device goes on with programs that it has; then it takes the largest one that nobody has begun, preferring those
    that are its own by name, which it finds in the cache of an earlier run; then it helps with another device's
    program, if what is left takes longer than to get the program. The order has no influence on any trial's numbers.
    """

    def __init__(self, devices: int, times: ChunkTimes) -> None:
        self._news = threading.Condition()
        self._waiting: defaultdict[ProgramKey, deque[Chunk]] = defaultdict(deque)
        self._begun: set[ProgramKey] = set()
        self._devices = devices
        self._times = times
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """See `WorkQueue.stopped`."""
        return self._stopped

    def add(self, chunks: Sequence[Chunk]) -> None:
        """See `WorkQueue.add`."""
        with self._news:
            for chunk in chunks:
                self._waiting[chunk.program].append(chunk)
            self._news.notify_all()

    def take(self, worker: int, compiled: Collection[ProgramKey]) -> Chunk | None:
        """See `WorkQueue.take`."""
        with self._news:
            while not self._stopped:
                program = self._choose(worker, compiled, self._epochs())
                if program is not None:
                    self._begun.add(program)
                    return self._waiting[program].popleft()
                self._news.wait()
            return None

    def took(self, program: ProgramKey, seconds: float) -> None:
        """See `WorkQueue.took`."""
        with self._news:
            self._times.epoch_seconds[program] = seconds
            self._news.notify_all()

    def failed(self, program: ProgramKey) -> None:
        """See `WorkQueue.failed`: the program has not been begun, then, as far as is known."""
        with self._news:
            self._begun.discard(program)
            self._news.notify_all()

    def stop(self) -> None:
        """See `WorkQueue.stop`."""
        with self._news:
            self._stopped = True
            self._news.notify_all()

    def _epochs(self) -> dict[ProgramKey, int]:
        """Return how many epochs of chunks wait."""
        waiting = {program: sum(chunk.epochs for chunk in chunks) for program, chunks in self._waiting.items()}
        return {program: epochs for program, epochs in waiting.items() if self._waiting[program]}

    def _choose(
        self, device: int, compiled: Collection[ProgramKey], waiting: Mapping[ProgramKey, int]
    ) -> ProgramKey | None:
        new = waiting.keys() - self._begun
        for programs in (
            waiting.keys() & set(compiled),
            {program for program in new if self._home(program) == device},
            new,
            {program for program, epochs in waiting.items() if self._worth_helping(program, epochs)},
        ):
            if programs:
                return max(programs, key=lambda program: (waiting[program], repr(program)))
        return None

    def _home(self, program: ProgramKey) -> int:
        return zlib.crc32(repr(program).encode()) % self._devices

    def _worth_helping(self, program: ProgramKey, epochs: int) -> bool:
        # As long as nobody knows how long an epoch takes, wait for the first news.
        return self._times.epoch_seconds.get(program, 0.0) * epochs > self._times.program_seconds
