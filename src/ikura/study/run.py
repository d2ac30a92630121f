"""One study from wherever it stands to its outcome: search, finals, the winner's network, its one test."""

import json
import math
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ikura.errors import StoreError, StudyInterrupted
from ikura.evaluators import trial_folders
from ikura.files import write_whole
from ikura.records import JSON, Best, DamagedStudy, Finalist, History, Outcome, StudyRecord, Together, TrialState
from ikura.store import Store, data_folder, plain
from ikura.study.ensemble import Choice, choose_ensemble, refit_ensemble, told
from ikura.study.events import Began, Finished
from ikura.study.finals import best_trials, hold_finals, refit_winner
from ikura.study.result import Result, write_models, written
from ikura.study.search import TIMEOUT, search
from ikura.study.study import Study
from ikura.wording import listing

if TYPE_CHECKING:
    from ikura.model import Ensemble, Model
    from ikura.study.prediction import Prediction


def run(study: Study, prediction: "Prediction | None", planned_epochs: int) -> Result:
    """Go on with a study to its end, and store the outcome. If anything stops it, it is stored as interrupted.

    Args:
        study: with its evaluator, which is closed.
        prediction: of the search; None where none can be made.
        planned_epochs: how many the search trains, as the scheduler plans it.
    """
    with _interruptible(study):
        before = study.store.history(study.name)
        resumed = sum(state.is_over for state in before.states) - before.untried
        study.evaluator.keep(evaluator_folder(study.store, study.name), _identity(study), results_folder(study))
        trained, scheduler = int(before.epochs.sum()), study.scheduler
        if scheduler.is_bound:
            planned_epochs -= before.spared([n for n, state in enumerate(before.states) if state.is_over])
        study.tell(
            Began(study.name, study.settings, resumed, planned_epochs, trained, scheduler.summary, scheduler.is_bound)
        )
        clock = _Clock()
        history = search(study)
        clock.searched = time.perf_counter()
        finalists = hold_finals(study, history) if study.evaluator.replicates else []
        best = _best(study, history, finalists)
        # What the dev examples decide comes before the test examples are touched.
        choice = _choice(study, history, best.number)
        model, test = _handed_back(study, history, best.number)
        ensemble, together = _put_together(study, history, choice, model)
        outcome = _outcome(study, history, best, finalists, model, test, together, clock.seconds(), resumed, prediction)
        record = replace(study.store.study(study.name), status="complete", outcome=outcome)
        result = Result(record, history, model, combined=ensemble)
        _leave_files(study, result)
        for kind, message in _troubles(study):
            study.store.add_event(study.name, kind, message)
        study.evaluator.close(done=True)
        # Last of all: who is killed before this goes on, and makes again what is missing.
        study.store.finish(study.name, outcome)
    study.tell(Finished(study.name, outcome))
    return result


def evaluator_folder(store: Store, name: str) -> Path:
    """Return where the evaluator of a study keeps what it needs to go on: on this machine, wherever the store is."""
    study = sha256(f"{store.url} {name}".encode()).hexdigest()[:16]
    return data_folder() / "checkpoints" / study


def results_folder(study: Study) -> Path:
    """Return where the trials of a study leave what they keep: in its folder, or where it has none in one of Ikura's.

    Studies of one name that follow each other share the former only if the user says so, and the latter never.
    """
    folder = study.settings.results(study.name)
    if folder is not None:
        return folder
    return _own_folder(study.store, study.store.study(study.name))


def _own_folder(store: Store, study: StudyRecord | DamagedStudy) -> Path:
    """Return where the trials of a study without a folder leave what they keep."""
    identity = f"{store.url} {study.name} {study.created.isoformat()}"
    return data_folder() / "trials" / sha256(identity.encode()).hexdigest()[:16]


def delete_study(store: Store, study: StudyRecord | DamagedStudy) -> None:
    """Remove a study, and what Ikura kept of it; a folder of results that its user named stays."""
    store.delete(study.name)
    for folder in (evaluator_folder(store, study.name), _own_folder(store, study)):
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class _Clock:
    """When the phases of this run ended, in seconds of `time.perf_counter`."""

    began: float = 0.0
    searched: float = 0.0

    def __post_init__(self) -> None:
        self.began = time.perf_counter()

    def seconds(self) -> dict[str, float]:
        """Return what the run has taken up to now."""
        ended = time.perf_counter()
        return {"total": ended - self.began, "search": self.searched - self.began, "finals": ended - self.searched}


@contextmanager
def _interruptible(study: Study) -> Iterator[None]:
    try:
        yield
    except StoreError:
        # The store would say the same again; and a study without a writer is not listed as running.
        study.evaluator.close(done=False)
        raise
    except BaseException as error:
        study.evaluator.close(done=False)
        if study.store.study(study.name).status != "complete":
            study.store.set_status(study.name, "interrupted")
            study.store.add_event(study.name, "interrupted", "the study stopped before its end")
        if isinstance(error, KeyboardInterrupt):
            raise StudyInterrupted(
                f"{study.name}: stopped by Ctrl-C; what came until then is stored: to go on, {study.again}"
            ) from error
        raise


