"""What is kept of a study besides its history."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from ikura.records.outcome import Outcome
from ikura.records.settings import Settings

Status: TypeAlias = Literal["running", "interrupted", "complete"]


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """What is kept of a study besides its history and its events."""

    name: str
    created: datetime
    """In UTC, and aware of it."""
    status: Status
    """A study that nobody writes is not running, whatever its last writer left."""
    settings: Settings
    space: str
    """The search space as TOML."""
    outcome: Outcome | None
    """What the finished study found; None until then."""
    writer: str | None = None
    """Who writes it now, and since when; None where nobody does."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be known of the answer, such as that no trial kept to a constraint, and of the data."""
        return (*(self.outcome.troubles if self.outcome else ()), *self.settings.notes)


@dataclass(frozen=True, slots=True)
class DamagedStudy:
    """A study of which no more can be said: another program changed it."""

    name: str
    created: datetime
    """In UTC, and aware of it."""
    wrong: str
    """What is wrong with it."""
    writer: str | None = None
    """Who writes it now, and since when; None where nobody does."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a study and is worth telling."""

    time: datetime
    """In UTC, and aware of it."""
    kind: str
    message: str
