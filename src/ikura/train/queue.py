"""Which worker trains which chunk next."""

import threading
import zlib
from collections import defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ikura.train.task import Candidate, Structure


@dataclass(frozen=True, slots=True)
class Chunk:
    """Candidates that are trained at once: of one structure, and with one order of mini-batches."""

    structure: Structure
    again: bool
    """Whether they are replicates, which see the mini-batches in another order than the trials did."""
    candidates: tuple[Candidate, ...]
    position: int = 0
    """So far they had come, in a run that was stopped."""
    seconds: float = 1.0
    """About what training them takes, in any unit."""


@dataclass(slots=True)
class Pace:
    """How fast things went so far; what a device weighs before it helps another one."""

    join_seconds: float = 2.0
    """What it takes a device to get a program that another one has: a compilation or, where they are kept, a load."""
    chunk_seconds: dict[Structure, float] = field(default_factory=dict)


class LongestFirst:
    """Hands chunks to workers that have nothing to compile: the longest first, so that all end at about one time."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._waiting = deque(sorted(chunks, key=lambda chunk: -chunk.seconds))
        self.stopped = False

    def stop(self) -> None:
        """See `ChunkQueue.stop`."""
        self.stopped = True

    def take(self, device: int, compiled: Collection[Structure]) -> Chunk | None:  # noqa: ARG002 - ChunkQueue's
        """See `ChunkQueue.take`."""
        try:
            return None if self.stopped else self._waiting.popleft()
        except IndexError:  # another worker was faster
            return None

    def took(self, structure: Structure, seconds: float) -> None:
        """See `ChunkQueue.took`; the order is settled here."""

    def failed(self, structure: Structure) -> None:
        """See `ChunkQueue.failed`."""


class ChunkQueue:
    """Hands chunks to the devices' threads so that each device compiles few programs and none stands idle for long.

    A device goes on with programs that it has; then it takes the largest one that nobody has begun, preferring those
    that are its own by name, which it finds in the cache of an earlier run; then it helps with another device's
    program, if what is left takes longer than to get the program. The order has no influence on any trial's numbers.
    """

    def __init__(self, chunks: Sequence[Chunk], devices: int, pace: Pace) -> None:
        self._news = threading.Condition()
        self._waiting: dict[Structure, deque[Chunk]] = defaultdict(deque)
        self._begun: set[Structure] = set()
        self._devices = devices
        self._pace = pace
        self._stopped = False
        for chunk in chunks:
            self._waiting[chunk.structure].append(chunk)

    @property
    def stopped(self) -> bool:
        """Whether no more chunks shall be trained."""
        return self._stopped

    def stop(self) -> None:
        """Sends all devices home."""
        with self._news:
            self._stopped = True
            self._news.notify_all()

    def take(self, device: int, compiled: Collection[Structure]) -> Chunk | None:
        """The next chunk for a device that has the given programs, when one is worth its while; None at the end."""
        with self._news:
            while not self._stopped and (waiting := self._counts()):
                structure = self._choose(device, compiled, waiting)
                if structure is not None:
                    self._begun.add(structure)
                    return self._waiting[structure].popleft()
                self._news.wait()
            self._news.notify_all()
            return None

    def took(self, structure: Structure, seconds: float) -> None:
        """Notes how long a chunk of the structure takes to train."""
        with self._news:
            self._pace.chunk_seconds[structure] = seconds
            self._news.notify_all()

    def failed(self, structure: Structure) -> None:
        """Notes that a chunk could not be trained: whoever began its structure may have no program now."""
        with self._news:
            self._begun.discard(structure)
            self._news.notify_all()

    def _counts(self) -> dict[Structure, int]:
        return {structure: len(chunks) for structure, chunks in self._waiting.items() if chunks}

    def _choose(
        self, device: int, compiled: Collection[Structure], waiting: Mapping[Structure, int]
    ) -> Structure | None:
        fresh = waiting.keys() - self._begun
        for structures in (
            waiting.keys() & set(compiled),
            {structure for structure in fresh if self._home(structure) == device},
            fresh,
            {structure for structure, chunks in waiting.items() if self._worth_helping(structure, chunks)},
        ):
            if structures:
                return max(structures, key=lambda structure: (waiting[structure], repr(structure)))
        return None

    def _home(self, structure: Structure) -> int:
        return zlib.crc32(repr(structure).encode()) % self._devices

    def _worth_helping(self, structure: Structure, chunks: int) -> bool:
        # As long as nobody knows how long a chunk takes, wait for the first news.
        return self._pace.chunk_seconds.get(structure, 0.0) * chunks > self._pace.join_seconds
