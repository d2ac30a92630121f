"""A file of configurations to begin with."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ikura.cli.small_file import start_of
from ikura.errors import SettingError

MOST_BYTES = 64_000_000
"""Of a file."""

RULE = (
    "it must be a list of configurations as JSON, or [[start]] tables as TOML; or what `ikura tune --json` or "
    "`ikura show --json` prints, of which it is the best"
)


def read_start(path: Path) -> list[dict[str, Any]]:
    """Return the configurations of a JSON or TOML file.

    Raises:
        SettingError: the file cannot be read, or holds no configurations.
    """
    return _configurations(path, _document(path, _text(path)))


def _text(path: Path) -> str:
    content = start_of(path, MOST_BYTES + 1, argument="start", kind="a JSON or TOML file")
    if len(content) > MOST_BYTES:
        raise SettingError(f"start: {path} has more than {MOST_BYTES:,} bytes; nobody tries so many: check the path")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise SettingError(
            f"start: {path} is no text (byte {error.start} is not UTF-8); it must be a JSON or TOML file: save it as "
            "UTF-8"
        ) from error


def _document(path: Path, text: str) -> Any:
    try:
        return tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except ValueError as error:  # of TOML as well
        kind = "TOML" if path.suffix == ".toml" else "JSON"
        raise SettingError(f"start: {path} is no {kind} ({error}); {RULE}: mend it") from error
    except RecursionError as error:
        raise SettingError(f"start: {path} is nested too deeply; {RULE}: mend it") from error


def _configurations(path: Path, document: Any) -> list[dict[str, Any]]:
    if isinstance(document, Mapping):
        document = _of_study(document) or document.get("start", [document])
    if isinstance(document, list) and document and all(isinstance(each, dict) for each in document):
        return document
    raise SettingError(f"start: {path} holds no configurations; {RULE}: mend it")


def _of_study(document: Mapping[str, Any]) -> list[Any] | None:
    """Return the best configuration of what `--json` prints; None of anything else."""
    outcome = document.get("outcome", document)
    best = outcome.get("best") if isinstance(outcome, Mapping) else None
    return [best["config"]] if isinstance(best, Mapping) and "config" in best else None
