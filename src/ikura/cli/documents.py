"""What `--json` prints."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ikura.records import METRICS, History
from ikura.store import StudyRecord, is_imported


def print_document(document: Mapping[str, Any]) -> None:
    """Prints one object in ASCII, which every terminal and every pipe can carry."""
    sys.stdout.write(json.dumps(document, indent=2, allow_nan=False) + "\n")
    sys.stdout.flush()


def answer_document(study: StudyRecord) -> dict[str, Any]:
    """What `tune --json` and `resume --json` print of a finished study."""
    outcome = study.outcome
    assert outcome is not None
    model = outcome["model"]
    return {
        "study": study.name,
        "best": {"number": outcome["best"]["number"], "config": outcome["best"]["config"]},
        "dev_accuracy": outcome["best"]["dev_accuracy"],
        "test_accuracy": outcome["test"]["accuracy"],
        "test_interval": outcome["test"]["interval"],
        "trials": outcome["trials"],
        "diverged": outcome["diverged"],
        "failed": outcome.get("failed", 0),
        "seconds": outcome["seconds"]["total"],
        "model": model,
        "report": None if model is None else str(Path(model) / "report.html"),
    }


def study_document(study: StudyRecord, history: History) -> dict[str, Any]:
    """What `show --json` prints: everything that the store keeps of the study."""
    return {
        "study": study.name,
        "status": "imported" if is_imported(study.settings) else study.status,
        "created": study.created.isoformat(),
        "settings": study.settings,
        "space": study.space,
        "outcome": study.outcome,
        "trials": [_trial(history, place) for place in range(len(history.trials))],
    }


def _trial(history: History, place: int) -> dict[str, Any]:
    trial = history.trials[place]
    curves = {metric: _measured(history.curves[metric][place]) for metric in METRICS}
    return {
        "number": trial.number,
        "round": trial.round,
        "state": str(history.states[place]),
        "config": trial.config,
        "error": history.errors.get(trial.number),
        "metrics": {metric: curve[-1] if curve else None for metric, curve in curves.items()},
        "curves": curves,
    }


def _measured(curve: np.ndarray) -> list[float]:
    """The curve up to its last epoch, in the shortest digits that are the same float32."""
    return [float(str(value)) for value in curve[np.isfinite(curve)]]
