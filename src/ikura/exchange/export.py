"""A study's trials for other programs: a table in a file, or a study in Optuna's storage."""

from pathlib import Path

from ikura.errors import SettingError
from ikura.exchange.optuna_export import to_optuna
from ikura.exchange.optuna_storage import PREFIX
from ikura.exchange.tables import ENDINGS, write_table
from ikura.records import History, StudyRecord

_RULE = "it must end in .csv or .parquet, or be an address of Optuna's after optuna:"


def export(study: StudyRecord, history: History, to: str) -> None:
    """Write a study's trials.

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
    elif Path(to).suffix in ENDINGS:
        write_table(history, Path(to))
    else:
        raise SettingError(f"to: {to!r} is no place for trials; {_RULE}: give another --to")
