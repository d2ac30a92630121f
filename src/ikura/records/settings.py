"""What determines a study, as it is kept in the store."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from ikura.folders import earlier_folder_name
from ikura.records.code import CODE_SHAPE, Code
from ikura.records.configuration import Config, Value
from ikura.records.evidence import Evidence
from ikura.records.metric import AT_LEAST, AT_MOST, Constraint, Goal, Metric, Objective
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
from ikura.records.target import Kind, Target

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
class Earlier:
    """What was in force of a study up to a round, before it was changed."""

    until: int
    """The first round that was not drawn so."""
    trials: int
    space: str
    """TOML."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The arguments of a study, with all defaults filled in, and what they were applied to."""

    origin: Origin
    data: str
    """A bundled name, an absolute path, or a word for data that came from Python."""
    target: str | int | tuple[str | int, ...] | None
    """The columns of a table that are learned, as the user named them."""
    seed: int
    trials: int
    epochs: int
    """The horizon: epochs of a trial that is trained to its end, which learning-rate schedules refer to."""
    sampler: str
    """Its name, or the type's name of a sampler of the user's own."""
    user_sampler: bool
    """Whether it is the user's own."""
    rounds: int | None
    """Of a sampler that waits for each of them; None for other samplers."""
    schedule: str
    """The scheduler's name."""
    reduction: int | None
    """One in so many trials goes on from each rung; None for schedulers without rungs."""
    min_epochs: int | None
    """Epochs of the first rung, or what else the scheduler has them for; None for the full budget."""
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
    targets: tuple[Target, ...]
    """What is learned; none where training code of the user's own learns it."""
    notes: tuple[str, ...]
    versions: Mapping[str, str]
    machine: str
    code: Code | None = None
    """The user's own training code; None where Ikura trains a network on data."""
    loss: str | None = None
    """That numbers are held to, as the user named it; None for the usual one, or where there are none."""
    asked_task: str | None = None
    """What the user said is learned of the target; None where the target said it."""
    user_metric: bool = False
    """Whether the objective is a function of the user's own."""
    class_weights: str | tuple[tuple[Value, float], ...] | None = None
    """How much classes count in training, if the user said it: `balanced`, or pairs of class and weight."""
    roles: Mapping[str, str | int | None] = field(default_factory=dict)
    """Of weights, groups and time, those that were given, and their columns; None of an array."""
    folds: int | None = None
    """Of the cross-validation by which trials are judged; None where there is one dev part."""
    threshold: str | None = None
    """`dev` where the dev examples choose from which probability on an example is called positive."""
    header: bool | None = None
    """Whether a text file has a header, where the user said so."""
    separator: str | None = None
    """Of a text file, where the user said it."""
    folder: str | None = None
    """The name of the study's own folder in `out`; None before it is stored, and where it began before this was kept.
    """
    timeout: float | None = None
    """Seconds for the search of each run; None where it takes as long as it takes."""
    reference_error: float | None = None
    """What could be reached in the objective, as people do; of one that grows to 1, what lacks. None if unknown."""
    earlier: tuple[Earlier, ...] = ()
    """Of a study that was changed, the first one first."""
    start: tuple[Config, ...] = ()
    """Configurations that the first round begins with."""
    prior: tuple[Evidence, ...] = ()
    """What earlier studies say, as it was when this one began: they may be deleted, or go on."""
    ensemble: bool = False
    """Whether networks are put together, beside the single winner."""

    def results(self, study: str) -> Path | None:
        """Return where a stored study of this name leaves its model and report, if they are wanted."""
        return None if self.out is None else Path(self.out) / (self.folder or earlier_folder_name(study))

    @property
    def classes(self) -> tuple[Value, ...]:
        """Of the first target; none of numbers."""
        return self.targets[0].classes if self.targets else ()

    @property
    def imported(self) -> bool:
        """Whether another program made the study."""
        return self.origin is Origin.IMPORTED

    def to_json(self) -> dict[str, JSON]:
        """Return a document of JSON's own types."""
        return asdict(self) | {
            "metrics": [asdict(metric) for metric in self.metrics],
            "objective": [metric.name for metric in self.objective.ranked],
            "second": None if self.objective.second is None else self.objective.second.name,
            "constraints": [
                {"metric": each.metric.name, "sign": each.sign, "bound": each.bound}
                for each in self.objective.constraints
            ],
            "limits": {name: list(pair) for name, pair in self.limits.items()},
            "target": list(self.target) if isinstance(self.target, tuple) else self.target,
            "class_weights": [list(pair) for pair in self.class_weights]
            if isinstance(self.class_weights, tuple)
            else self.class_weights,
            "targets": [target.to_json() for target in self.targets],
            "notes": list(self.notes),
            "earlier": [asdict(each) for each in self.earlier],
            "start": [dict(config) for config in self.start],
            "prior": [asdict(each) for each in self.prior],
            "code": None if self.code is None else self.code.to_json(),
        }

    @classmethod
    def from_json(cls, document: JSON) -> Self:
        """Read what `to_json` made.

        Raises:
            DamagedError: it is something else.
        """
        check(document, _SHAPE, "settings")
        # Older studies say nothing of code of the user's own, nor of how a text file is read.
        kept: dict[str, Any] = {field.name: document.get(field.name) for field in fields(cls)}
        kept |= {"targets": _targets(document), "user_metric": document.get("user_metric", False)}
        kept |= {"ensemble": document.get("ensemble", False)}
        kept |= {"roles": document.get("roles", {}), "earlier": document.get("earlier", [])}
        kept |= {name: document.get(name, []) for name in ("start", "prior")}
        check(kept, _LATER, "settings")
        if isinstance(kept["target"], list):
            kept["target"] = tuple(kept["target"])
        if isinstance(kept["class_weights"], list):
            kept["class_weights"] = tuple((label, float(weight)) for label, weight in kept["class_weights"])
        metrics = {each["name"]: Metric(each["name"], Goal(each["goal"]), each["unit"]) for each in kept["metrics"]}
        if len(metrics) < len(kept["metrics"]) or not kept["objective"] or not set(kept["objective"]) <= set(metrics):
            raise DamagedError("the metrics and the objective of its settings do not agree")
        first, *others = (metrics[name] for name in kept["objective"])
        kept["notes"] = tuple(kept["notes"])
        kept["earlier"] = tuple(Earlier(each["until"], each["trials"], each["space"]) for each in kept["earlier"])
        kept |= {"start": tuple(kept["start"]), "prior": tuple(map(_evidence, kept["prior"]))}
        kept |= {"origin": Origin(kept["origin"]), "metrics": tuple(metrics.values())}
        second = _second(document, metrics)
        kept |= {"objective": Objective(first, tuple(others), _constraints(document, metrics), second)}
        kept |= {"limits": {name: (low, high) for name, (low, high) in kept["limits"].items()}}
        if kept["code"] is not None:
            check(kept["code"], CODE_SHAPE, "settings.code")
            kept["code"] = Code.from_json(kept["code"])
        return cls(**kept)


