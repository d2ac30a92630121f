"""Which device trains which chunk next."""

import threading
import zlib
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from ikura.train.program import Structure
from ikura.train.rows import Candidate


@dataclass(frozen=True, slots=True)
class Chunk:
    """Candidates that are trained at once: of one structure, and with one order of mini-batches."""

    structure: Structure
    again: bool
    """Whether they are replicates, which see the mini-batches in another order than the trials did."""
    candidates: tuple[Candidate, ...]


class ChunkQueue:
    """Hands chunks to the devices' threads so that each device compiles few programs and none stands idle for long.

    A device goes on with programs that it has; then it takes the largest one that nobody has begun, preferring those
    that are its own by name, which it finds in the cache of an earlier run; then it helps with another device's
    program, if what is left takes longer than a compilation. The order has no influence on any trial's numbers.
    """

    def __init__(self, chunks: Sequence[Chunk], devices: int) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Structure, deque[Chunk]] = defaultdict(deque)
        self._begun: set[Structure] = set()
        self._seconds: dict[Structure, float] = {}
        self._devices = devices
        self._compile_seconds = 2.0
        self._chunk_seconds = 0.25
        for chunk in chunks:
            self._waiting[chunk.structure].append(chunk)

    def take(self, device: int, compiled: set[Structure]) -> Chunk | None:
        """The next chunk for a device that has the given programs, or None where it is not needed any more."""
        with self._lock:
            waiting = {structure: len(chunks) for structure, chunks in self._waiting.items() if chunks}
            fresh = waiting.keys() - self._begun
            for structures in (
                waiting.keys() & compiled,
                {structure for structure in fresh if self._home(structure) == device},
                fresh,
                {structure for structure in waiting if self._worth_helping(structure)},
            ):
                if structures:
                    structure = max(structures, key=lambda structure: (waiting[structure], repr(structure)))
                    self._begun.add(structure)
                    return self._waiting[structure].popleft()
            return None

    def took(self, structure: Structure, seconds: float) -> None:
        """Notes how long a chunk of the structure took to train."""
        with self._lock:
            self._seconds[structure] = self._chunk_seconds = seconds

    def compiled(self, seconds: float) -> None:
        """Notes how long a compilation took."""
        with self._lock:
            self._compile_seconds = seconds

    def _home(self, structure: Structure) -> int:
        return zlib.crc32(repr(structure).encode()) % self._devices

    def _worth_helping(self, structure: Structure) -> bool:
        seconds = self._seconds.get(structure, self._chunk_seconds)
        return seconds * len(self._waiting[structure]) > self._compile_seconds
