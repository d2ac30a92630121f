"""The folder of a model, by what its user calls it."""

import os
from pathlib import Path

from ikura.errors import SettingError, UnknownStore, UnknownStudy
from ikura.store import open_store, read_whole

METADATA, TENSORS = "model.json", "model.safetensors"
"""Of a model's files, whose module imports JAX."""


def model_folder(what: str, store: str | None) -> Path:
    """Return the folder of a model by its path, or by the name of the study that made it.

    A path that is neither is returned as it is: what is wrong with it is said when it is loaded.

    Args:
        what: a folder, its file of tensors, or a study.
        store: where the study is.

    Raises:
        SettingError: the study has no model.
        UnknownStudy: there is no such study, and what is given is no path.
    """
    path = Path(what)
    if path.name == TENSORS and _is_file(path):
        return path.parent
    if _is_file(path / METADATA):
        return path
    try:
        with open_store(store, must_exist=True) as database:
            study, _, _ = read_whole(database, what)
    except UnknownStore:
        return path
    except UnknownStudy:
        if len(path.parts) > 1 or os.path.lexists(path):
            return path
        raise
    if study.outcome is None:
        raise SettingError(f"model: {what} has made none yet; a study does so at its end: resume it first")
    if study.outcome.model is None:
        raise SettingError(
            f"model: {what} left none; a study of a network that Ikura trains does, if it has a folder to write to: "
            "give the folder of a model"
        )
    return Path(study.outcome.model)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the name of a study may be too long for a file
        return False