def _evidence(document: JSON) -> Evidence:
    configs, scores = tuple(document["configs"]), tuple(map(float, document["scores"]))
    if len(configs) != len(scores):
        raise DamagedError("the trials and the scores of an earlier study in its settings do not agree")
    return Evidence(document["study"], document["trials"], configs, scores)


def _constraints(document: JSON, metrics: Mapping[str, Metric]) -> tuple[Constraint, ...]:
    """Return what trials must keep to; studies of before had none."""
    kept = document.get("constraints", [])
    check(kept, [{"metric": one_of(*metrics), "sign": one_of(AT_MOST, AT_LEAST), "bound": is_number}], "constraints")
    return tuple(Constraint(metrics[each["metric"]], each["sign"], float(each["bound"])) for each in kept)


def _second(document: JSON, metrics: Mapping[str, Metric]) -> Metric | None:
    """Return what is optimised beside the first metric; nothing in studies of before."""
    kept = document.get("second")
    check(kept, maybe(one_of(*metrics)), "second")
    return None if kept is None else metrics[kept]


def _targets(document: JSON) -> tuple[Target, ...]:
    """Return the targets; studies of before there were others than classes have the classes alone."""
    if "targets" in document:
        check(document, {"targets": [table(lambda _: True)]}, "settings")
        return tuple(Target.from_json(each) for each in document["targets"])
    check(document, {"classes": [is_value]}, "settings")
    classes, target = tuple(document["classes"]), document["target"]
    return (Target("y" if target is None else str(target), Kind.CLASS, classes),) if classes else ()


_SHAPE: Shape = {
    "origin": one_of(*Origin),
    "data": is_text,
    "target": maybe(either(is_text, is_number, [either(is_text, is_number)])),
    **dict.fromkeys(("seed", "trials", "epochs", "features", "columns"), is_whole),
    **dict.fromkeys(("sampler", "schedule", "task", "network", "fingerprint", "machine"), is_text),
    **dict.fromkeys(("user_sampler", "user_network"), is_flag),
    **{name: maybe(is_whole) for name in ("rounds", "reduction", "min_epochs")},
    "metrics": [{"name": is_text, "goal": one_of(*Goal), "unit": is_text}],
    "objective": [is_text],
    "limits": table((maybe(is_number), maybe(is_number))),
    "out": maybe(is_text),
    "examples": {"train": is_whole, "dev": is_whole, "test": is_whole},
    "notes": [is_text],
    "versions": table(is_text),
}

_LATER: Shape = {
    **dict.fromkeys(("loss", "asked_task", "threshold", "separator", "folder"), maybe(is_text)),
    "class_weights": maybe(either(is_text, [(is_value, is_number)])),
    "roles": table(maybe(either(is_text, is_number))),
    "folds": maybe(is_whole),
    "header": maybe(is_flag),
    "timeout": maybe(is_number),
    "reference_error": maybe(is_number),
    **dict.fromkeys(("user_metric", "ensemble"), is_flag),
    "earlier": [{"until": is_whole, "trials": is_whole, "space": is_text}],
    "start": [table(is_value)],
    "prior": [{"study": is_text, "trials": is_whole, "configs": [table(is_value)], "scores": [is_number]}],
}
"""What older studies do not have."""
