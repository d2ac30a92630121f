"""What a store promises, whichever database keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol, Self

from ikura.records import (
    JSON,
    DamagedStudy,
    Decision,
    Edit,
    Event,
    History,
    JobResult,
    Metric,
    Outcome,
    Region,
    Settings,
    Status,
    StudyRecord,
    Trial,
)


@dataclass(frozen=True, slots=True)
class Command:
    """What someone asks of the process that runs a study."""

    number: int
    """Counts up over all commands of a store."""
    kind: str
    arguments: Mapping[str, JSON]


class Store(Protocol):
    """A database of studies.

    Each call is one transaction: when it returns, what it wrote survives a kill of the process and a loss of power;
    when it raises, or the process dies in it, nothing of it is kept. Any number of processes may read while one writes.
    Use a store from the thread that opened it, and open another one for another thread or process.

    A study has one writer: the store that created it, claimed it or wrote to it first. The claim is kept alive while
    the store is open, and given up when it is closed; that of a writer which died lapses. StoreError for the writes of
    all others, those of a store that lost its claim, and all writes to a study that is complete.

    Every method raises StoreError, with one line for the user, when the database cannot be read or written; those that
    take the name of a study raise UnknownStudy when there is none, and StoreError when what is kept of it is damaged.
    """

    @property
    def url(self) -> str:
        """What `open_store` and `--store` take to open the same database again, but for a password."""
        ...

    def create(self, name: str, settings: Settings, space: str) -> None:
        """Begin a study, with status "running"; the space is given as TOML.

        Raises StudyExists when the name is taken, and SettingError when it cannot be a name.
        """
        ...

    def claim(self, name: str) -> None:
        """Become the study's writer, as every write does, without writing."""
        ...

    def study(self, name: str) -> StudyRecord:
        """Return what is kept of the study besides its history and its events."""
        ...

    def studies(self) -> list[StudyRecord | DamagedStudy]:
        """Return all studies, newest first."""
        ...

    def add_round(
        self, name: str, trials: Sequence[Trial], region: Region | None, decisions: Sequence[Decision] = ()
    ) -> None:
        """Keep the trials of one new round, where the round sampled, and what is decided about any trials.

        The new trials wait, but for those about which something is decided. They carry the next numbers in order and a
        round above those kept before; StoreError otherwise.
        """
        ...

    def write(self, name: str, results: Sequence[JobResult], decisions: Sequence[Decision] = ()) -> None:
        """Keep what training gave, and what is decided because of it: all of that, or nothing.

        Raises StoreError for a result of a trial that does not exist, or is over, or has been measured further.
        """
        ...

    def add_metrics(self, name: str, metrics: Sequence[Metric]) -> None:
        """Have the study keep more metrics from now on; those that it keeps already stay as they are."""
        ...

    def revise(
        self,
        name: str,
        settings: Settings,
        space: str,
        trials: Sequence[Trial] = (),
        edits: Mapping[int, Sequence[Edit]] = MappingProxyType({}),
    ) -> None:
        """Have a study go on otherwise, even a complete one, whose outcome is forgotten: its status is "running" again.

        Args:
            name: of the study.
            settings: from now on.
            space: from now on, as TOML.
            trials: some of those there are, with what they are from now on.
            edits: by the numbers of some trials, all of their changes with what they are from now on.
        """
        ...

    def decisions(self, name: str) -> list[Decision]:
        """Return all decisions in the order in which they were made."""
        ...

    def add_event(self, name: str, kind: str, message: str) -> None:
        """Keep a line about the study, with the time."""
        ...

    def events(self, name: str) -> list[Event]:
        """Return the study's events in the order they were added."""
        ...

    def send(self, name: str, kind: str, arguments: Mapping[str, JSON]) -> None:
        """Keep a command for the process that runs the study. Anyone may; no claim is needed."""
        ...

    def commands(self, name: str, after: int) -> list[Command]:
        """Return the study's commands with numbers above `after`, in the order in which they were sent."""
        ...

    def set_status(self, name: str, status: Status) -> None:
        """Say where the study stands."""
        ...

    def finish(self, name: str, outcome: Outcome) -> None:
        """Keep the outcome and set the status "complete". A number that JSON lacks (NaN, infinity) is kept as null."""
        ...

    def history(self, name: str, since: History | None = None) -> History:
        """Return all trials with their curves, edits and targets, and the regions by round.

        Args:
            name: of the study.
            since: what was read of the study before: only what has been written since is read.
        """
        ...

    def delete(self, name: str) -> None:
        """Remove the study with all that is kept of it; StoreError where another process writes it."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...
