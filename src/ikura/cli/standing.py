"""Where a run stands: all that its progress displays show."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Phase: TypeAlias = Literal["opening", "compiling", "search", "finals", "winner", "finished"]

FINAL_NETWORKS = 24
"""How many networks follow the search, roughly: five finalists under four seeds, and the winner under four."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment of the run."""

    time: float
    networks: int
    """Trained since the run began, in the search and the finals."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands. Times are seconds of `time.monotonic`."""

    began: float
    opening: str
    """What is done before the study begins."""
    phase: Phase = "opening"
    name: str | None = None
    """Of the study; None until it is stored."""
    round: int | None = None
    """From 0; None until this run has begun one."""
    rounds: int | None = None
    """How many there will be; None for a sampler without rounds."""
    before: int = 0
    """Trials that were trained by earlier runs."""
    done: int = 0
    total: int = 0
    diverged: int = 0
    best_accuracy: float | None = None
    finals_done: int = 0
    finals_total: int = 0
    marks: tuple[Mark, ...] = ()
    """The latest, oldest first."""
    stopping: bool = False

    @property
    def per_second(self) -> float | None:
        """Networks per second of late; None where too little has been seen."""
        if len(self.marks) < 2 or self.marks[-1].time <= self.marks[0].time:
            return None
        return (self.marks[-1].networks - self.marks[0].networks) / (self.marks[-1].time - self.marks[0].time)

    def seconds_left(self, now: float) -> float | None:
        """Until the end of the run at the latest speed; None where that cannot be known."""
        if not self.per_second or self.phase not in ("search", "finals"):
            return None
        networks = self.total - self.done + FINAL_NETWORKS - self.finals_done
        return max(networks / self.per_second - (now - self.marks[-1].time), 0.0)
