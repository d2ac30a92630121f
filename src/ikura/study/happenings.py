"""What a running study tells whoever watches it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ikura.records import Region, Trial, TrialResult


@dataclass(frozen=True, slots=True)
class Began:
    """The data is read and the study is in the store."""

    name: str
    settings: Mapping[str, Any]
    resumed: int
    """Trials that were trained before; 0 in a new study."""


@dataclass(frozen=True, slots=True)
class RoundBegan:
    """The sampler has proposed a round."""

    round: int
    trials: int
    region: Region | None


@dataclass(frozen=True, slots=True)
class TrialsTrained:
    """Some trials have results, and these are stored."""

    done: int
    total: int
    diverged: int
    best: int | None
    """The number of the best trial so far."""
    best_accuracy: float | None
    """Its dev accuracy."""
    failed: int = 0
    """Trials for which a network of the user's own raised an error."""
    results: tuple[tuple[Trial, TrialResult], ...] = ()
    """What has just come in."""


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
class Finished:
    """The outcome is stored."""

    name: str
    outcome: Mapping[str, Any]


Happening: TypeAlias = Began | RoundBegan | TrialsTrained | FinalsBegan | NetworksTrained | Finished
Watcher: TypeAlias = Callable[[Happening], None]
