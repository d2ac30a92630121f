"""What a scheduler decides about trials."""

from dataclasses import dataclass
from typing import TypeAlias

from ikura.records.configuration import Config
from ikura.records.trial import Source


@dataclass(frozen=True, slots=True)
class GoOn:
    """Train the trial on, from where it stands, until it has been trained for so many epochs."""

    trial: int
    until: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Give the trial up."""

    trial: int


@dataclass(frozen=True, slots=True)
class CopyFrom:
    """Put another trial's network in the place of this one's, and train it on with a configuration of its own."""

    trial: int
    source: Source
    """At the epoch at which this trial stands."""
    config: Config
    """The whole configuration; what shapes the network is as in the source."""
    until: int


Decision: TypeAlias = GoOn | Stop | CopyFrom
