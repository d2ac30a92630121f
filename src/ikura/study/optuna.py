"""Studies to and from Optuna's storage.

What Optuna has a place for is put there, so that its dashboard and its plots work; the rest is kept in attributes named
`ikura`, so that a study that comes back is the one that went, to the bit.
"""

import keyword
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ikura.errors import IkuraError, SettingError, SpaceError, StoreError, StudyExists
from ikura.records import METRICS, History, Region, Trial, TrialResult, TrialState
from ikura.space import Choice, Dimension, Float, Int, Space
from ikura.store import Status, Store, StudyRecord, check_whole, plain, region_from_json, region_to_json
from ikura.store.schema import version_table
from ikura.study.growth import with_results, with_round
from ikura.study.settings import Settings

if TYPE_CHECKING:
    import optuna

PREFIX = "optuna:"

ATTRIBUTE = "ikura"


def to_optuna(study: StudyRecord, history: History, storage: str) -> None:
    """Writes a study into Optuna's storage, under its name.

    Raises:
        SettingError: the storage cannot be opened, or Optuna is not installed.
        StudyExists: it has a study of that name.
    """
    with _opened("to") as optuna:
        _tables("to", storage)
        try:
            made = optuna.create_study(study_name=study.name, storage=storage, direction="maximize")
        except optuna.exceptions.DuplicatedStudyError as error:
            raise StudyExists(
                f"to: the storage has a study {study.name!r} already; exports are never overwritten: give another --to"
            ) from error
        with warnings.catch_warnings():
            # Its names of metrics are experimental.
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            made.set_metric_names(["dev accuracy"])
        made.set_user_attr(
            ATTRIBUTE,
            plain(
                {
                    "settings": study.settings,
                    "space": study.space,
                    "status": study.status,
                    "outcome": study.outcome,
                    "regions": [region_to_json(region) for region in history.regions],
                }
            ),
        )
        made.add_trials(_frozen_trials(history, Space.from_toml(study.space)))


@dataclass(frozen=True)
class Imported:
    """A study from Optuna's storage."""

    name: str
    settings: Mapping[str, Any]
    space: str
    """TOML."""
    trials: Sequence[Trial]
    results: Sequence[TrialResult]
    regions: Mapping[int, Region] = field(default_factory=dict)
    """By round."""
    status: Status = "interrupted"
    outcome: Mapping[str, Any] | None = None

    def write(self, store: Store, name: str) -> None:
        """Puts it into a store, under a name: all of it, or nothing."""
        store.create(name, settings=self.settings, space=self.space)
        try:
            for number, trials in groupby(self.trials, key=lambda trial: trial.round):
                store.add_round(name, list(trials), self.regions.get(number))
            store.write_results(name, self.results)
            store.add_event(name, "imported", f"from Optuna's study {self.name!r}")
            if self.outcome is None:
                store.set_status(name, "interrupted")
            else:
                store.finish(name, self.outcome)
        except BaseException:
            store.delete(name)
            raise

    def check(self) -> None:
        """Raises StoreError where a store would give back what cannot be read."""
        history = with_round(History(), self.trials, None)
        if self.results:
            history = with_results(history, self.results)
        history = replace(history, regions=tuple(self.regions.values()))
        check_whole(self.name, self.settings, self.space, self.outcome, history)


