"""A network on data: the built-in one, or one of the user's own, in Ikura's engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ikura.data import CsvFile, Dataset, Folded, Roles, Source, prepare, prepare_folds
from ikura.errors import SettingError
from ikura.evaluators import (
    Evaluator,
    default_budget,
    default_space,
    machine,
    make_evaluator,
    make_folded_evaluator,
    versions,
)
from ikura.nn import Network
from ikura.records import Goal, Metric, Origin, Settings, Value
from ikura.schedulers import Scheduler, usual_schedule
from ikura.space import Space
from ikura.study.arguments import Arguments
from ikura.study.objectives import Second, unnamed
from ikura.study.prediction import Prediction, predict
from ikura.tasks import PARAMETERS, ClassWeights, OwnMetric, Problem, make_problem, task_of


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user said of the target."""

    target: str | int | tuple[str | int, ...] | None
    weights: tuple[float, ...] | None
    task: str | None
    loss: str | None
    metric: str | OwnMetric | None
    direction: str | None
    second: str | None
    counts_parameters: bool
    """Whether there is a constraint of them."""
    class_weights: ClassWeights | None
    roles: Roles
    folds: int | None
    threshold: str | None

    def problem(self, dataset: Dataset) -> Problem:
        """Return what is learned of the data and measured."""
        targets = dataset.targets
        if self.weights is not None and len(self.weights) == len(targets):
            pairs = zip(targets, self.weights, strict=True)
            targets = tuple(replace(target, weight=weight) for target, weight in pairs)
        return make_problem(
            targets,
            loss=self.loss,
            metric=self.metric,
            direction=self.direction,
            second=self.second,
            counts_parameters=self.counts_parameters,
            class_weights=self.class_weights,
            threshold=self.threshold,
        )


@dataclass(frozen=True, eq=False)
class DataSubject:
    """A network that learns a data set. Implements Subject."""

    dataset: Dataset
    problem: Problem
    network: Network | None
    asked: Asked
    file: CsvFile | None = None
    """The file of the data, with what the user said of its text."""
    folded: Folded | None = None
    """The data in folds, where the user asked for cross-validation; `dataset` is its whole, then."""

    @property
    def space(self) -> Space:
        """See `Subject.space`: one that suits the size of the data, and what is learned."""
        return default_space(len(self.dataset.train.y), self.dataset.targets, user_network=self.network is not None)

    @property
    def on_request(self) -> tuple[Metric, ...]:
        """See `Subject.on_request`."""
        return (PARAMETERS,)

    @property
    def budget(self) -> tuple[int, int]:
        """See `Subject.budget`: less for large data."""
        return default_budget(len(self.dataset.train.y))

    def schedule(self, epochs: int, rounds: Sequence[int], /) -> str:
        """See `Subject.schedule`."""
        return usual_schedule(epochs, rounds)

    def evaluator(self, space: Space, *, seed: int, epochs: int) -> Evaluator:
        """See `Subject.evaluator`."""
        if self.folded is not None:
            return make_folded_evaluator(
                self.folded, space, seed=seed, epochs=epochs, network=self.network, problem=self.asked.problem
            )
        return make_evaluator(self.dataset, space, seed=seed, epochs=epochs, network=self.network, problem=self.problem)

    def settings(self) -> dict[str, Any]:
        """See `Subject.settings`."""
        dataset = self.dataset
        examples = {"train": len(dataset.train.y), "dev": len(dataset.dev.y), "test": len(dataset.test.y)}
        if self.folded is not None:  # each example but those of the test part is a dev example of one fold
            examples["dev"] += examples["train"]
        return {
            "origin": dataset.origin,
            "data": str(Path(dataset.name).absolute()) if dataset.origin is Origin.FILE else dataset.name,
            "task": task_of(dataset.targets).name,
            "asked_task": self.asked.task,
            "loss": self.asked.loss,
            "objective": self.problem.objective,
            "user_metric": callable(self.asked.metric),
            "class_weights": _pairs(self.problem.class_weights),
            "roles": {role: self.asked.roles.columns.get(role) for role in self.asked.roles.given},
            "network": "mlp" if self.network is None else type(self.network).__name__,
            "user_network": self.network is not None,
            "fingerprint": dataset.fingerprint,
            "examples": examples,
            "folds": self.asked.folds,
            "threshold": self.asked.threshold,
            "features": dataset.train.x.shape[1],
            "columns": len(dataset.preprocessing.columns),
            "targets": dataset.targets,
            "notes": dataset.notes,
            "versions": versions(),
            "machine": machine(),
            "header": None if self.file is None else self.file.header,
            "separator": None if self.file is None else self.file.separator,
        }

    def prediction(
        self, space: Space, scheduler: Scheduler, settings: Settings, epochs: int, timeout: float | None, /
    ) -> Prediction | None:
        """See `Subject.prediction`: of a user's network nobody knows what a step takes."""
        if self.network is not None:
            return None
        return predict(
            self.dataset,
            self.problem.outputs,
            space,
            scheduler,
            trials=settings.trials,
            epochs=settings.epochs,
            epochs_trained=epochs,
            folds=settings.folds or 1,
            timeout=timeout,
        )


