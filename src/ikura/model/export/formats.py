"""Which formats there are, by the ending of their files."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from ikura.errors import SettingError
from ikura.files import write_whole
from ikura.model.model import Model
from ikura.wording import listing

FORMATS = {"onnx": ".onnx", "torch": ".pt2", "keras": ".keras"}
"""The ending of each format's files."""


def export_model(model: Model, path: str | Path) -> Path:
    """Write a model for another program into a file that is not there yet, and return its path.

    Args:
        model: with the built-in network.
        path: ends in .onnx, .pt2 (PyTorch) or .keras.

    Raises:
        SettingError: the ending is another, the file is there already or cannot be written, a package is missing.
        ModelError: the network is one of the user's own, or too fine for the format's numbers.
    """
    path = Path(path)
    name = format_of(path)
    if path.exists():
        raise SettingError(f"export: {path} is there already; exports are never overwritten: give another path")
    make = _maker(name)
    try:
        write_whole(path, make(model))
    except OSError as error:
        raise SettingError(
            f"export: {path} cannot be written ({error.strerror or error}): give another path"
        ) from error
    return path


def format_of(path: Path) -> str:
    """Return the format that a file's ending stands for.

    Raises:
        SettingError: it stands for none.
    """
    for name, ending in FORMATS.items():
        if path.suffix == ending:
            return name
    endings = listing([f"{ending} ({name})" for name, ending in FORMATS.items()], "or")
    raise SettingError(f"export: {path} has no ending of a model's; it must end in {endings}: give another path")


def _maker(name: str) -> Callable[[Model], bytes]:
    try:
        return import_module(f"ikura.model.export.to_{name}").contents
    except ModuleNotFoundError as error:
        if name == "keras" and error.name in ("tensorflow", "torch"):
            raise SettingError(
                f"export: Keras is set to {error.name}, which is not installed: set KERAS_BACKEND to jax, which is"
            ) from error
        if error.name != name:
            raise
        raise SettingError(
            f"export: {FORMATS[name]} files need {name}, which is not installed: python -m pip install 'ikura[{name}]'"
        ) from error
