"""`ikura export`: a study's trials, or the model that it made, for other programs."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from ikura.cli.layout import show, stdout_console, unbroken
from ikura.cli.options import StoreUrl
from ikura.cli.wording import plain
from ikura.errors import SettingError, UnknownStore, UnknownStudy
from ikura.folders import folder_name
from ikura.store import open_store, read_whole, without_password
from ikura.wording import listing, suggestion

MODEL_FILE = "model.json"
"""A folder with it is one of a model's."""


def export(
    what: Annotated[str, typer.Argument(metavar="STUDY|MODEL", help="The name of a study, or the folder of a model.")],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="WHERE",
            help="The model as onnx, torch or keras; or a study's trials to FILE.csv, FILE.parquet, or "
            "optuna:ADDRESS, as optuna:sqlite:///x.db.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Of a model: where to write; by default in this folder, called as the study or folder."
        ),
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Write a model, or a study's trials, for other programs."""
    from ikura.exchange import ENDINGS

    if ":" in to or Path(to).suffix in ENDINGS:
        _export_trials(what, to, out, store)
        written = without_password(to)
    else:
        written = str(_export_model(what, to, out, store))
    show(stdout_console(), [unbroken(plain(written))])


def _export_model(what: str, to: str, out: Path | None, store: str | None) -> Path:
    from ikura.model import load_model
    from ikura.model.export import FORMATS, unknown_layers
    from ikura.model.files import METADATA
    from ikura.model.metadata import read_metadata

    if to not in FORMATS:
        raise _unknown_format(to, FORMATS)
    folder = _model_folder(what, store)
    path = Path(f"{folder_name(folder.resolve().name)}{FORMATS[to]}") if out is None else out
    if path.suffix != FORMATS[to]:
        raise SettingError(f"out: {path} must end in {FORMATS[to]}, as --to {to} is given: give another --out")
    if (folder / METADATA).is_file() and (about := read_metadata(folder / METADATA)).user_network:
        raise unknown_layers(about.network)
    # Keras' own default is a package that nobody may have, and its files are the same for all.
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return load_model(folder).export(path)


def _unknown_format(to: str, formats: Mapping[str, str]) -> SettingError:
    for name, ending in formats.items():
        if Path(to).suffix == ending:
            return SettingError(f"to: {to!r} is a file; --to names a model's format: give --to {name} --out {to}")
    return SettingError(
        f"to: {to!r} is no place for trials and no format of models; it must be FILE.csv, FILE.parquet or "
        f"optuna:ADDRESS, or {listing(formats, 'or')}: {suggestion(to, formats) or 'give another --to'}"
    )


def _model_folder(what: str, store: str | None) -> Path:
    """Return the folder of a model by its path, or by the name of the study that made it."""
    path = Path(what)
    if path.name == "model.safetensors" and path.is_file():
        return path.parent
    if (path / MODEL_FILE).is_file():
        return path
    try:
        with open_store(store, must_exist=True) as database:
            study, _, _ = read_whole(database, what)
    except (UnknownStore, UnknownStudy):
        if path.exists() or len(path.parts) > 1:
            return path  # it is no study's name: what is wrong with it as a model is said when it is loaded
        raise
    if study.outcome is None:
        raise SettingError(f"export: {what} has made no model yet; a study does so at its end: resume it first")
    if study.outcome.model is None:
        raise SettingError(
            f"export: {what} left no model; a study of a network that Ikura trains does, if it has a folder to write "
            "to: give the folder of a model"
        )
    return Path(study.outcome.model)


def _export_trials(study: str, to: str, out: Path | None, store: str | None) -> None:
    if out is not None:
        raise SettingError(f"out: {out} is given; trials go where --to says, {to}: leave --out away")
    with open_store(store, must_exist=True) as database:
        record, _, history = read_whole(database, study)
    from ikura.exchange import export as export_study

    export_study(record, history, to)
