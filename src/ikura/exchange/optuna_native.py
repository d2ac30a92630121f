"""Studies that Optuna itself made, as Ikura can show them."""

import keyword
import re
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from ikura.errors import SettingError
from ikura.exchange.imported import Imported
from ikura.records import (
    Config,
    Goal,
    Job,
    JobResult,
    Leg,
    Metric,
    Objective,
    Origin,
    Settings,
    Stop,
    Trial,
    TrialState,
)
from ikura.space import Choice, Dimension, Float, Int, Space

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

    Theirs = Sequence[optuna.trial.FrozenTrial]

_STATES = {
    "COMPLETE": TrialState.COMPLETE,
    # Until it is decided that it stops.
    "PRUNED": TrialState.PAUSED,
    "FAIL": TrialState.FAILED,
}


def native_study(study: "optuna.Study") -> Imported:
    """Return a study of Optuna's own, without the trials that are still to be evaluated.

    Raises:
        SettingError: it has several objectives or no finished trials, or its parameters are no dimensions.
    """
    name, directions = study.study_name, study.directions
    if len(directions) != 1:
        raise SettingError(
            f"study: {name!r} has {len(directions)} objectives; Ikura compares trials by one: give another --study"
        )
    done = [trial for trial in study.trials if trial.state.is_finished()]
    if not done:
        raise SettingError(f"study: {name!r} has no finished trials; there must be one: give another --study")
    metric = Metric(_identifier((study.metric_names or ["value"])[0]), Goal(directions[0].name.lower()))
    space = Space(**_dimensions(name, done))
    made = [Trial(number, _config(trial), 0) for number, trial in enumerate(done)]
    curves = _curves(done)
    results = [
        _result(trial, theirs.state.name, metric.name, curve)
        for trial, theirs, curve in zip(made, done, curves, strict=True)
    ]
    return Imported(
        name=name,
        settings=_settings(name, metric, trials=len(done), epochs=max(1, *map(len, curves))),
        space=space.to_toml(),
        rounds=[(made, None)],
        results=results,
        decisions=[Stop(result.number) for result in results if result.state is TrialState.PAUSED],
    )


def _settings(name: str, metric: Metric, *, trials: int, epochs: int) -> Settings:
    """Return the settings of a study of whose data and network nothing is known."""
    from optuna import __version__

    return Settings(
        origin=Origin.IMPORTED,
        data="imported",
        target=None,
        seed=0,
        trials=trials,
        epochs=epochs,
        sampler="optuna",
        user_sampler=False,
        rounds=None,
        schedule="optuna",
        reduction=None,
        min_epochs=None,
        task="unknown",
        metrics=(metric,),
        objective=Objective(metric),
        network="unknown",
        user_network=True,
        limits={},
        out=None,
        fingerprint="",
        examples={"train": 0, "dev": 0, "test": 0},
        features=0,
        columns=0,
        targets=(),
        notes=(f"imported from Optuna's study {name!r}",),
        versions={"optuna": __version__},
        machine="",
    )


def _curves(trials: "Theirs") -> list[list[float]]:
    """Return for each trial its intermediate values in their order, and for a complete one its value at the end.

    The value is the last of a complete trial's intermediate values where that holds of all of them and they are equally
    many; else it stands one epoch after the longest, so that trials are still compared by their values.
    """
    curves = [[value for _, value in sorted(trial.intermediate_values.items())] for trial in trials]
    longest = max(map(len, curves))
    complete = [(trial, curve) for trial, curve in zip(trials, curves, strict=True) if trial.state.name == "COMPLETE"]
    if any(len(curve) < longest or curve[-1:] != [trial.value] for trial, curve in complete):
        for trial, curve in complete:
            assert trial.value is not None
            curve += [np.nan] * (longest - len(curve)) + [trial.value]
    return curves


def _result(trial: Trial, theirs: str, metric: str, values: list[float]) -> JobResult:
    """Return what was measured of a trial, up to the last finite value; one whose value is infinite has diverged."""
    with np.errstate(over="ignore"):
        curve = np.array(values, np.float64).astype(np.float32)
    state = _STATES[theirs]
    if state is TrialState.COMPLETE and not np.isfinite(curve[-1]):
        state = TrialState.DIVERGED
    curve[~np.isfinite(curve)] = np.nan
    curve = curve[: 1 + max(np.flatnonzero(~np.isnan(curve)), default=-1)]
    error = "failed in Optuna" if state is TrialState.FAILED else None
    job = Job(trial.number, (Leg(trial.number, trial.config, 0, len(curve)),), 0)
    return JobResult(job, state, {metric: curve}, error)


def _config(trial: "optuna.trial.FrozenTrial") -> Config:
    return {_identifier(name): _option(value) for name, value in trial.params.items()}


def _identifier(name: str) -> str:
    """Return a name of Optuna's as one of Ikura's, in which `opt/lr` cannot be."""
    name = re.sub(r"\W", "_", name)
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"_{name}"


def _option(option: Any) -> Any:
    """Return an option of Optuna's as one of Ikura's, which has no None."""
    return "None" if option is None else option


def _dimensions(study: str, trials: "Theirs") -> dict[str, Dimension]:
    """Return a dimension for every parameter, as wide as the widest of its distributions."""
    found: dict[str, list[BaseDistribution]] = {}
    parameters: dict[str, str] = {}
    for parameter, distribution in chain.from_iterable(trial.distributions.items() for trial in trials):
        dimension = _identifier(parameter)
        if (other := parameters.setdefault(dimension, parameter)) != parameter:
            raise SettingError(
                f"study: parameters {other!r} and {parameter!r} of {study!r} would both be called {dimension}; "
                "names must differ in letters, digits and underscores: give another --study"
            )
        found.setdefault(dimension, []).append(distribution)
    for dimension, distributions in found.items():
        if len({type(distribution) for distribution in distributions}) > 1:
            raise SettingError(
                f"study: parameter {parameters[dimension]!r} of {study!r} is of several kinds; a hyperparameter is one "
                "of number, integer and choice: give another --study"
            )
    return {dimension: _dimension(distributions) for dimension, distributions in found.items()}


def _dimension(distributions: "list[Any]") -> Dimension:
    from optuna.distributions import CategoricalDistribution, IntDistribution

    first = distributions[0]
    if isinstance(first, CategoricalDistribution):
        return Choice(*dict.fromkeys(_option(option) for each in distributions for option in each.choices))
    low, high = min(each.low for each in distributions), max(each.high for each in distributions)
    if low == high:
        return Choice(low)
    scale = "log" if all(each.log for each in distributions) else "linear"
    return Int(low, high, scale=scale) if isinstance(first, IntDistribution) else Float(low, high, scale=scale)
