"""What came of putting several networks of a study together, as it is kept in the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Self

from ikura.records.configuration import Config
from ikura.records.metric import Metric
from ikura.records.shapes import (
    JSON,
    DamagedError,
    Shape,
    check,
    is_flag,
    is_number,
    is_text,
    is_value,
    is_whole,
    maybe,
    table,
)


@dataclass(frozen=True, slots=True)
class Member:
    """A configuration whose network is one of those that are put together."""

    number: int
    """Of its trial."""
    config: Config
    share: float
    """How much what it says counts in the mean; all shares together are 1."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the winner and several networks together reach on the dev examples, under each seed of the finals."""

    winner: tuple[float | None, ...]
    """The objective's metric [seed]; None where the network diverged."""
    together: tuple[float | None, ...]
    """The same; None where one of them diverged."""

    @property
    def pairs(self) -> list[tuple[float, float]]:
        """What both reached, under the seeds where none diverged."""
        pairs = zip(self.winner, self.together, strict=True)
        return [(one, several) for one, several in pairs if one is not None and several is not None]

    def ahead(self, metric: Metric) -> int:
        """Return under how many seeds they are better together."""
        return sum(metric.loss(several) < metric.loss(one) for one, several in self.pairs)

    def wins(self, metric: Metric) -> bool:
        """Return whether they are better together on the mean over the seeds, and under most of these.

        They are not where one of them diverged under a seed, or where no seed is left to compare by.
        """
        if None in self.together or not self.pairs:
            return False
        winner, together = (fmean(values) for values in zip(*self.pairs, strict=True))
        return metric.loss(together) < metric.loss(winner) and 2 * self.ahead(metric) > len(self.together)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a network, or several together, cost whoever predicts with them."""

    parameters: int
    milliseconds: float
    """For 1,000 predictions, on the machine that ended the study."""


@dataclass(frozen=True, slots=True)
class Together:
    """The ensemble of a study, beside its single winner."""

    candidates: int
    """Networks among which it was chosen."""
    members: tuple[Member, ...]
    """Those with the largest share first. One alone is no ensemble, and was not compared."""
    comparison: Comparison
    kept: bool
    """Whether it won, so that its networks were trained again as the winner's was, and tested."""
    test: Mapping[str, JSON] | None = None
    """What the task says of it on examples it never saw; None where nothing was tested."""
    costs: tuple[Cost, Cost] | None = None
    """Of the winner, and of all of them together; None where it was not kept."""
    model: str | None = None
    """Its folder."""

    @classmethod
    def from_json(cls, document: JSON) -> Self:
        """Read what `asdict` made.

        Raises:
            DamagedError: it is something else.
        """
        check(document, _SHAPE, "outcome.ensemble")
        winner, together = (tuple(document["comparison"][name]) for name in ("winner", "together"))
        costs = None if document["costs"] is None else (Cost(**document["costs"][0]), Cost(**document["costs"][1]))
        kept = bool(document["kept"])
        if len(winner) != len(together) or not document["members"] or (costs is None) == kept:
            raise DamagedError("the parts of its outcome do not agree")
        return cls(
            document["candidates"],
            tuple(Member(each["number"], each["config"], float(each["share"])) for each in document["members"]),
            Comparison(winner, together),
            kept,
            document["test"],
            costs,
            document["model"],
        )


def mean_of(values: Sequence[float | None]) -> float | None:
    """Return the mean over the seeds under which there is a value; None where there is none."""
    found = [value for value in values if value is not None]
    return fmean(found) if found else None


_COST: Shape = {"parameters": is_whole, "milliseconds": is_number}

_SHAPE: Shape = {
    "candidates": is_whole,
    "members": [{"number": is_whole, "config": table(is_value), "share": is_number}],
    "comparison": {"winner": [maybe(is_number)], "together": [maybe(is_number)]},
    "kept": is_flag,
    "test": maybe(table(lambda _: True)),
    "costs": maybe((_COST, _COST)),
    "model": maybe(is_text),
}
