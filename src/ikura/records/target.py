"""What is learned of each example: its class, a number, a count, or which of several labels it has."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from ikura.records.configuration import Value
from ikura.records.shapes import JSON, DamagedError, Shape, check, is_number, is_text, is_value, one_of


class Kind(StrEnum):
    """What a target says of an example."""

    CLASS = "class"
    """Which of several classes it belongs to."""
    LABELS = "labels"
    """Which of several labels it has: any number of them."""
    NUMBER = "number"
    """A quantity."""
    COUNT = "count"
    """How many times something happened: 0, 1, 2..."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is learned."""

    name: str
    """The column's name; `y` where it has none."""
    kind: Kind
    classes: tuple[Value, ...] = ()
    """Of a class the classes, of labels the labels, in the order of the outputs."""
    mean: float = 0.0
    """Of a number, over the training examples."""
    scale: float = 1.0
    """Its standard deviation over them: networks learn (number - mean) / scale."""
    weight: float = 1.0
    """How much its loss counts beside those of other targets."""
    threshold: float = 0.5
    """Of two classes, the probability above which an example is said to be of the second."""

    @property
    def columns(self) -> int:
        """How many columns of numbers say what is true of it."""
        return len(self.classes) if self.kind is Kind.LABELS else 1

    @property
    def outputs(self) -> int:
        """How many outputs a network has for it, unless its loss asks for more."""
        return len(self.classes) if self.classes else 1

    def to_json(self) -> dict[str, JSON]:
        """Return a document of JSON's own types."""
        return {
            "name": self.name,
            "kind": str(self.kind),
            "classes": list(self.classes),
            "mean": self.mean,
            "scale": self.scale,
            "weight": self.weight,
            "threshold": self.threshold,
        }

    @classmethod
    def from_json(cls, document: JSON) -> Self:
        """Read what `to_json` made.

        Raises:
            DamagedError: it is something else.
        """
        check(document, _SHAPE, "a target")
        check(document.get("threshold", 0.5), is_number, "a target.threshold")
        kept: Mapping[str, JSON] = document
        kind = Kind(kept["kind"])
        if (len(kept["classes"]) >= 1 + (kind is Kind.CLASS)) != (kind in (Kind.CLASS, Kind.LABELS)):
            raise DamagedError("the classes of a target are not what they must be")
        if not (kept["scale"] > 0 and kept["weight"] > 0):
            raise DamagedError("the scale or the weight of a target is not above 0")
        if not 0 < kept.get("threshold", 0.5) < 1:
            raise DamagedError("the threshold of a target does not lie between 0 and 1")
        return cls(
            name=kept["name"],
            kind=kind,
            classes=tuple(kept["classes"]),
            mean=float(kept["mean"]),
            scale=float(kept["scale"]),
            weight=float(kept["weight"]),
            threshold=float(kept.get("threshold", 0.5)),  # which the first targets had not
        )


_SHAPE: Shape = {
    "name": is_text,
    "kind": one_of(*Kind),
    "classes": [is_value],
    "mean": is_number,
    "scale": is_number,
    "weight": is_number,
}
