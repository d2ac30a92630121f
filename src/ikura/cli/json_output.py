"""What `--json` prints."""

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from ikura.records import JSON, History, Outcome, Settings, StudyRecord, Together, mean_of
from ikura.report.checks import checks, next_space, questions
from ikura.report.importance import importances
from ikura.space import Space
from ikura.tasks import task_named


def print_document(document: Mapping[str, JSON]) -> None:
    """Print one object in ASCII, which every terminal and every pipe can carry."""
    sys.stdout.write(json.dumps(document, indent=2, allow_nan=False) + "\n")
    sys.stdout.flush()


def answer_document(study: StudyRecord, history: History) -> dict[str, JSON]:
    """Return what `tune --json` and `resume --json` print of a finished study."""
    outcome = study.outcome
    assert outcome is not None
    metric, winner = study.settings.objective.metric, outcome.winner
    model, trials = outcome.model, outcome.trial_folders
    folder = model if trials is None else study.settings.results(study.name)
    return {
        "study": study.name,
        "best": {"number": outcome.best.number, "config": dict(outcome.best.config)},
        "metric": metric.name,
        "value": outcome.best.metrics.get(metric.name),
        "value_interval": None if winner is None else winner.interval(metric),
        **_front(history),
        **task_named(study.settings.task).headline(outcome),
        "ensemble": None if outcome.ensemble is None else _ensemble(study.settings, outcome, outcome.ensemble),
        "trials": outcome.trials,
        "diverged": outcome.diverged,
        "failed": outcome.failed,
        "stopped": outcome.stopped,
        "epochs_trained": outcome.epochs_trained,
        "seconds": outcome.seconds["total"],
        "notes": list(study.notes),
        "model": model,
        "report": None if folder is None else str(Path(folder) / "report.html"),
        "folder": None if trials is None else str(Path(trials) / str(outcome.best.number)),
    }


def _ensemble(settings: Settings, outcome: Outcome, ensemble: Together) -> dict[str, JSON]:
    """Return what is told of an ensemble; what it is compared with by `value` of the winner's is `winner_value`."""
    told = task_named(settings.task).headline(replace(outcome, test=ensemble.test))
    comparison, (winner, together) = ensemble.comparison, ensemble.costs or (None, None)
    return {
        "kept": ensemble.kept,
        "members": [{"number": each.number, "share": each.share} for each in ensemble.members],
        "value": mean_of(comparison.together),
        "winner_value": mean_of(comparison.winner),
        **{name: value for name, value in told.items() if name.startswith("test")},
        "cost": None if together is None else asdict(together),
        "winner_cost": None if winner is None else asdict(winner),
        "model": ensemble.model,
    }


def study_document(study: StudyRecord, space: Space, history: History) -> dict[str, JSON]:
    """Return what `show --json` prints: everything that the store keeps of the study, and what mattered."""
    return {
        "study": study.name,
        "status": "imported" if study.settings.imported else study.status,
        "created": study.created.isoformat(),
        "settings": study.settings.to_json(),
        "space": study.space,
        "outcome": None if study.outcome is None else study.outcome.to_json(),
        "notes": list(study.notes),
        **_front(history),
        **_judgement(study, history),
        "importance": [one.to_json() for one in importances(space, history)],
        "trials": [_trial(history, number) for number in range(len(history.trials))],
    }


def _front(history: History) -> dict[str, JSON]:
    """Return the front of two objectives, the best in the first one first; nothing of one objective."""
    if history.objective.second is None:
        return {}
    names = [metric.name for metric in history.objective.optimised]
    found = {name: history.final(name) for name in names}
    return {
        "front": [
            {
                "number": number,
                "config": dict(history.config(number)),
                "metrics": {name: _shortest(found[name][number]) for name in names},
            }
            for number in history.front
        ]
    }


def _judgement(study: StudyRecord, history: History) -> dict[str, JSON]:
    """Return what is made of the search: the question, the checks, and the next space; nothing of an import's."""
    if study.settings.imported:
        return {}
    after = next_space(Space.from_toml(study.space), history, study.settings)
    return {
        "questions": [_plain(asdict(question)) for question in questions(study, history)],
        "checks": [_plain(asdict(check)) for check in checks(study, history)],
        "next_space": {"space": after.space.to_toml(), "reasons": dict(after.reasons)},
    }


def _plain(document: JSON) -> JSON:
    """Return the document without numbers that JSON lacks."""
    if isinstance(document, dict):
        return {name: _plain(value) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [_plain(value) for value in document]
    return None if isinstance(document, float) and not math.isfinite(document) else document


def _trial(history: History, number: int) -> dict[str, JSON]:
    curves = {metric.name: _curve(history, metric.name, number) for metric in history.metrics}
    return {
        "number": number,
        "round": history.trials[number].round,
        "state": str(history.states[number]),
        "epochs": int(history.epochs[number]),
        "config": dict(history.config(number)),
        **_lineage(history, number),
        "error": history.errors.get(number),
        "metrics": {name: curve[-1] if curve else None for name, curve in curves.items()},
        "curves": curves,
    }


def _lineage(history: History, number: int) -> dict[str, JSON]:
    """Return how a trial was changed under training; nothing where it was not."""
    edits = history.edits.get(number)
    if not edits:
        return {}
    return {"proposed": dict(history.trials[number].config), "edits": [asdict(edit) for edit in edits]}


def _curve(history: History, metric: str, number: int) -> list[float | None]:
    """Return the curve up to the trial's own last epoch, in the shortest digits that are the same float32."""
    epochs = int(history.epochs[number])
    values = history.curves[metric][number, :epochs] if epochs else ()
    return [_shortest(value) for value in values]


def _shortest(value: np.float32) -> float | None:
    return float(str(value)) if math.isfinite(value) else None
