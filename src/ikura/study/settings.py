"""What determines a study, as it is kept in the store."""

import platform
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from ikura.errors import SettingError
from ikura.records import Value
from ikura.samplers import CoarseToFineSampler, GridSampler, RandomSampler, Sampler, SobolSampler
from ikura.store import IMPORTED
from ikura.train import devices, instructions

SAMPLERS: dict[str, type[Sampler]] = {
    "random": RandomSampler,
    "grid": GridSampler,
    "sobol": SobolSampler,
    "coarse-to-fine": CoarseToFineSampler,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """The arguments of a study, with all defaults filled in, and what they were applied to."""

    data: str
    """A bundled name, an absolute path, or `<arrays>` or `<frame>` for data that came from Python."""
    target: str | int | None
    seed: int
    trials: int
    epochs: int
    sampler: str
    """A name in SAMPLERS, or the type's name of a sampler of the user's own."""
    rounds: int | None
    """Of the coarse-to-fine search; None for other samplers."""
    network: str
    """`mlp`, or `custom` for a network of the user's own."""
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

    def to_json(self) -> dict[str, Any]:
        """As JSON's own types."""
        return asdict(self) | {"classes": list(self.classes), "notes": list(self.notes)}

    @classmethod
    def of_import(cls, note: str, *, trials: int, epochs: int, versions: Mapping[str, str]) -> Self:
        """Of a study that another program made, of whose data nothing is known."""
        return cls(
            data=IMPORTED,
            target=None,
            seed=0,
            trials=trials,
            epochs=epochs,
            sampler=next(iter(versions)),
            rounds=None,
            network="custom",
            out=None,
            fingerprint="",
            examples={"train": 0, "dev": 0, "test": 0},
            features=0,
            columns=0,
            classes=(),
            notes=(note,),
            versions=versions,
            machine="",
        )

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Reads what `to_json` wrote."""
        # Studies of before the columns were counted lack them.
        values = {"columns": values["features"]} | dict(values)
        kept: dict[str, Any] = {field.name: values[field.name] for field in fields(cls)}
        kept |= {name: tuple(kept[name]) for name in ("classes", "notes")}
        return cls(**kept)


def make_sampler(name: str, rounds: int | None) -> Sampler:
    """The sampler of a name.

    Raises:
        SettingError: the name is unknown, or rounds are given to a sampler that has none.
    """
    if name not in SAMPLERS:
        raise SettingError(f"sampler: {name!r} is unknown; it must be one of {', '.join(SAMPLERS)}: choose one")
    if rounds is None:
        return SAMPLERS[name]()
    if name != "coarse-to-fine":
        raise SettingError(
            f"rounds: {rounds} is given, but {name} has no rounds; leave them out, or use coarse-to-fine"
        )
    return CoarseToFineSampler(rounds)


def study_folder(out: str | None, name: str) -> Path | None:
    """Where a study of this name leaves its model and report, if they are wanted."""
    return None if out is None else Path(out) / folder_name(name)


def folder_name(study: str) -> str:
    """The study's name as one of a folder, which leads nowhere else."""
    return re.sub(r"[^\w.-]+|^\.+", "-", study)


def versions() -> dict[str, str]:
    """Of everything that has a part in the numbers."""
    names = ("ikura", "jax", "jaxlib", "numpy", "scikit-learn")
    return {"python": platform.python_version(), "kernel": instructions()} | {name: version(name) for name in names}


def machine() -> str:
    """The machine in a few words."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    device = devices()[0]
    model = (models or [platform.machine()])[0] if device.platform == "cpu" else device.device_kind
    return f"{len(devices())} x {model}, {device.platform}"
