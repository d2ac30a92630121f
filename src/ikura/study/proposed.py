"""What a study proposes to search next, and the arguments of `tune` that do so."""

from pathlib import Path
from typing import Any

from ikura.errors import SettingError
from ikura.records import CodeKind, History, Origin, Settings, StudyRecord
from ikura.report.checks import NextSpace
from ikura.report.checks import next_space as proposed
from ikura.space import Space
from ikura.store import open_store, read_whole
from ikura.study.arguments import check_kind
from ikura.study.calling import public
from ikura.workers import Program


@public
def next_space(study: str, *, store: str | Path | None = None) -> Space:
    """Return the space to search after a study, finished or not: see its report for the reasons.

    Args:
        study: its name.
        store: the database, as for `tune`.

    Raises:
        IkuraError: one line, if there is no such study, or nothing can be made of it.
    """
    if not isinstance(study, str):
        raise SettingError(f"study: {study!r} is given; it must be a study's name: see `ikura list`")
    check_kind("store", store, str, Path)
    with open_store(None if store is None else str(store), must_exist=True) as database:
        record, _, history = read_whole(database, study)
    return next_space_of(record, history).space


def next_space_of(study: StudyRecord, history: History) -> NextSpace:
    """Return what to search after a study, finished or not, with the reasons.

    Raises:
        SettingError: nothing can be made of it.
    """
    if study.settings.imported:
        raise SettingError(
            f"{study.name}: this study was imported; only one of Ikura's own has a next space: give another"
        )
    if not len(history.ranking):
        raise SettingError(
            f"{study.name}: no trial was measured; a next space follows from what trials came to: let it run first"
        )
    return proposed(Space.from_toml(study.space), history, study.settings)


def arguments_again(study: StudyRecord) -> dict[str, Any]:
    """Return the arguments of `tune` with which a study began, but for its space, name and places.

    Raises:
        SettingError: some of them came from Python, and are not there any more.
    """
    settings = study.settings
    if settings.origin is Origin.MEMORY or _has_objects(settings):
        raise SettingError(
            f"{study.name}: something of it came from Python; its next space can be searched there alone: give the "
            f"same again to ikura.tune, with space=ikura.next_space({study.name!r})"
        )
    again = {
        "sampler": settings.sampler,
        "rounds": settings.rounds,
        "schedule": settings.schedule,
        "reduction": settings.reduction,
        "min_epochs": settings.min_epochs,
        "ensemble": settings.ensemble,
        "trials": settings.trials,
        "epochs": settings.epochs,
        "seed": settings.seed,
        "timeout": settings.timeout,
        "reference_error": settings.reference_error,
        "constraint": [str(each) for each in settings.objective.constraints] or None,
    }
    return again | (_of_data(settings) if settings.code is None else _of_code(study.name, settings))


def _has_objects(settings: Settings) -> bool:
    own = settings.user_network or settings.user_sampler or settings.user_metric
    return own or None in settings.roles.values()


def _of_data(settings: Settings) -> dict[str, Any]:
    from ikura.data import CsvFile  # it imports NumPy's and SciPy's readers

    data: str | CsvFile = settings.data
    if settings.header is not None or settings.separator is not None:
        data = CsvFile(settings.data, settings.header, settings.separator)
    target: Any = settings.target
    if isinstance(target, tuple):
        target = {column: each.weight for column, each in zip(target, settings.targets, strict=True)}
    classes = settings.class_weights
    return {
        "data": data,
        "target": target,
        "task": settings.asked_task,
        "loss": settings.loss,
        "class_weights": dict(classes) if isinstance(classes, tuple) else classes,
        "folds": settings.folds,
        "threshold": settings.threshold,
        "metric": [each.name.removeprefix("dev_") for each in settings.objective.optimised],
        **settings.roles,
    }


def _of_code(name: str, settings: Settings) -> dict[str, Any]:
    code, optimised = settings.code, settings.objective.optimised
    assert code is not None
    if Path.cwd() != Path(code.folder):
        raise SettingError(f"{name}: its training code is found from {code.folder}; go there, or give the code again")
    return {
        "data": Program(code.call, code.pattern) if code.kind is CodeKind.PROGRAM else code.call,
        "metric": [metric.name for metric in optimised],
        "direction": [metric.goal.value for metric in optimised],
        "workers": code.workers,
        "retries": code.retries,
        "time_limit": code.time_limit,
        "silence_limit": code.silence_limit,
        "memory_limit": code.memory_limit,
        "finals": code.finals,
    }
