"""What a store promises, whichever database keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, Self, TypeAlias

from ikura.records import History, Region, Trial, TrialResult

JSON: TypeAlias = Any
"""Whatever JSON can say: None, bool, int, float, str, and lists and mappings of these."""

Status: TypeAlias = Literal["running", "interrupted", "complete"]


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """What is kept of a study besides its history and its events."""

    name: str
    created: datetime
    """In UTC, and aware of it."""
    status: Status
    """A study that nobody writes is not running, whatever its last writer left."""
    settings: Mapping[str, JSON]
    space: str
    """The search space as TOML."""
    outcome: Mapping[str, JSON] | None
    """What the finished study found; None until then."""
    writer: str | None = None
    """Who writes it now, and since when; None where nobody does."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a study and is worth telling."""

    time: datetime
    """In UTC, and aware of it."""
    kind: str
    message: str


class Store(Protocol):
    """A database of studies.

    Each call is one transaction: when it returns, what it wrote survives a kill of the process and a loss of power;
    when it raises, or the process dies in it, nothing of it is kept. Any number of processes may read while one writes.
    Use a store from the thread that opened it, and open another one for another thread or process.

    A study has one writer: the store that created it, claimed it or wrote to it first. The claim is kept alive while
    the store is open, and given up when it is closed; that of a writer which died lapses. StoreError for the writes of
    all others, those of a store that lost its claim, and all writes to a study that is complete.

    Every method raises StoreError, with one line for the user, when the database cannot be read or written; those that
    take the name of a study raise UnknownStudy when there is none.
    """

    @property
    def url(self) -> str:
        """What `open_store` and `--store` take to open the same database again, but for a password."""
        ...

    def create(self, name: str, *, settings: Mapping[str, JSON], space: str) -> None:
        """Begin a study, with status "running". A number that JSON lacks (NaN, infinity) is kept as null.

        Raises StudyExists when the name is taken, and SettingError when it cannot be a name.
        """
        ...

    def claim(self, name: str) -> None:
        """Become the study's writer, as every write does, without writing."""
        ...

    def study(self, name: str) -> StudyRecord:
        """Return what is kept of the study besides its history and its events."""
        ...

    def studies(self) -> list[StudyRecord]:
        """Return all studies, newest first."""
        ...

    def add_round(self, name: str, trials: Sequence[Trial], region: Region | None) -> None:
        """Keep the trials of one new round, all waiting, and where the round sampled.

        The trials carry the next numbers in order and a round above those kept before; StoreError otherwise.
        """
        ...

    def write_results(self, name: str, results: Sequence[TrialResult]) -> None:
        """Keep what training gave: all of the results, or none.

        Raises StoreError for a trial that does not exist or has its result already.
        """
        ...

    def add_event(self, name: str, kind: str, message: str) -> None:
        """Keep a line about the study, with the time."""
        ...

    def events(self, name: str) -> list[Event]:
        """Return the study's events in the order they were added."""
        ...

    def set_status(self, name: str, status: Status) -> None:
        """Say where the study stands."""
        ...

    def finish(self, name: str, outcome: Mapping[str, JSON]) -> None:
        """Keep the outcome and set the status "complete". A number that JSON lacks (NaN, infinity) is kept as null."""
        ...

    def history(self, name: str) -> History:
        """Return all trials with their curves [trial, epoch], as wide as the longest, and the regions by round."""
        ...

    def delete(self, name: str) -> None:
        """Remove the study with all that is kept of it; StoreError where another process writes it."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...
