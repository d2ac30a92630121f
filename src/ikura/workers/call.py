"""What a worker is asked for, and what it tells: the messages between Ikura and the processes that train."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Call:
    """Train a configuration from where its folder stands until some epochs are reported."""

    identifier: int
    """Tells it from all other calls."""
    way: str
    """Names all that the numbers depend on, but for how far it is trained."""
    number: int
    """Of the trial, as the training code is told it."""
    seed: int
    config: Mapping[str, Any]
    start: int
    """Epochs that are known."""
    stop: int
    """Epochs to which it is to be trained."""
    epochs: int
    """Of a trial that is trained to its end."""
    folder: str
    """The trial's own."""


@dataclass(frozen=True, slots=True)
class Reported:
    """An epoch's metrics."""

    call: int
    """Its identifier."""
    epoch: int
    """From 0."""
    metrics: Mapping[str, float]


class Ending(StrEnum):
    """How a call came to its end."""

    RETURNED = "returned"
    """The training code ended by itself."""
    STOPPED = "stopped"
    """It was told to stop, or has diverged."""
    FAILED = "failed"
    """It raised an error, its process died, or a limit was reached."""
    MISUSED = "misused"
    """It reports what no trial can report."""
    MISCOUNTED = "miscounted"
    """It counts its epochs otherwise than the study does."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A call has come to its end."""

    call: int
    """Its identifier."""
    ending: Ending
    metrics: Mapping[str, float] | None = None
    """What was returned, if something was."""
    error: str | None = None
    """What went wrong: a traceback, or one line."""
    again: int = 0
    """How many epochs were reported that were known before."""
    first: int | None = None
    """The first epoch that was reported."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """The training code cannot be loaded in a worker."""

    error: str
    """One line: what is wrong, and what helps."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker has loaded the training code."""


News: TypeAlias = Reported | Ended | Ready | Unusable
