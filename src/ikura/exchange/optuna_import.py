"""Studies from Optuna's storage."""

from itertools import chain, count, groupby
from typing import TYPE_CHECKING

import numpy as np

from ikura.errors import SettingError, SpaceError, StoreError
from ikura.exchange.imported import Imported
from ikura.exchange.optuna_earlier import is_earlier, renewed
from ikura.exchange.optuna_native import native_study
from ikura.exchange.optuna_storage import ATTRIBUTE, opened, tables
from ikura.records import (
    JSON,
    CopyFrom,
    Decision,
    GoOn,
    Job,
    JobResult,
    Leg,
    Outcome,
    Settings,
    Source,
    Stop,
    Trial,
    TrialState,
)
from ikura.records.shapes import Shape, check, is_text, is_value, is_whole, maybe, one_of, table
from ikura.store import region_from_json

if TYPE_CHECKING:
    import optuna


def from_optuna(storage: str, name: str | None) -> Imported:
    """Read a study of Optuna's, or one that `to_optuna` wrote.

    Args:
        storage: its address, as Optuna takes it.
        name: of the study; may be left out where there is one.

    Raises:
        SettingError: it cannot be opened or read, or has several objectives.
    """
    with opened("import") as optuna:
        if "version_info" not in tables("import", storage):
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
            imported = _own(study) or native_study(study)
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


def _own(study: "optuna.Study") -> Imported | None:
    """Return the study that `to_optuna` wrote; None where Optuna made it, or has trained any of it since."""
    trials = study.trials
    kept = study.user_attrs.get(ATTRIBUTE)
    documents: list[JSON] = [trial.user_attrs.get(ATTRIBUTE) for trial in trials]
    if kept is None or None in documents:
        return None
    if is_earlier(kept):
        kept, documents = renewed(kept, documents)
    if any(trial.state.name != own["optuna"] for trial, own in zip(trials, documents, strict=True)):
        return None
    settings = Settings.from_json(kept["settings"])
    for number, own in enumerate(documents):
        check(own, _SHAPE, f"trial {number}")
    made = [Trial(number, own["config"], own["round"]) for number, own in enumerate(documents)]
    regions = {region.round: region for region in map(region_from_json, kept["regions"])}
    results = [_result(number, own, settings) for number, own in enumerate(documents)]
    copies = chain.from_iterable(_copies(result, own) for result, own in zip(results, documents, strict=True))
    return Imported(
        name=study.study_name,
        settings=settings,
        space=kept["space"],
        rounds=[(list(some), regions.get(number)) for number, some in groupby(made, key=lambda trial: trial.round)],
        results=[result for result in results if result.epochs or result.state.is_lost],
        decisions=list(chain.from_iterable(map(_decisions, count(), documents))),
        # As they may have been made: none before the snapshot that it copies.
        copies=sorted(copies, key=lambda copy: copy.source.epoch),
        outcome=None if kept["outcome"] is None else Outcome.from_json(kept["outcome"]),
    )


def _result(number: int, own: JSON, settings: Settings) -> JobResult:
    """Return all that was measured of a trial, as if it had come at once; where it stands since is decided later."""
    curves = {metric.name: np.array(own["curves"][metric.name], np.float32) for metric in settings.metrics}
    if len({len(curve) for curve in curves.values()}) != 1:
        raise ValueError(f"trial {number} is torn")
    state = TrialState(own["state"])
    if state in (TrialState.WAITING, TrialState.RUNNING, TrialState.STOPPED):
        state = TrialState.PAUSED
    epochs = len(curves[settings.objective.metric.name])
    return JobResult(Job(number, (Leg(number, own["config"], 0, epochs),), 0), state, curves, own["error"])


def _copies(result: JobResult, own: JSON) -> list[CopyFrom]:
    """Return what made the edits of a trial, each until the next."""
    edits = own["edits"]
    ends = [*(edit["epoch"] for edit in edits[1:]), own["target"] or result.epochs]
    return [
        CopyFrom(result.number, Source(*edit["source"]), edit["config"], until)
        for edit, until in zip(edits, ends, strict=bool(edits))
    ]


def _decisions(number: int, own: JSON) -> list[Decision]:
    """Return what leaves a trial, once it has its results, as it was."""
    match TrialState(own["state"]):
        case TrialState.RUNNING:
            return [GoOn(number, own["target"])]
        case TrialState.STOPPED:
            return [Stop(number)]
        case _:
            return []


def _is_curve(values: JSON) -> bool:
    # Of many values; null stands for what was not measured, and becomes NaN.
    return isinstance(values, list) and all(value is None or type(value) in (int, float) for value in values)


_SHAPE: Shape = {
    "config": table(is_value),
    "round": is_whole,
    "state": one_of(*TrialState),
    "curves": table(_is_curve),
    "error": maybe(is_text),
    "target": maybe(is_whole),
    "edits": [{"epoch": is_whole, "config": table(is_value), "source": (is_whole, is_whole)}],
}
