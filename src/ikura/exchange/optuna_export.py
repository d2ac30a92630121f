"""Studies to Optuna's storage.

What Optuna has a place for is put there, so that its dashboard and its plots work; the rest is kept in attributes named
`ikura`, so that a study that comes back is the one that went, to the bit.
"""

import math
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ikura.errors import StudyExists
from ikura.exchange.optuna_storage import ATTRIBUTE, opened, tables
from ikura.records import JSON, Edit, History, Source, StudyRecord, TrialState
from ikura.space import Choice, Dimension, Int, Space, holding, spaces_of, united
from ikura.store import plain, region_to_json

if TYPE_CHECKING:
    import optuna

_STATES = {
    TrialState.WAITING: "WAITING",
    # Optuna would train one that waits from the start, and draws no intermediate values of it.
    TrialState.RUNNING: "RUNNING",
    TrialState.PAUSED: "RUNNING",
    TrialState.COMPLETE: "COMPLETE",
    TrialState.STOPPED: "PRUNED",
    TrialState.DIVERGED: "FAIL",
    TrialState.FAILED: "FAIL",
}


def to_optuna(study: StudyRecord, history: History, storage: str) -> None:
    """Write a study into Optuna's storage, under its name.

    Raises:
        SettingError: the storage cannot be opened, or Optuna is not installed.
        StudyExists: it has a study of that name.
    """
    metric = history.objective.metric
    with opened("to") as optuna:
        tables("to", storage)
        try:
            made = optuna.create_study(study_name=study.name, storage=storage, direction=metric.goal)
        except optuna.exceptions.DuplicatedStudyError as error:
            raise StudyExists(
                f"to: the storage has a study {study.name!r} already; exports are never overwritten: give another --to"
            ) from error
        with warnings.catch_warnings():
            # Its names of metrics are experimental.
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            made.set_metric_names([metric.title])
        about = {
            "settings": study.settings.to_json(),
            "space": study.space,
            "outcome": None if study.outcome is None else study.outcome.to_json(),
            "regions": [region_to_json(region) for region in history.regions],
        }
        made.set_user_attr(ATTRIBUTE, plain(about))
        made.add_trials(_frozen_trials(history, united(spaces_of(study.settings, study.space))))


def _frozen_trials(history: History, space: Space) -> "Iterator[optuna.trial.FrozenTrial]":
    from optuna.trial import TrialState as Their
    from optuna.trial import create_trial

    places = {
        name: _distribution(holding(dimension, history.values_of(name))) for name, dimension in space.dimensions.items()
    }
    objective = history.objective.metric.name
    for trial, state in zip(history.trials, history.states, strict=True):
        config, values = dict(history.config(trial.number)), history.values(trial.number)
        curve = enumerate(_curve(history, objective, trial.number))
        value = values.pop(objective, None)
        # Optuna keeps no complete trial without a value.
        theirs = "FAIL" if state is TrialState.COMPLETE and value is None else _STATES[state]
        yield create_trial(
            state=Their[theirs],
            value=value if theirs in ("COMPLETE", "PRUNED") else None,
            params=config,
            distributions={name: places[name] for name in config},
            intermediate_values={epoch: value for epoch, value in curve if not math.isnan(value)},
            user_attrs={**values, "round": trial.round, ATTRIBUTE: _kept(history, trial.number) | {"optuna": theirs}},
            # Should Optuna go on with the study, this is what it trains first.
            system_attrs={"fixed_params": config} if state is TrialState.WAITING else None,
        )


def _kept(history: History, number: int) -> dict[str, JSON]:
    """Return all that there is of a trial."""
    trial = history.trials[number]
    return plain(
        {
            "config": dict(trial.config),
            "round": trial.round,
            "state": str(history.states[number]),
            "curves": {metric.name: _curve(history, metric.name, number) for metric in history.metrics},
            "error": history.errors.get(number),
            "target": history.targets.get(number),
            "edits": [_edit(number, edit) for edit in history.edits.get(number, ())],
        }
    )


def _edit(number: int, edit: Edit) -> dict[str, JSON]:
    # Whoever went on from its own snapshot copied itself.
    source = edit.source or Source(number, edit.epoch)
    return {"epoch": edit.epoch, "config": dict(edit.config), "source": [source.trial, source.epoch]}


def _curve(history: History, metric: str, number: int) -> list[float]:
    epochs = int(history.epochs[number])
    return [float(value) for value in history.curves[metric][number, :epochs]] if epochs else []


def _distribution(dimension: Dimension) -> "optuna.distributions.BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(dimension, Choice):
        return CategoricalDistribution(dimension.options)
    # Of other scales Optuna knows none.
    log = dimension.scale == "log"
    if isinstance(dimension, Int):
        # Nor of steps on the log scale.
        return IntDistribution(dimension.low, dimension.high, log=log, step=1 if log else dimension.step)
    return FloatDistribution(dimension.low, dimension.high, log=log)