def from_optuna(storage: str, name: str | None) -> Imported:
    """Reads a study of Optuna's, or one that `to_optuna` wrote.

    Args:
        storage: its address, as Optuna takes it.
        name: of the study; may be left out where there is one.

    Raises:
        SettingError: it cannot be opened or read, or what it optimised is no accuracy.
    """
    with _opened("import") as optuna:
        if "version_info" not in _tables("import", storage):
            raise SettingError("import: there is no storage of Optuna's at that address: give another")
        names = [summary.study_name for summary in optuna.get_all_study_summaries(storage)]
        if name is None and len(names) == 1:
            (name,) = names
        if name is None or name not in names:
            has = ", ".join(map(repr, names[:10])) or "none"
            wanted = "which study is not said" if name is None else f"there is no study {name!r}"
            raise SettingError(f"study: {wanted}; the storage has {has}: give --study")
        try:
            study = optuna.load_study(study_name=name, storage=storage)
            kept, trials = study.user_attrs.get(ATTRIBUTE), study.trials
            if kept is not None and all(map(_is_as_it_was_written, trials)):
                imported = _own(name, kept, trials)
            else:
                directions = [direction.name for direction in study.directions]
                imported = _foreign(name, directions, trials, optuna.__version__)
            imported.check()
        except SettingError:
            raise
        except SpaceError as error:
            raise SettingError(f"study: {name!r} has a parameter that Ikura has no place for ({error})") from error
        except (StoreError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise SettingError(
                f"study: {name!r} is not as Optuna or Ikura wrote it ({said}); it must be: export it again"
            ) from error
        return imported


def _tables(argument: str, storage: str) -> list[str]:
    """What there is at an address of a database; Optuna would put its own tables there, whatever it is."""
    from sqlalchemy import create_engine, inspect, make_url

    address = make_url(storage)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        if argument == "import":
            raise SettingError(
                f"import: there is no file {address.database}; a storage must be there: check the address"
            )
        return []
    engine = create_engine(address)
    try:
        tables = inspect(engine).get_table_names()
    finally:
        engine.dispose()
    if version_table.name in tables:
        raise SettingError(f"{argument}: that is a database of Ikura's own; Optuna needs another: give its address")
    return tables


@contextmanager
def _opened(argument: str) -> Iterator[Any]:
    """Optuna, with its errors in one line."""
    try:
        import optuna
    except ImportError as error:
        raise SettingError(
            f"{argument}: {PREFIX} needs Optuna, which is not installed: python -m pip install 'ikura[optuna]'"
        ) from error
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    told = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield optuna
    except IkuraError:
        raise
    except (
        ImportError,
        ArgumentError,
        SQLAlchemyError,
        optuna.exceptions.StorageInternalError,
        # Of storages that it does not know, or whose tables are of another version.
        RuntimeError,
        ValueError,
        LookupError,
    ) as error:
        said = str(error.__cause__ or error).splitlines()[0]
        raise SettingError(f"{argument}: Optuna cannot open that storage ({said}): give another address") from error
    finally:
        optuna.logging.set_verbosity(told)


def _frozen_trials(history: History, space: Space) -> "Iterator[optuna.trial.FrozenTrial]":
    from optuna.trial import TrialState as Their
    from optuna.trial import create_trial

    places = {name: _distribution(dimension) for name, dimension in space.dimensions.items()}
    states = {TrialState.COMPLETE: Their.COMPLETE, TrialState.WAITING: Their.WAITING}
    for trial, state in zip(history.trials, history.states, strict=True):
        curves = {metric: history.curves[metric][trial.number] for metric in METRICS} if history.curves else {}
        epochs = max((int(np.isfinite(curve).sum()) for curve in curves.values()), default=0)
        accuracy = [float(value) for value in curves["dev_accuracy"][:epochs]] if curves else []
        complete = state is TrialState.COMPLETE
        last = {name: float(curves[name][epochs - 1]) for name in ("train_loss", "dev_loss")} if complete else {}
        own = {
            "config": dict(trial.config),
            "round": trial.round,
            "state": str(state),
            "curves": {metric: [float(value) for value in curve[:epochs]] for metric, curve in curves.items()},
            "error": history.errors.get(trial.number),
        }
        yield create_trial(
            state=states.get(state, Their.FAIL),
            value=accuracy[-1] if complete else None,
            params=dict(trial.config),
            distributions={name: places[name] for name in trial.config},
            intermediate_values=dict(enumerate(accuracy)),
            user_attrs={"round": trial.round, **plain(last), ATTRIBUTE: plain(own)},
            # Should Optuna go on with the study, this is what it trains first.
            system_attrs={"fixed_params": dict(trial.config)} if state is TrialState.WAITING else None,
        )


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


def _is_as_it_was_written(trial: "optuna.trial.FrozenTrial") -> bool:
    """Whether it is one of Ikura's, and Optuna has not trained it since."""
    own = trial.user_attrs.get(ATTRIBUTE)
    if own is None:
        return False
    names = {TrialState.COMPLETE: "COMPLETE", TrialState.WAITING: "WAITING"}
    return trial.state.name == names.get(TrialState(own["state"]), "FAIL")


def _own(name: str, kept: Mapping[str, Any], trials: "Sequence[optuna.trial.FrozenTrial]") -> Imported:
    """The study that `to_optuna` wrote."""
    made, results = [], []
    for trial in trials:
        own = trial.user_attrs[ATTRIBUTE]
        made.append(Trial(trial.number, own["config"], own["round"]))
        state = TrialState(own["state"])
        if state is not TrialState.WAITING:
            curves = {metric: np.array(own["curves"][metric], np.float32) for metric in METRICS}
            if len({len(curve) for curve in curves.values()}) > 1 or not isinstance(own["error"], str | None):
                raise ValueError(f"trial {trial.number} is torn")
            results.append(TrialResult(trial.number, state, curves, own["error"]))
    regions = {region.round: region for region in map(region_from_json, kept["regions"])}
    return Imported(name, kept["settings"], kept["space"], made, results, regions, kept["status"], kept["outcome"])


def _foreign(name: str, directions: list[str], trials: "Sequence[optuna.trial.FrozenTrial]", version: str) -> Imported:
    """A study of Optuna's own."""
    done = [trial for trial in trials if trial.state.is_finished()]
    complete = [trial for trial in done if trial.state.name == "COMPLETE" and len(directions) == 1]
    ends = {trial.number: value for trial in complete if (value := trial.value) is not None}
    values = list(ends.values())
    if directions != ["MAXIMIZE"] or not _are_shares(values):
        has = f"{len(directions)} objectives" if len(directions) != 1 else f"{directions[0].lower()}s its value"
        has = has if directions != ["MAXIMIZE"] else f"has the value {next(v for v in values if not _are_shares([v]))}"
        raise SettingError(
            f"study: {name!r} {has}; Ikura compares trials by dev accuracy, from 0 to 1, the more the better: give a "
            "study whose objective is that"
        )
    if not done:
        raise SettingError(f"study: {name!r} has no finished trials; there must be one: give another --study")
    space = Space(**_dimensions(name, done))
    # A curve counts where all are equally long and end with the value; an objective may be any other of its epochs.
    curves = [[value for _, value in sorted(trial.intermediate_values.items())] for trial in done]
    whole = [curve for curve, trial in zip(curves, done, strict=True) if trial.number in ends]
    has_curves = all(curve and curve[-1] == value for curve, value in zip(whole, values, strict=True))
    if not has_curves or len({len(curve) for curve in whole}) != 1 or not all(map(_are_shares, whole)):
        curves = [[ends[trial.number]] if trial.number in ends else [] for trial in done]
    curves = [curve if _are_shares(curve) else [] for curve in curves]
    results = []
    for number, (trial, curve) in enumerate(zip(done, curves, strict=True)):
        accuracy = np.array(curve, np.float32)
        absent = np.full(len(curve), np.nan, np.float32)
        error = {"COMPLETE": None, "PRUNED": "pruned by Optuna"}.get(trial.state.name, "failed in Optuna")
        state = TrialState.COMPLETE if error is None else TrialState.FAILED
        measured = {"train_loss": absent, "dev_loss": absent, "dev_accuracy": accuracy}
        results.append(TrialResult(number, state, measured, error))
    settings = Settings.of_import(
        f"imported from Optuna's study {name!r}",
        trials=len(done),
        epochs=max(1, *map(len, curves)),
        versions={"optuna": version},
    )
    made = [Trial(number, _params(trial), 0) for number, trial in enumerate(done)]
    return Imported(name, settings.to_json(), space.to_toml(), made, results)


def _are_shares(curve: list[float]) -> bool:
    return all(0 <= value <= 1 for value in curve)


def _params(trial: "optuna.trial.FrozenTrial") -> dict[str, Any]:
    return {_dimension_name(name): _named(value) for name, value in trial.params.items()}


def _dimension_name(parameter: str) -> str:
    """A parameter's name as one of a dimension, in which `opt/lr` cannot be."""
    name = re.sub(r"\W", "_", parameter)
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"_{name}"


def _named(option: Any) -> Any:
    """An option of Optuna's as one of Ikura's, which has no None."""
    return "None" if option is None else option


def _dimensions(name: str, trials: "Sequence[optuna.trial.FrozenTrial]") -> dict[str, Dimension]:
    """A dimension for every parameter, as wide as the widest of its distributions."""
    from optuna.distributions import CategoricalDistribution, IntDistribution

    found: dict[str, list[Any]] = {}
    parameters: dict[str, str] = {}
    for trial in trials:
        for parameter, distribution in trial.distributions.items():
            dimension = _dimension_name(parameter)
            if (other := parameters.setdefault(dimension, parameter)) != parameter:
                raise SettingError(
                    f"study: parameters {other!r} and {parameter!r} of {name!r} would both be called {dimension}; "
                    "names must differ in letters, digits and underscores: give another --study"
                )
            found.setdefault(dimension, []).append(distribution)
    dimensions: dict[str, Dimension] = {}
    for parameter, distributions in found.items():
        if len({type(distribution) for distribution in distributions}) > 1:
            raise SettingError(
                f"study: parameter {parameter!r} of {name!r} is of several kinds; a hyperparameter is one of number, "
                "integer and choice: give another --study"
            )
        first = distributions[0]
        if isinstance(first, CategoricalDistribution):
            options = [_named(option) for each in distributions for option in each.choices]
            dimensions[parameter] = Choice(*dict.fromkeys(options))
            continue
        low, high = min(each.low for each in distributions), max(each.high for each in distributions)
        scale = "log" if all(each.log for each in distributions) else "linear"
        kind = Int if isinstance(first, IntDistribution) else Float
        dimensions[parameter] = kind(low, high, scale=scale) if low < high else Choice(low)
    return dimensions
