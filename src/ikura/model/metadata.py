"""The JSON file of a model, checked before anything in it is used."""

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from ikura.data import Preprocessing
from ikura.errors import DataError, ModelError
from ikura.nn import MLP, MLP_DIALS
from ikura.optim import TRAINING_DIALS
from ikura.records import JSON, Config, Kind, Target
from ikura.tasks import LOSSES, Loss, heads_of, outputs_of

FORMAT = 3
"""Format 1 said `custom` of any network of the user's own, and had no `user_network`; up to 2 there were classes alone.
"""


@dataclass(frozen=True)
class ModelMetadata:
    """What stands beside a model's arrays."""

    network: str
    """`mlp`, or the type's name of a network of the user's own."""
    user_network: bool
    """Whether it is the user's own."""
    config: Config
    targets: tuple[Target, ...]
    loss: Loss
    preprocessing: Preprocessing

    @property
    def outputs(self) -> int:
        """How many outputs the network has."""
        return outputs_of(heads_of(self.targets, self.loss))

    @property
    def size(self) -> int:
        """How many weights and biases a built-in network has, so that none too large is made."""
        sizes = MLP(self.preprocessing.width, self.outputs).sizes(self.config)
        return sum((inputs + 1) * units for inputs, units in pairwise(sizes))

    def to_json(self) -> dict[str, JSON]:
        """Return a document of JSON's own types."""
        return {
            "network": self.network,
            "user_network": self.user_network,
            "features": self.preprocessing.width,
            "config": dict(self.config),
            "targets": [target.to_json() for target in self.targets],
            "loss": self.loss.name,
            "loss_parameters": list(self.loss.parameters),
            "preprocessing": self.preprocessing.to_json(),
        }


def read_metadata(path: Path) -> ModelMetadata:
    """Read the file.

    Raises:
        ModelError: it is missing, damaged, or says what no model can be.
    """
    values = _read_json(path)
    try:
        preprocessing = Preprocessing.from_json(values["preprocessing"])
        network, user_network = values["network"], _is_user_network(values)
        targets, loss = _learned(values)
        metadata = ModelMetadata(network, user_network, values["config"], targets, loss, preprocessing)
        _check(metadata, values["features"])
    except KeyError as error:
        raise _damaged(path, f"{error.args[0]!r} is missing") from None
    except (TypeError, ValueError, OverflowError, DataError) as error:
        raise _damaged(path, str(error)) from None
    return metadata


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ModelError(f"{path}: there is no such file; a model is a folder with {path.name} in it: check the path")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else f"it is not JSON ({error})"
        raise ModelError(f"{path}: damaged, {reason}; save the model again") from None
    if not isinstance(values, dict) or values.get("format") not in range(1, FORMAT + 1):
        raise ModelError(
            f"{path}: not a model of a format from 1 to {FORMAT}, which this version reads; save the model again"
        )
    return values


def _is_user_network(values: dict[str, Any]) -> bool:
    return values["network"] == "custom" if values["format"] == 1 else values["user_network"]


def _learned(values: dict[str, Any]) -> tuple[tuple[Target, ...], Loss]:
    """Return what was learned, and the loss that numbers were held to."""
    if values["format"] < 3:
        return (Target("y", Kind.CLASS, tuple(values["classes"])),), Loss("squared")
    targets = tuple(map(Target.from_json, values["targets"]))
    name, parameters = values["loss"], values["loss_parameters"]
    known = isinstance(name, str) and name in LOSSES and isinstance(parameters, list) and 0 < len(parameters) <= 1000
    if not targets or not known or not all(isinstance(each, float) and math.isfinite(each) for each in parameters):
        raise ValueError("targets or loss are none that can be learned")
    return targets, Loss(name, tuple(parameters))


def _check(metadata: ModelMetadata, features: object) -> None:
    """Raise ValueError or TypeError, saying what is wrong."""
    for target in metadata.targets:
        classes = target.classes
        enough = len(classes) >= 2 or target.kind is not Kind.CLASS
        if not enough or not all(map(_is_label, classes)) or len({repr(label) for label in classes}) < len(classes):
            raise ValueError("classes are not two or more different labels")
    if features != metadata.preprocessing.width:
        raise ValueError(f"features is not {metadata.preprocessing.width}, what the preprocessing gives")
    if not isinstance(metadata.network, str) or not isinstance(metadata.user_network, bool):
        raise TypeError("network is not a text, or user_network neither true nor false")
    if not metadata.user_network and metadata.network != "mlp":
        raise ValueError("network is not 'mlp', the only one of Ikura's own")
    if not isinstance(metadata.config, dict) or not all(map(_is_label, metadata.config.values())):
        raise ValueError("config is not a table of numbers and texts")
    if not metadata.user_network:
        _check_dials(metadata.config)


def _check_dials(config: Config) -> None:
    dials = TRAINING_DIALS | MLP_DIALS
    for name in MLP_DIALS:
        # Older files have no widths of single layers.
        if name not in config and not name.startswith("hidden_units_"):
            raise KeyError(name)
    for name, value in config.items():
        if name not in dials:
            raise ValueError(f"config has {name[:40]!r}, which the built-in network has not")
        if not dials[name].allows(value):
            raise ValueError(f"{name} is {str(value)[:40]!r}, which it can never be")


def _is_label(value: object) -> bool:
    return isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))


def _damaged(path: Path, reason: str) -> ModelError:
    return ModelError(f"{path}: damaged ({reason.splitlines()[0]}); it must be what Ikura wrote: save the model again")
