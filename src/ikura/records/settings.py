"""What determines a study, as it is kept in the store."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self

from ikura.records.code import CODE_SHAPE, Code
from ikura.records.configuration import Value
from ikura.records.metric import Goal, Metric, Objective
from ikura.records.shapes import (
    JSON,
    DamagedError,
    Shape,
    check,
    either,
    is_flag,
    is_number,
    is_text,
    is_value,
    is_whole,
    maybe,
    one_of,
    table,
)

UNKNOWN_NETWORK = "unknown"
"""The name of a user's network in studies that began before names were kept."""


class Origin(StrEnum):
    """Where a study's data came from."""

    BUNDLED = "bundled"
    FILE = "file"
    MEMORY = "memory"
    """Arrays, a frame or a function, which must be given again to go on."""
    CODE = "code"
    """Nowhere: the study runs training code of the user's own, which can be found again."""
    IMPORTED = "imported"
    """Another program made the study: Ikura can show it, and not go on with it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The arguments of a study, with all defaults filled in, and what they were applied to."""

    origin: Origin
    data: str
    """A bundled name, an absolute path, or a word for data that came from Python."""
    target: str | int | None
    seed: int
    trials: int
    epochs: int
    """The horizon: epochs of a trial that is trained to its end, which learning-rate schedules refer to."""
    sampler: str
    """Its name, or the type's name of a sampler of the user's own."""
    user_sampler: bool
    """Whether it is the user's own."""
    rounds: int | None
    """Of the coarse-to-fine search; None for other samplers."""
    schedule: str
    """The scheduler's name."""
    reduction: int | None
    """Of successive halving: one in so many trials goes on from each rung; None for other schedulers."""
    min_epochs: int | None
    """Epochs of the first rung, or between two copies of population-based training; None for other schedulers."""
    task: str
    """The task's name."""
    metrics: tuple[Metric, ...]
    objective: Objective
    network: str
    """`mlp`, or the type's name of a network of the user's own."""
    user_network: bool
    """Whether it is the user's own."""
    limits: Mapping[str, tuple[float | None, float | None]]
    """For the dimensions of which they are known, the least and the greatest value there can be; None for no end."""
    out: str | None
    """The folder for the model and the report, if they are wanted."""
    fingerprint: str
    examples: Mapping[str, int]
    """How many examples are in train, dev and test."""
    features: int
    """The network's inputs, several for a column of text."""
    columns: int
    """Of the data, the target's not among them."""
    classes: tuple[Value, ...]
    notes: tuple[str, ...]
    versions: Mapping[str, str]
    machine: str
    code: Code | None = None
    """The user's own training code; None where Ikura trains a network on data."""

    @property
    def imported(self) -> bool:
        """Whether another program made the study."""
        return self.origin is Origin.IMPORTED

    def to_json(self) -> dict[str, JSON]:
        """Return a document of JSON's own types."""
        return asdict(self) | {
            "metrics": [asdict(metric) for metric in self.metrics],
            "objective": [metric.name for metric in self.objective.metrics],
            "limits": {name: list(pair) for name, pair in self.limits.items()},
            "classes": list(self.classes),
            "notes": list(self.notes),
            "code": None if self.code is None else self.code.to_json(),
        }

    @classmethod
    def from_json(cls, document: JSON) -> Self:
        """Read what `to_json` made.

        Raises:
            DamagedError: it is something else.
        """
        check(document, _SHAPE, "settings")
        # Studies of before there was code of the user's own say nothing of it.
        kept: dict[str, Any] = {field.name: document.get(field.name) for field in fields(cls)}
        metrics = {each["name"]: Metric(each["name"], Goal(each["goal"]), each["unit"]) for each in kept["metrics"]}
        if len(metrics) < len(kept["metrics"]) or not kept["objective"] or not set(kept["objective"]) <= set(metrics):
            raise DamagedError("the metrics and the objective of its settings do not agree")
        first, *others = (metrics[name] for name in kept["objective"])
        kept |= {name: tuple(kept[name]) for name in ("classes", "notes")}
        kept |= {"origin": Origin(kept["origin"]), "metrics": tuple(metrics.values())}
        kept |= {"objective": Objective(first, tuple(others))}
        kept |= {"limits": {name: (low, high) for name, (low, high) in kept["limits"].items()}}
        if kept["code"] is not None:
            check(kept["code"], CODE_SHAPE, "settings.code")
            kept["code"] = Code.from_json(kept["code"])
        return cls(**kept)


_SHAPE: Shape = {
    "origin": one_of(*Origin),
    "data": is_text,
    "target": maybe(either(is_text, is_number)),
    **dict.fromkeys(("seed", "trials", "epochs", "features", "columns"), is_whole),
    **dict.fromkeys(("sampler", "schedule", "task", "network", "fingerprint", "machine"), is_text),
    **dict.fromkeys(("user_sampler", "user_network"), is_flag),
    **{name: maybe(is_whole) for name in ("rounds", "reduction", "min_epochs")},
    "metrics": [{"name": is_text, "goal": one_of(*Goal), "unit": is_text}],
    "objective": [is_text],
    "limits": table((maybe(is_number), maybe(is_number))),
    "out": maybe(is_text),
    "examples": {"train": is_whole, "dev": is_whole, "test": is_whole},
    "classes": [is_value],
    "notes": [is_text],
    "versions": table(is_text),
}
