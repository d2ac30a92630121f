"""A study's trials for other programs: a table in a file, or a study in Optuna's storage."""

from pathlib import Path
from typing import TYPE_CHECKING

from ikura.errors import SettingError
from ikura.files import write_whole
from ikura.records import History
from ikura.store import StudyRecord
from ikura.study.optuna import PREFIX, to_optuna
from ikura.study.result import history_frame

if TYPE_CHECKING:
    import pandas as pd

_RULE = "it must end in .csv or .parquet, or be an address of Optuna's after optuna:"


def export(study: StudyRecord, history: History, to: str) -> None:
    """Writes a study's trials.

    Args:
        study: all but its history.
        history: of the study.
        to: a path that ends in .csv or .parquet, or `optuna:` and the address of a storage of Optuna's.

    Raises:
        SettingError: `to` is none of these, is there already or cannot be written, or a package is missing.
        StudyExists: Optuna's storage has a study of that name.
    """
    if to.startswith(PREFIX):
        to_optuna(study, history, to.removeprefix(PREFIX))
        return
    path = Path(to)
    if path.suffix not in (".csv", ".parquet"):
        raise SettingError(f"to: {to!r} is no place for trials; {_RULE}: give another --to")
    try:
        if path.exists():
            raise SettingError(f"to: {path} is there already; exports are never overwritten: give another --to")
        if path.suffix == ".csv":
            write_whole(path, _frame(history).to_csv())
        else:
            write_whole(path, _frame(history).to_parquet(engine="pyarrow"))
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
