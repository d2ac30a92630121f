"""The JSON file of a model, checked before anything in it is used."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from ikura.data import Preprocessing
from ikura.errors import DataError, ModelError
from ikura.nn import ACTIVATIONS, INITIALIZERS, MLP, MOST_HIDDEN_LAYERS
from ikura.records import Config, Value

FORMAT = 1


@dataclass(frozen=True)
class Side:
    """What stands beside a model's arrays."""

    network: str
    """`mlp`, or `custom` for a network of the user's own."""
    config: Config
    classes: tuple[Value, ...]
    preprocessing: Preprocessing


def read_side(path: Path) -> Side:
    """Reads the file.

    Raises:
        ModelError: it is missing, damaged, or says what no model can be.
    """
    values = _read_json(path)
    try:
        preprocessing = Preprocessing.from_json(values["preprocessing"])
        side = Side(values["network"], values["config"], tuple(values["classes"]), preprocessing)
        _check(side, values["features"])
    except KeyError as error:
        raise _damaged(path, f"{error.args[0]!r} is missing") from None
    except (TypeError, ValueError, OverflowError, DataError) as error:
        raise _damaged(path, str(error)) from None
    return side


def count_numbers(side: Side) -> int:
    """How many weights and biases a built-in network of this configuration has, so that none too large is made."""
    sizes = MLP(side.preprocessing.width, len(side.classes)).sizes(side.config)
    return sum((inputs + 1) * units for inputs, units in pairwise(sizes))


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
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise ModelError(f"{path}: not a model of format {FORMAT}, the one this version reads; save the model again")
    return values


def _check(side: Side, features: object) -> None:
    """Raises ValueError or TypeError, saying what is wrong."""
    classes = side.classes
    if len(classes) < 2 or not all(map(_is_label, classes)) or len({repr(label) for label in classes}) < len(classes):
        raise ValueError("classes are not two or more different labels")
    if features != side.preprocessing.width:
        raise ValueError(f"features is not {side.preprocessing.width}, what the preprocessing gives")
    if side.network not in ("mlp", "custom"):
        raise ValueError("network is neither 'mlp' nor 'custom'")
    if not isinstance(side.config, dict) or not all(map(_is_label, side.config.values())):
        raise ValueError("config is not a table of numbers and texts")
    if side.network == "mlp":
        _check_dials(side.config)


def _check_dials(config: Mapping[str, Any]) -> None:
    rules = {
        "hidden_layers": lambda value: type(value) is int and 0 <= value <= MOST_HIDDEN_LAYERS,
        "hidden_units": lambda value: type(value) is int and value >= 1,
        "activation": lambda value: value in ACTIVATIONS,
        "initializer": lambda value: value in INITIALIZERS,
        "batch_norm": lambda value: isinstance(value, bool),
        "bn_epsilon": lambda value: type(value) in (int, float) and 0 < value < 1e9,
    }
    rules |= {
        name: lambda value: type(value) is int and value >= 0 for name in config if name.startswith("hidden_units_")
    }
    for name, rule in rules.items():
        if not rule(config[name]):
            raise ValueError(f"{name} is {str(config[name])[:40]!r}, which it can never be")


def _is_label(value: object) -> bool:
    return isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))


def _damaged(path: Path, reason: str) -> ModelError:
    return ModelError(f"{path}: damaged ({reason.splitlines()[0]}); it must be what Ikura wrote: save the model again")
