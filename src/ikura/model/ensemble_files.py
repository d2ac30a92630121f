"""Ensembles on disk: a folder for each network, as of any model, and a JSON file of how they are put together."""

import json
from pathlib import Path
from typing import Any

from ikura.errors import ModelError
from ikura.files import write_whole
from ikura.model.ensemble import Ensemble, checked_ensemble
from ikura.model.files import load_network, save_model
from ikura.nn import Network
from ikura.records import Target

ENSEMBLE = "ensemble.json"

FORMAT = 1

MOST = 1000
"""Networks; nobody has more."""


def save_ensemble(ensemble: Ensemble, folder: Path, *, about: dict[str, Any]) -> Path:
    """Write `network-0`, `network-1` and so on, and `ensemble.json`, into a folder, and return the folder.

    Args:
        ensemble: what to save.
        folder: made if it does not exist.
        about: facts for the reader of the JSON files, as for `save_model`.
    """
    for number, member in enumerate(ensemble.members):
        save_model(member, folder / _name(number), about=about)
    document = {
        "format": FORMAT,
        "about": about,
        "shares": list(ensemble.shares),
        "targets": [target.to_json() for target in ensemble.targets],
    }
    # Last of all: where it is, its networks are.
    write_whole(folder / ENSEMBLE, json.dumps(document, indent=1, allow_nan=False) + "\n")
    return folder


def load_ensemble(folder: Path, network: Network | None) -> Ensemble:
    """Load the ensemble in a folder; arguments as for `load_network`.

    Raises:
        ModelError: a file is missing or damaged, or they are not of one ensemble.
    """
    path = folder / ENSEMBLE
    try:
        shares, targets = _read(path)
        members = [load_network(folder / _name(number), network) for number in range(len(shares))]
        return checked_ensemble(members, shares, targets)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error).splitlines()[0]
        raise ModelError(f"{path}: damaged ({reason}); it must be what Ikura wrote: save the ensemble again") from error


def _read(path: Path) -> tuple[list[Any], tuple[Target, ...]]:
    """Return the shares and the targets; raise what comes of a damaged file."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ModelError(
            f"{path}: not an ensemble of format {FORMAT}, which this version reads; save the ensemble again"
        )
    shares = document["shares"]
    if not isinstance(shares, list) or len(shares) > MOST:
        raise ValueError("its shares are no list")
    return shares, tuple(map(Target.from_json, document["targets"]))


def _name(number: int) -> str:
    """Return the name of a network's folder."""
    return f"network-{number}"
