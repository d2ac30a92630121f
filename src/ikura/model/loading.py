"""Whatever predicts, from its folder."""

import os
from pathlib import Path

from ikura.errors import ModelError
from ikura.files import as_place
from ikura.model.ensemble import Ensemble
from ikura.model.ensemble_files import ENSEMBLE, load_ensemble
from ikura.model.files import METADATA, TENSORS, load_network
from ikura.model.model import Model
from ikura.nn import Network


def load_model(path: str | Path, *, network: Network | None = None) -> Model | Ensemble:
    """Load a model, or an ensemble of several, for prediction; no study and no database are needed.

    Args:
        path: the folder of a saved model, or its `model.safetensors`.
        network: the user's own network, for a model that was trained with one.

    Raises:
        ModelError: a file is missing, damaged, or does not fit the other, or the network is missing.
    """
    folder = _folder(Path(as_place("path", path)))
    return load_ensemble(folder, network) if (folder / ENSEMBLE).is_file() else load_network(folder, network)


def _folder(path: Path) -> Path:
    if not os.path.lexists(path):
        raise ModelError(
            f"{path}: there is no such model; a model is a folder with {METADATA} and {TENSORS}: check the path"
        )
    if not path.is_dir() and path.name not in (METADATA, TENSORS, ENSEMBLE):
        raise ModelError(
            f"{path}: it is a file; a model is a folder with {METADATA} and {TENSORS}: give the folder of a model"
        )
    return path if path.is_dir() else path.parent
