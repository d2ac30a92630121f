"""The settings of a study that begins, and where it leaves its files."""

from pathlib import Path

from ikura.data import Dataset
from ikura.evaluators import Evaluator, default_budget, machine, versions
from ikura.files import folder_name
from ikura.records import Origin, Settings
from ikura.samplers import rounds_of
from ikura.schedulers import Scheduler
from ikura.study.arguments import Arguments
from ikura.tasks import Task


def settings_of(
    arguments: Arguments, dataset: Dataset, task: Task, evaluator: Evaluator, scheduler: Scheduler
) -> Settings:
    """Return the settings of a study, all defaults filled in."""
    sampler = arguments.make_sampler()
    trials, epochs = budget(arguments, dataset)
    parts = {"train": dataset.train, "dev": dataset.dev, "test": dataset.test}
    return Settings(
        origin=dataset.origin,
        data=str(Path(dataset.name).absolute()) if dataset.origin is Origin.FILE else dataset.name,
        target=arguments.target,
        seed=arguments.seed,
        trials=trials,
        epochs=epochs,
        sampler=arguments.sampler if isinstance(arguments.sampler, str) else type(sampler).__name__,
        user_sampler=not isinstance(arguments.sampler, str),
        rounds=rounds_of(sampler),
        schedule=arguments.schedule,
        reduction=scheduler.settings.get("reduction"),
        min_epochs=scheduler.settings.get("min_epochs"),
        task=task.name,
        metrics=tuple(evaluator.metrics),
        objective=task.objective,
        network="mlp" if arguments.network is None else type(arguments.network).__name__,
        user_network=arguments.network is not None,
        limits=evaluator.limits,
        out=None if arguments.out is None else str(arguments.out.absolute()),
        fingerprint=dataset.fingerprint,
        examples={part: len(split.y) for part, split in parts.items()},
        features=dataset.train.x.shape[1],
        columns=len(dataset.preprocessing.columns),
        classes=dataset.classes,
        notes=dataset.notes,
        versions=versions(),
        machine=machine(),
    )


def budget(arguments: Arguments, dataset: Dataset) -> tuple[int, int]:
    """Return trials and horizon, by default those that suit the size of the data."""
    trials, epochs = default_budget(len(dataset.train.y))
    return arguments.trials or trials, arguments.epochs or epochs


def study_folder(out: str | None, name: str) -> Path | None:
    """Return where a study of this name leaves its model and report, if they are wanted."""
    return None if out is None else Path(out) / folder_name(name)
