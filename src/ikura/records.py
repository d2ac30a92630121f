"""What crosses from room to room: frozen records without behaviour of their own, besides reading themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Value: TypeAlias = float | int | str | bool
Config: TypeAlias = Mapping[str, Value]
"""One value for each hyperparameter that exists under its conditions."""

METRICS = ("train_loss", "dev_loss", "dev_accuracy")
"""What is measured for every trial at every epoch."""


class TrialState(StrEnum):
    """Where a trial stands."""

    WAITING = "waiting"
    COMPLETE = "complete"
    DIVERGED = "diverged"
    FAILED = "failed"
    """The user's own network raised an error."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A configuration with the number that, beside the study's seed, determines all its random draws."""

    number: int
    config: Config
    round: int
    """The sampler's round that proposed it, from 0."""


@dataclass(frozen=True, slots=True, eq=False)
class TrialResult:
    """What training a trial gave. A diverged trial's curves end with the last epoch that was finite."""

    number: int
    state: TrialState
    curves: Mapping[str, NDArray[np.float32]]
    """For each name in METRICS the values [epoch]."""
    error: str | None = None
    """The traceback of a trial that failed."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a round drew a numeric dimension, in the dimension's own units."""

    dimension: str
    low: float
    high: float
    inside: int
    """How many of the elites lie between low and high."""
    elites: int
    edge: str | None
    """`"low"` or `"high"` where the elites crowd that bound of the space, so that widening it may pay."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How often the elites chose each option of a choice dimension."""

    dimension: str
    counts: tuple[tuple[Value, int], ...]
    """Every option, in the space's order, with the number of elites that have it."""
    elites: int


@dataclass(frozen=True, slots=True)
class Region:
    """What a coarse-to-fine round made of the history: where it sampled, and the evidence for it."""

    round: int
    trials: int
    """How many trials had been seen."""
    dimensions: tuple[Span | Shares, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The configurations of one round, in the order of their trial numbers."""

    configs: list[Config]
    region: Region | None = None


@dataclass(frozen=True, eq=False)
class History:
    """All trials of a study in the order of their numbers, 0, 1, 2..., with what was measured of them."""

    trials: tuple[Trial, ...] = ()
    states: tuple[TrialState, ...] = ()
    curves: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    """For each name in METRICS an array [trial, epoch]; NaN where nothing was measured."""
    regions: tuple[Region, ...] = ()
    errors: Mapping[int, str] = field(default_factory=dict)
    """By the numbers of the trials that failed, their tracebacks."""

    def final(self, metric: str) -> NDArray[np.float32]:
        """The metric at each trial's last epoch [trial]; NaN for trials that are not complete."""
        complete = np.array([state is TrialState.COMPLETE for state in self.states], dtype=bool)
        values = np.full(len(self.trials), np.nan, dtype=np.float32)
        if complete.any():
            values[complete] = self.curves[metric][complete, -1]
        return values

    @cached_property
    def ranking(self) -> NDArray[np.intp]:
        """The numbers of the complete trials, best first: dev accuracy, then dev loss, then the lower number."""
        accuracy, loss = self.final("dev_accuracy"), self.final("dev_loss")
        order = np.lexsort((np.arange(len(accuracy)), loss, -accuracy))
        return order[~np.isnan(accuracy[order])]
