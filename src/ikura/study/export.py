"""A study's trials for other programs: a table in a file, or a study in Optuna's storage."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ikura.errors import SettingError, StudyExists
from ikura.records import METRICS, History, TrialState
from ikura.space import Choice, Float, Int, Space
from ikura.study.result import history_frame

if TYPE_CHECKING:
    import optuna
    import pandas as pd

OPTUNA = "optuna:"
_RULE = "it must end in .csv or .parquet, or be an address of Optuna's after optuna:"


def export(history: History, space: Space, name: str, to: str) -> None:
    """Writes a study's trials.

    Args:
        history: of the study.
        space: of the study.
        name: under which Optuna's storage keeps the study.
        to: a path that ends in .csv or .parquet, or `optuna:` and the address of a storage of Optuna's.

    Raises:
        SettingError: `to` is none of these, is there already or cannot be written, or a package is missing.
        StudyExists: Optuna's storage has a study of that name.
    """
    if to.startswith(OPTUNA):
        _to_optuna(history, space, name, to.removeprefix(OPTUNA))
        return
    path = Path(to)
    if path.suffix not in (".csv", ".parquet"):
        raise SettingError(f"to: {to!r} is no place for trials; {_RULE}: give another --to")
    try:
        if path.exists():
            raise SettingError(f"to: {path} is there already; exports are never overwritten: give another --to")
        if path.suffix == ".csv":
            _frame(history).to_csv(path)
        else:
            _frame(history).to_parquet(path, engine="pyarrow")
    except ImportError as error:
        raise SettingError(
            f"to: {path} is a Parquet file, and pyarrow is not installed; Parquet needs it: "
            "python -m pip install 'ikura[parquet]'"
        ) from error
    except OSError as error:
        raise SettingError(f"to: {path} cannot be written ({error.strerror or error}): give another --to") from error


def _frame(history: History) -> "pd.DataFrame":
    if not history.trials:
        raise SettingError("to: the study has no trials yet; there must be one: resume it first")
    frame = history_frame(history)
    for name, column in frame.items():
        # A choice between words and numbers has no type that Parquet knows.
        if len({type(value) for value in column.dropna()}) > 1:
            frame[name] = column.map(str, na_action="ignore")
    return frame


def _to_optuna(history: History, space: Space, name: str, storage: str) -> None:
    try:
        import optuna
    except ImportError as error:
        raise SettingError(
            f"to: {OPTUNA} needs Optuna, which is not installed: python -m pip install 'ikura[optuna]'"
        ) from error
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    told = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        study = optuna.create_study(study_name=name, storage=storage, direction="maximize")
        study.add_trials(_optuna_trials(history, space))
    except optuna.exceptions.DuplicatedStudyError as error:
        raise StudyExists(
            f"to: the storage has a study {name!r} already; exports are never overwritten: give another --to"
        ) from error
    except (ImportError, ArgumentError, SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        said = str(error.__cause__ or error).splitlines()[0]
        raise SettingError(f"to: Optuna cannot open that storage ({said}): give another address") from error
    finally:
        optuna.logging.set_verbosity(told)


def _optuna_trials(history: History, space: Space) -> "Iterator[optuna.trial.FrozenTrial]":
    import optuna

    places = {name: _distribution(dimension) for name, dimension in space.dimensions.items()}
    for trial, state in zip(history.trials, history.states, strict=True):
        if state is TrialState.WAITING:
            continue
        curves = {metric: history.curves[metric][trial.number] for metric in METRICS}
        epochs = int(np.isfinite(curves["dev_loss"]).sum())
        accuracy = [float(value) for value in curves["dev_accuracy"][:epochs]]
        complete = state is TrialState.COMPLETE
        yield optuna.trial.create_trial(
            state=optuna.trial.TrialState.COMPLETE if complete else optuna.trial.TrialState.FAIL,
            value=accuracy[-1] if complete else None,
            params=dict(trial.config),
            distributions={name: places[name] for name in trial.config},
            intermediate_values=dict(enumerate(accuracy)),
            user_attrs={"round": trial.round, "number": trial.number}
            | ({name: float(curves[name][epochs - 1]) for name in ("train_loss", "dev_loss")} if complete else {}),
        )


def _distribution(dimension: Float | Int | Choice) -> "optuna.distributions.BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(dimension, Choice):
        return CategoricalDistribution(dimension.options)
    # Of other scales Optuna knows none.
    log = dimension.scale == "log"
    if isinstance(dimension, Int):
        return IntDistribution(dimension.low, dimension.high, log=log)
    return FloatDistribution(dimension.low, dimension.high, log=log)
