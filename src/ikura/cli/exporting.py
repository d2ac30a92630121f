"""`ikura export`: a study's trials, or the model that it made, for other programs."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from ikura.cli.layout import show, stdout_console, unbroken
from ikura.cli.model_folder import model_folder
from ikura.cli.options import StoreUrl
from ikura.cli.wording import plain
from ikura.errors import SettingError
from ikura.folders import folder_name
from ikura.store import open_store, read_whole, without_password
from ikura.wording import listing, suggestion


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
    folder = model_folder(what, store)
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


def _export_trials(study: str, to: str, out: Path | None, store: str | None) -> None:
    if out is not None:
        raise SettingError(f"out: {out} is given; trials go where --to says, {to}: leave --out away")
    with open_store(store, must_exist=True) as database:
        record, _, history = read_whole(database, study)
    from ikura.exchange import export as export_study

    export_study(record, history, to)