_WITHOUT_EFFECT = (
    "metrics",
    "second",
    "constraints",
    "folder",
    "timeout",
    "reference_error",
    "trials",
    "limits",
    "earlier",
    "ensemble",
)
"""Which metrics there are turns out while training code reports them; the numbers do not depend on the others."""


def _identity(study: Study) -> str:
    """Return all that the numbers of a study's jobs depend on, but what its evaluator takes of the space."""
    created = study.store.study(study.name).created.isoformat()
    settings = {name: value for name, value in study.settings.to_json().items() if name not in _WITHOUT_EFFECT}
    return json.dumps([study.store.url, study.name, created, settings])


def _best(study: Study, history: History, finalists: list[Finalist]) -> Best:
    if finalists:
        winner = finalists[0]
        means = {name: winner.mean(name) for name in winner.replicates}
        return Best(winner.number, winner.config, {name: mean for name, mean in means.items() if math.isfinite(mean)})
    number = best_trials(history, study.settings)[0]
    return Best(number, history.config(number), history.values(number))


def _handed_back(study: Study, history: History, winner: int) -> "tuple[Model | None, dict[str, JSON] | None]":
    """Return the winner's network and what its one test says; None for what there is not."""
    finisher = study.evaluator.finisher
    if finisher is None:
        return None, None
    model = refit_winner(finisher, history, winner, study.control.look)
    # The only use of the test part.
    test = finisher.test(model, winner)
    return model, None if test is None else dict(test)


def _choice(study: Study, history: History, winner: int) -> Choice | None:
    """Return which networks are best together; None where nobody asked for that."""
    ensembler = study.evaluator.ensembler if study.settings.ensemble else None
    return None if ensembler is None else choose_ensemble(study, ensembler, history, winner)


def _put_together(
    study: Study, history: History, choice: Choice | None, model: "Model | None"
) -> "tuple[Ensemble | None, Together | None]":
    """Return the ensemble, if it is kept, and what is told of it; None for what there is not."""
    ensembler = study.evaluator.ensembler
    if choice is None or ensembler is None or model is None:
        return None, None
    ensemble = refit_ensemble(study, ensembler, history, choice)
    return ensemble, told(study, history, choice, ensemble, model)


def _outcome(
    study: Study,
    history: History,
    best: Best,
    finalists: list[Finalist],
    model: "Model | None",
    test: dict[str, JSON] | None,
    together: Together | None,
    seconds: dict[str, float],
    resumed: int,
    prediction: "Prediction | None",
) -> Outcome:
    facts = study.evaluator.facts()
    folder = study.settings.results(study.name)
    outcome = Outcome(
        best=best,
        finalists=tuple(finalists),
        test=test,
        trials=len(history.trials) - history.untried,
        diverged=history.count(TrialState.DIVERGED),
        failed=history.count(TrialState.FAILED),
        stopped=history.count(TrialState.STOPPED) - history.untried,
        epochs=history.horizon,
        epochs_trained=int(history.epochs.sum()),
        seconds=seconds | {"compile": facts["compile"]},
        resumed=resumed,
        trials_per_second=(len(history.trials) - history.untried - resumed) / seconds["search"],
        programs=facts["programs"],
        planned=None if prediction is None else prediction.to_json(),
        short_of_memory=facts["short_of_memory"],
        troubles=(*_timeouts(study), *_infeasible(history, best), *(message for _, message in _troubles(study))),
        model=None if folder is None or model is None else str(folder),
        timed_out=bool(_timeouts(study)),
        trial_folders=None if study.settings.code is None else str(trial_folders(results_folder(study))),
        ensemble=together,
    )
    # As the store would return it.
    return Outcome.from_json(plain(outcome.to_json()))


def _infeasible(history: History, best: Best) -> list[str]:
    """Return what is said where the winner does not keep to the constraints."""
    constraints = history.objective.constraints
    broken = [each for each in constraints if each.violation(np.array([best.metrics.get(each.metric.name, np.nan)]))[0]]
    if not broken:
        return []
    said = listing([str(each) for each in constraints], "and")
    if not history.feasible.any():
        return [f"no trial kept to {said}; the best of them is the one that violates it least"]
    return [f"no finalist kept to {said} on average over its seeds; the best of them violates it least"]


def _timeouts(study: Study) -> list[str]:
    """Return what is said of a search that ended since its time was over, be it in an earlier run."""
    return [event.message for event in study.store.events(study.name) if event.kind == TIMEOUT]


def _troubles(study: Study) -> Iterator[tuple[str, str]]:
    """Yield what the numbers do not depend on, but the user should know: a kind of event, and its message."""
    yield from study.evaluator.troubles()
    if study.tracking is not None and study.tracking.failure is not None:
        yield "not tracked", f"tracking ended early: {study.tracking.failure}"


def _leave_files(study: Study, result: Result) -> None:
    """Write the model and the report, if they are wanted."""
    folder = study.settings.results(study.name)
    if folder is None:
        return
    with written("out", folder, f"the trials are kept; mend that, then `ikura resume {study.name}`"):
        folder.mkdir(parents=True, exist_ok=True)
        write_models(result, folder)
        write_whole(folder / "report.html", result.page())
