"""What a study hands back."""

import html
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ikura.errors import ModelError, SettingError
from ikura.exchange import export, history_frame
from ikura.files import as_place, write_whole
from ikura.records import JSON, Config, History, Outcome, StudyRecord, Trial
from ikura.report.checks import Check, Question, checks, questions
from ikura.space import Space, spaces_of, united
from ikura.tasks import task_named
from ikura.wording import count, listing, number

if TYPE_CHECKING:
    import pandas as pd

    from ikura.model import Ensemble, Model
    from ikura.report.importance import Importance


ENSEMBLE_FOLDER = "ensemble"
"""In the folder of the winner's model."""


def headline(study: StudyRecord) -> dict[str, JSON]:
    """Return the few facts that stand for a finished study; their names are the task's."""
    assert study.outcome is not None
    return task_named(study.settings.task).headline(study.outcome)


def about_model(study: StudyRecord) -> dict[str, Any]:
    """Return what a saved model tells of the study that it comes from."""
    return {"study": study.name, "data": study.settings.data} | headline(study)


def write_models(result: "Result", folder: Path) -> None:
    """Write the winner's network into a folder, and the ensemble, if there is one, into one in it.

    Raises:
        OSError: they cannot be written.
    """
    if result.model is None:
        return
    from ikura.model import save_ensemble, save_model  # they import JAX, which training code does without

    about = about_model(result.study)
    save_model(result.model, folder, about=about)
    if result.ensemble is not None:
        save_ensemble(result.ensemble, folder / ENSEMBLE_FOLDER, about=about)


@contextmanager
def written(what: str, path: Path, remedy: str) -> Iterator[None]:
    """Say in one line that a path cannot be written; a disk may fill, and a folder be closed, while a study runs."""
    try:
        yield
    except OSError as error:
        raise SettingError(f"{what}: {path} cannot be written ({error.strerror}); {remedy}") from error


