"""One configuration on its way through training."""

from dataclasses import dataclass
from enum import StrEnum

from ikura.records.configuration import Config


class TrialState(StrEnum):
    """Where a trial stands."""

    WAITING = "waiting"
    """Proposed; nobody has decided how far to train it."""
    RUNNING = "running"
    """To be trained on, by a job that the evaluator has."""
    PAUSED = "paused"
    """Trained as far as was decided; it may go on."""
    COMPLETE = "complete"
    """Trained for the whole horizon."""
    STOPPED = "stopped"
    """Not to be trained on: the scheduler gave it up."""
    DIVERGED = "diverged"
    FAILED = "failed"
    """The user's own code raised an error."""

    @property
    def is_over(self) -> bool:
        """Whether it is never trained on."""
        return self in (TrialState.COMPLETE, TrialState.STOPPED, TrialState.DIVERGED, TrialState.FAILED)

    @property
    def is_lost(self) -> bool:
        """Whether it came to nothing."""
        return self in (TrialState.DIVERGED, TrialState.FAILED)


@dataclass(frozen=True, slots=True)
class Trial:
    """A configuration with the number that, beside the study's seed, determines all its random draws."""

    number: int
    config: Config
    """As it was proposed; edits may change it later."""
    round: int
    """The sampler's round that proposed it, from 0."""


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A snapshot: a trial as it was after so many epochs."""

    trial: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to a trial under training: another configuration from an epoch on, and maybe another's network."""

    epoch: int
    """Epochs that were trained before it."""
    config: Config
    """The whole configuration from there on."""
    source: Source | None = None
    """The snapshot that training goes on from; None for the trial's own."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a network's way: trained under one number and one configuration."""

    number: int
    """Of the trial whose random draws are used."""
    config: Config
    start: int
    """Epochs before it."""
    stop: int
    """Epochs after it."""
