"""Models on disk: the arrays as safetensors, everything else in a JSON file beside it. No pickle, no code."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from ikura.errors import ModelError, SettingError
from ikura.files import write_whole
from ikura.model.metadata import FORMAT, ModelMetadata, read_metadata
from ikura.model.model import Model
from ikura.nn import MLP, Network, UserNetwork, Variables, check_methods, initial_variables

TENSORS = "model.safetensors"
METADATA = "model.json"


def save_model(model: Model, folder: Path, *, about: dict[str, Any]) -> Path:
    """Write `model.safetensors` and `model.json` into a folder, and return the path of the first.

    Args:
        model: what to save.
        folder: made if it does not exist.
        about: facts for the reader of the JSON file, such as the study's name and what its test gave.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network = model.network
    user_network = isinstance(network, UserNetwork)
    name = type(network.network).__name__ if user_network else "mlp"
    metadata = ModelMetadata(name, user_network, model.config, model.targets, model.loss, model.preprocessing)
    document = {"format": FORMAT, "about": about} | metadata.to_json()
    write_whole(folder / METADATA, json.dumps(document, indent=1, allow_nan=False) + "\n")
    arrays = {name: np.array(array, order="C") for name, array in _named(model.variables)}
    # `save_file` would make a file that only its owner can read.
    write_whole(folder / TENSORS, save(arrays))
    return folder / TENSORS


def told_of(folder: Path) -> dict[str, Any] | None:
    """Return what the model in a folder tells of where it comes from; None where there is none that can be read."""
    try:
        told = json.loads((folder / METADATA).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told.get("about") if isinstance(told, dict) else None


def load_network(folder: Path, network: Network | None) -> Model:
    """Load the network in a folder.

    Args:
        folder: of the model.
        network: the user's own network, for a model that was trained with one.

    Raises:
        ModelError: a file is missing, damaged, or does not fit the other, or the network is missing.
    """
    metadata, arrays = read_metadata(folder / METADATA), _read_arrays(folder / TENSORS)
    if metadata.user_network:
        engine_network, template = _user_network(folder, metadata, network)
    elif network is not None:
        raise ModelError(f"{folder}: this model has the built-in network; leave network={type(network).__name__} out")
    else:
        if 4 * metadata.size > sum(array.nbytes for array in arrays.values()):
            raise ModelError(
                f"{folder}: {METADATA} asks for a larger network than {TENSORS} holds; both files must be of one model"
            )
        engine_network = MLP(metadata.preprocessing.width, metadata.outputs)
        template = engine_network.init(np.zeros(2, np.uint32), metadata.config)
        _check_finite(arrays, folder)
    other = METADATA if network is None else f"the network {type(network).__name__}"
    variables = _fill(template, arrays, folder, other)
    return Model(engine_network, variables, metadata.config, metadata.targets, metadata.loss, metadata.preprocessing)


def _user_network(folder: Path, metadata: ModelMetadata, network: Network | None) -> tuple[UserNetwork, Variables]:
    if network is None:
        raise ModelError(f"{folder}: this model has a network of your own; give it: load_model(path, network=...)")
    wrapped = UserNetwork(network, frozenset(), frozenset())
    try:
        check_methods(network)
        return wrapped, initial_variables(wrapped, metadata.config)
    except SettingError as error:
        raise ModelError(
            f"{folder}: {error}; {type(network).__name__} must be the network that the model was trained with"
        ) from error.__cause__


def _read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        raise ModelError(f"{path}: there is no such file; a model is a folder with {path.name} in it: check the path")
    try:
        return load_file(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror or error}); check its permissions") from error
    except SafetensorError as error:
        raise ModelError(f"{path}: damaged ({str(error).splitlines()[0]}); save the model again") from None


def _check_finite(arrays: Mapping[str, NDArray[Any]], folder: Path) -> None:
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ModelError(f"{folder}: array {name!r} holds NaN or infinity; it must be finite: save the model again")


def _named(variables: Variables) -> list[tuple[str, NDArray[Any]]]:
    leaves = jax.tree_util.tree_flatten_with_path(variables)[0]
    return [(jax.tree_util.keystr(path, simple=True, separator="."), np.asarray(leaf)) for path, leaf in leaves]


def _fill(template: Variables, arrays: dict[str, NDArray[Any]], folder: Path, other: str) -> Variables:
    """Put the arrays in the places of the template, whose names and shapes they must have."""
    expected = dict(_named(template))
    if expected.keys() != arrays.keys():
        odd = sorted(expected.keys() ^ arrays.keys())[0]
        where, absent = (TENSORS, other) if odd in arrays else (other, TENSORS)
        raise ModelError(f"{folder}: {where} has an array {odd!r} and {absent} has none; both must be of one model")
    for name, array in expected.items():
        if array.shape != arrays[name].shape or array.dtype != arrays[name].dtype:
            raise ModelError(
                f"{folder}: array {name!r} is {arrays[name].dtype} {list(arrays[name].shape)} in {TENSORS}, but "
                f"{other} asks for {array.dtype} {list(array.shape)}; both must be of one model"
            )
    treedef = jax.tree.structure(template)
    return jax.tree.unflatten(treedef, [arrays[name] for name in expected])