@dataclass(frozen=True, slots=True)
class FrontTrial:
    """A trial that no other one dominates."""

    number: int
    config: Config
    metrics: Mapping[str, float]
    """Both that are optimised, as the search measured them last."""


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """A finished study: the winner, its test, the trained network, and all the evidence.

    The facts that its task puts first are attributes, too, by the names that `--json` prints them under.
    """

    study: StudyRecord
    trials: History
    trained: "Model | None"
    lacking: str | None = None
    """Why the model is not there, although there was one."""
    combined: "Ensemble | None" = None

    def __repr__(self) -> str:
        facts = {name: value for name, value in self._headline.items() if isinstance(value, float)}
        facts = facts or {self.study.settings.objective.metric.name: self.value}
        said = ", ".join(f"{name} {value:.4g}" for name, value in facts.items())
        noted = "".join(f"; {trouble}" for trouble in self.outcome.troubles)
        return f"<Result of {self.study.name}: {said}, best trial {self.best.number}{noted}>"

    def _repr_html_(self) -> str:
        """Return the result as a notebook shows it."""
        metric, best = self.study.settings.objective.metric, self.best
        facts = {metric.title: self.value}
        facts |= {name: value for name, value in self._headline.items() if isinstance(value, float)}
        rows = [(name.replace("_", " "), number(value)) for name, value in facts.items() if name != metric.name]
        rows += [(name, number(value)) for name, value in best.config.items()]
        cells = "".join(f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>" for name, value in rows)
        title = f"<b>{html.escape(self.study.name)}</b>: best of {count(self.outcome.trials, 'trial')} is {best.number}"
        notes = "".join(f"<p>Note: {html.escape(note)}.</p>" for note in self.notes)
        return f"<div><p>{title}</p><table>{cells}</table>{notes}</div>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"a Result has no attribute {name!r}")
        facts = self._headline
        if name not in facts:
            here = listing(["best", "value", "outcome", "trials", *facts], "and")
            raise AttributeError(f"the result of {self.study.name} has no {name!r}; it has {here}, among others")
        return tuple(facts[name]) if isinstance(facts[name], list) else facts[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._headline]

    @property
    def model(self) -> "Model | None":
        """The winning configuration, trained on the training and dev examples together, and tested on the rest.

        None where training code made its own.

        Raises:
            ModelError: it was not saved, or is not where it was.
        """
        if self.lacking is not None:
            raise ModelError(self.lacking)
        return self.trained

    @property
    def ensemble(self) -> "Ensemble | None":
        """Networks of several trials that predict together, where they were better than the winner alone.

        None where they were not, or where `tune` was not asked for it.

        Raises:
            ModelError: it was not saved, or is not where it was.
        """
        told = self.outcome.ensemble
        if self.combined is None and told is not None and told.kept:
            raise ModelError(
                self.lacking
                or f"{self.study.name}: its ensemble was saved in {told.model}, which is not there: restore the folder"
            )
        return self.combined

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be known of the answer, such as that no trial kept to a constraint, and of the data."""
        return self.study.notes

    @property
    def outcome(self) -> Outcome:
        """All that was found, as `ikura show --json` prints it."""
        assert self.study.outcome is not None
        return self.study.outcome

    @property
    def best(self) -> Trial:
        """The trial whose configuration won, with that: the last one, where it changed under training."""
        best = self.outcome.best
        return replace(self.trials.trials[best.number], config=best.config)

    @property
    def front(self) -> tuple[FrontTrial, ...]:
        """With two objectives the trials that no other one dominates, the best in the first one first; else empty."""
        found = {metric.name: self.trials.final(metric.name) for metric in self.trials.objective.optimised}
        return tuple(
            FrontTrial(
                number, self.trials.config(number), {name: float(values[number]) for name, values in found.items()}
            )
            for number in self.trials.front
        )

    @property
    def value(self) -> float:
        """What the winner reached in the metric that the study optimised."""
        return self.outcome.best.metrics[self.study.settings.objective.metric.name]

    @property
    def value_interval(self) -> tuple[float, float] | None:
        """The 95 % interval of `value`, the mean over the seeds of the finals, for what chance in training makes of it.

        None without finals, or where their seeds tell nothing of chance (see `Finalist.interval`).
        """
        winner = self.outcome.winner
        return None if winner is None else winner.interval(self.study.settings.objective.metric)

    @property
    def folder(self) -> Path | None:
        """The winner's own folder, with what your training code left there; None where Ikura trained a network."""
        folders = self.outcome.trial_folders
        return None if folders is None else Path(folders) / str(self.best.number)

    def history(self) -> "pd.DataFrame":
        """Return a row for each trial: its number, round, state, epochs, hyperparameters and last metrics."""
        return history_frame(self.trials)

    @cached_property
    def importance(self) -> "tuple[Importance, ...]":
        """How much each hyperparameter mattered, with an interval, the most first; empty for a space of one."""
        from ikura.report.importance import importances

        return importances(self._space, self.trials)

    def report(self, path: str | Path) -> Path:
        """Write the report, one self-contained HTML page, and return its path.

        Raises:
            SettingError: it cannot be written.
        """
        path = Path(as_place("path", path))
        with written("report", path, "give another path"):
            write_whole(path, self.page())
        return path

    @property
    def checks(self) -> tuple[Check, ...]:
        """What is to be asked of every search before its answer is believed, each with evidence and verdict."""
        return checks(self.study, self.trials)

    @property
    def questions(self) -> tuple[Question, ...]:
        """What was found of each scientific hyperparameter of the space."""
        return questions(self.study, self.trials)

    def export(self, to: str) -> None:
        """Write the trials for other programs: `FILE.csv`, `FILE.parquet`, or `optuna:` and an address of Optuna's.

        Raises:
            SettingError: `to` is none of these, is there already or cannot be written, or a package is missing.
            StudyExists: Optuna's storage has a study of that name.
        """
        export(self.study, self.trials, as_place("to", to))

    def page(self) -> str:
        """Return the report as HTML."""
        from ikura.report import render  # drawing takes a second to import, and comes last

        return render(self.study, self._space, self.trials)

    def save(self, folder: str | Path) -> Path:
        """Write the model into a folder, which `load_model` and `ikura predict` take, and return the folder.

        The ensemble, if there is one, is in the folder `ensemble` in it.

        Raises:
            SettingError: it cannot be written, it holds another study's model, or there is none.
        """
        folder = Path(as_place("folder", folder))
        if self.model is None:
            raise SettingError(f"save: {self.study.name} made no network; only a study that did has a model: leave it")
        from ikura.model import told_of  # it imports JAX

        about = about_model(self.study)
        with written("save", folder, "give another folder"):
            if told_of(folder) not in (None, about):
                raise SettingError(
                    f"save: {folder} holds the model of another study; models are not overwritten: give another folder"
                )
            write_models(self, folder)
        return folder

    @property
    def _space(self) -> Space:
        """All that was searched, in a study whose space was changed."""
        return united(spaces_of(self.study.settings, self.study.space))

    @property
    def _headline(self) -> dict[str, JSON]:
        return headline(self.study)
