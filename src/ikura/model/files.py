"""Models on disk: the arrays as safetensors, everything else in a JSON file beside it. No pickle, no code."""

import json
from pathlib import Path
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from ikura.data import Preprocessing
from ikura.errors import DataError, ModelError
from ikura.model.model import Model
from ikura.nn import MLP, CustomNetwork, Network, Variables

FORMAT = 1
TENSORS = "model.safetensors"
SIDE = "model.json"


def save_model(model: Model, folder: Path, *, about: dict[str, Any]) -> Path:
    """Writes `model.safetensors` and `model.json` into a folder and returns the path of the first.

    Args:
        model: what to save.
        folder: made if it does not exist.
        about: facts for the reader of the JSON file, such as the study's name and the test accuracy.
    """
    folder.mkdir(parents=True, exist_ok=True)
    side = {
        "format": FORMAT,
        "about": about,
        "network": "mlp" if isinstance(model.network, MLP) else "custom",
        "features": model.preprocessing.width,
        "config": dict(model.config),
        "classes": list(model.classes),
        "preprocessing": model.preprocessing.to_json(),
    }
    (folder / SIDE).write_text(json.dumps(side, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    arrays = {name: np.array(array, order="C") for name, array in _named(model.variables)}
    save_file(arrays, folder / TENSORS)
    return folder / TENSORS


def load_model(path: str | Path, *, network: Network | None = None) -> Model:
    """Loads a model for prediction; no study and no database are needed.

    Args:
        path: the folder of a saved model, or its `model.safetensors`.
        network: the user's own network, for a model that was trained with one.

    Raises:
        ModelError: a file is missing, damaged, or does not fit the other, or the network is missing.
    """
    folder = Path(path)
    try:
        exists = folder.exists()
    except OSError as error:
        raise ModelError(f"{folder}: it cannot be reached ({error.strerror}): check the path") from error
    if not exists:
        raise ModelError(
            f"{folder}: there is no such model; a model is a folder with {SIDE} and {TENSORS}: check the path"
        )
    folder = folder if folder.is_dir() else folder.parent
    side, arrays = _read_side(folder / SIDE), _read_arrays(folder / TENSORS)
    try:
        classes, config, features = tuple(side["classes"]), dict(side["config"]), int(side["features"])
        preprocessing = Preprocessing.from_json(side["preprocessing"])
        kind = side["network"]
    except (KeyError, TypeError, ValueError, DataError) as error:
        raise ModelError(f"{folder / SIDE}: not a model's side file ({error}); save the model again") from error
    if kind == "mlp":
        engine_network = MLP(features, len(classes))
    elif network is None:
        raise ModelError(f"{folder}: this model has a network of your own; give it: load_model(path, network=...)")
    else:
        engine_network = CustomNetwork(network, frozenset(), frozenset())
    template = engine_network.init(np.zeros(2, np.uint32), config)
    return Model(engine_network, _fill(template, arrays, folder), config, classes, preprocessing)


def _read_side(path: Path) -> dict[str, Any]:
    try:
        side = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); a model is a folder with {SIDE}") from error
    except ValueError as error:
        raise ModelError(f"{path}: damaged, it is not JSON ({error}); save the model again") from error
    if not isinstance(side, dict) or side.get("format") != FORMAT:
        raise ModelError(f"{path}: not a model of format {FORMAT}, the one this version reads; save the model again")
    return side


def _read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        return load_file(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); a model is a folder with {TENSORS}") from error
    except SafetensorError as error:
        raise ModelError(f"{path}: damaged ({error}); save the model again") from error


def _named(variables: Variables) -> list[tuple[str, NDArray[Any]]]:
    leaves = jax.tree_util.tree_flatten_with_path(variables)[0]
    return [(jax.tree_util.keystr(path, simple=True, separator="."), np.asarray(leaf)) for path, leaf in leaves]


def _fill(template: Variables, arrays: dict[str, NDArray[Any]], folder: Path) -> Variables:
    """Puts the arrays in the places of the template, whose names and shapes they must have."""
    expected = dict(_named(template))
    if expected.keys() != arrays.keys():
        odd = sorted(expected.keys() ^ arrays.keys())[0]
        raise ModelError(f"{folder}: array {odd!r} is in one file only; {SIDE} and {TENSORS} must be of one model")
    for name, array in expected.items():
        if array.shape != arrays[name].shape or array.dtype != arrays[name].dtype:
            raise ModelError(
                f"{folder}: array {name!r} is {arrays[name].dtype} {list(arrays[name].shape)}, but {SIDE} asks for "
                f"{array.dtype} {list(array.shape)}; both files must be of one model"
            )
    treedef = jax.tree.structure(template)
    return jax.tree.unflatten(treedef, [arrays[name] for name in expected])
