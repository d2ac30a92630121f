"""What a sampler proposes, and what it made of the history."""

from dataclasses import dataclass

from ikura.records.configuration import Config, Value


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
    length_scale: float | None = None
    """Over what share of the range results change, as a surrogate found: the shorter, the more it matters."""


@dataclass(frozen=True, slots=True)
class OptionCounts:
    """How often the elites chose each option of a choice dimension."""

    dimension: str
    counts: tuple[tuple[Value, int], ...]
    """Every option, in the space's order, with the number of elites that have it."""
    elites: int
    length_scale: float | None = None
    """As of a span; any two options are as far from each other as the ends of a range."""


@dataclass(frozen=True, slots=True)
class Region:
    """What a coarse-to-fine round made of the history: where it sampled, and the evidence for it."""

    round: int
    trials: int
    """How many trials had been seen."""
    dimensions: tuple[Span | OptionCounts, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The configurations of one round, in the order of their trial numbers."""

    configs: list[Config]
    region: Region | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """The sampler has nothing to propose before more trials are over."""