def _pairs(class_weights: ClassWeights | None) -> str | tuple[tuple[Value, float], ...] | None:
    return tuple(class_weights.items()) if isinstance(class_weights, Mapping) else class_weights


def data_subject(data: Source, arguments: Arguments) -> DataSubject:
    """Read data, and return the subject of a study that begins.

    Raises:
        DataError: the data cannot be read or learned from.
        SettingError: there is no such loss or metric of its target.
    """
    running = arguments.running
    second = running.second
    if second is not None:
        _check_second(second)
    asked = Asked(
        arguments.target,
        arguments.target_weights,
        arguments.task,
        arguments.loss,
        running.metric,
        running.direction,
        None if second is None else second.name,
        PARAMETERS.name in [each.metric.name for each in running.constraint],
        arguments.class_weights,
        arguments.roles,
        arguments.folds,
        arguments.threshold,
    )
    subject = _subject(data, asked, arguments.network, arguments.seed)
    _check_reference(arguments.reference_error, subject.problem)
    return subject


def _check_second(second: Second) -> None:
    """Raise SettingError where the second metric has no name, or a direction, which is settled."""
    if second.name is None:
        raise unnamed()
    if second.direction is not None:
        raise SettingError(
            f"direction: {second.direction!r} is given for {second.name}; of a metric that Ikura knows it is settled: "
            "leave it out, or give None for it"
        )


def _check_reference(error: float | None, problem: Problem) -> None:
    """Raise SettingError where there can be no such error of what is optimised."""
    metric = problem.objective.metric
    if error is None or metric.goal is Goal.MINIMIZE:
        return
    if problem.measured is not None and problem.measured.own:
        raise SettingError(
            f"reference_error: {error!r} is given; of a metric of your own that is to be large nobody knows what an "
            "error is: leave it out, or give a function whose least value is best"
        )
    if error >= 1:
        raise SettingError(
            f"reference_error: {error!r} is given; of {metric.title}, which is 1 at best, it is what lacks, and below "
            "1: where people reach 98 %, write 0.02"
        )


def data_again(
    name: str,
    settings: Settings,
    *,
    data: "Source | None",
    network: Network | None,
    metric: OwnMetric | None,
    arrays: Mapping[str, Any],
) -> DataSubject:
    """Return the subject of a study that goes on, from its settings and what came from Python.

    Raises:
        SettingError: something is not given again, or the data is not what it was.
    """
    for what, given, wanted in (
        ("data", data, settings.origin is Origin.MEMORY),
        ("network", network, settings.user_network),
        ("metric", metric, settings.user_metric),
        *((role, arrays[role], column is None) for role, column in settings.roles.items()),
    ):
        if given is None and wanted:
            whose = "is one of your own" if what == "network" else "came from Python"
            raise SettingError(f"{name}: its {what} {whose}; give it again: resume({name!r}, {what}=...)")
    if metric is not None and not settings.user_metric:
        raise SettingError(f"metric: {name} was begun with {settings.objective.metric.name}: leave it out")
    objective = settings.objective.metric
    asked = Asked(
        settings.target,
        tuple(target.weight for target in settings.targets),
        settings.asked_task,
        settings.loss,
        objective.name.removeprefix("dev_") if metric is None else metric,
        None if metric is None else objective.goal,
        None if settings.objective.second is None else settings.objective.second.name,
        PARAMETERS in settings.metrics,
        settings.class_weights
        if isinstance(settings.class_weights, str)
        else dict(settings.class_weights or ()) or None,
        Roles(**{role: arrays[role] if column is None else column for role, column in settings.roles.items()}),
        settings.folds,
        settings.threshold,
    )
    again: Source = settings.data
    if settings.header is not None or settings.separator is not None:
        again = CsvFile(settings.data, settings.header, settings.separator)
    subject = _subject(again if data is None else data, asked, network, settings.seed)
    if (subject.dataset.fingerprint, subject.dataset.classes) != (settings.fingerprint, settings.classes):
        raise SettingError(
            f"{name}: the data in {settings.data} has changed since the study began; "
            "it must be the same: restore it, or start a new study"
        )
    if subject.problem.objective != replace(settings.objective, constraints=()):
        raise SettingError(
            f"metric: {name} was begun with {objective.name}, and {subject.problem.objective.metric.name} is given; it "
            "must be the same function: give that"
        )
    return subject


def _subject(data: Source, asked: Asked, network: Network | None, seed: int) -> DataSubject:
    file = data if isinstance(data, CsvFile) else None
    folded = None
    if asked.folds is None:
        dataset = prepare(data, target=asked.target, task=asked.task, roles=asked.roles, seed=seed)
    else:
        folded = prepare_folds(data, asked.folds, target=asked.target, task=asked.task, roles=asked.roles, seed=seed)
        dataset = folded.whole
    problem = asked.problem(dataset)
    dataset = replace(dataset, targets=problem.targets)
    return DataSubject(dataset, problem, network, asked, file, folded)
