"""What a running study tells whoever watches it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ikura.records import JobResult, Outcome, Region, Settings, Trial


@dataclass(frozen=True, slots=True)
class Began:
    """The data is read and the study is in the store."""

    name: str
    settings: Settings
    resumed: int
    """Trials that were over before; 0 in a new study."""
    epochs: int
    """About how many the search will train, of all trials together; those of earlier runs included."""
    trained: int = 0
    """How many earlier runs have trained."""
    schedule: str | None = None
    """What the scheduler does with the trials, in words; see `Scheduler.summary`."""
    is_bound: bool = False
    """Whether `epochs` is the most that there can be; see `Scheduler.is_bound`."""


@dataclass(frozen=True, slots=True)
class RoundBegan:
    """The sampler has proposed a round."""

    round: int
    trials: int
    region: Region | None


@dataclass(frozen=True, slots=True)
class ResultsStored:
    """Some jobs have results, and these are stored."""

    over: int
    """Trials that will not be trained on."""
    trials: int
    """That the search is to make."""
    paused: int
    stopped: int
    diverged: int
    failed: int
    """Trials for which the user's own code raised an error."""
    epochs: int
    """That were trained so far, of all trials together."""
    best: int | None
    """The number of the best trial so far."""
    best_value: float | None
    """Its value of the objective's metric."""
    results: tuple[tuple[Trial, JobResult], ...] = ()
    """What has just come in."""
    given_up: tuple[int, ...] = ()
    """The numbers of the trials that were stopped because of it."""
    spared: int = 0
    """For how many epochs up to the horizon the trials are not trained that are over since then."""


@dataclass(frozen=True, slots=True)
class FinalsBegan:
    """The best configurations are trained again under other seeds."""

    finalists: int
    networks: int


@dataclass(frozen=True, slots=True)
class NetworksTrained:
    """Some networks of the finals are trained."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class EnsembleChosen:
    """The dev examples have decided which networks are put together, and whether they are kept."""

    networks: int
    wins: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """The outcome is stored."""

    name: str
    outcome: Outcome


StudyEvent: TypeAlias = Began | RoundBegan | ResultsStored | FinalsBegan | NetworksTrained | EnsembleChosen | Finished
Watcher: TypeAlias = Callable[[StudyEvent], None]
