"""A study's trials as a table, and that table as a file."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ikura.errors import SettingError
from ikura.files import write_whole
from ikura.records import History

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".csv", ".parquet")

_COLUMNS = ("number", "round", "state", "epochs")


def history_frame(history: History) -> "pd.DataFrame":
    """Return a row for each trial: its number, round, state, epochs, configuration and metrics.

    The configuration is the one under which it was trained last, the metrics are those at its own last epoch. What a
    trial lacks is missing in its row: hyperparameters that do not exist under its conditions, metrics that were not
    measured. A hyperparameter whose name is that of another column gets `params_` before it, such a metric `metrics_`.
    """
    import pandas as pd

    metrics = _free([metric.name for metric in history.metrics], "metrics", _COLUMNS)
    names = dict.fromkeys(name for trial in history.trials for name in trial.config)
    params = _free(names, "params", (*_COLUMNS, *metrics.values()))
    rows = []
    for trial, state, epochs in zip(history.trials, history.states, history.epochs, strict=True):
        row: dict[str, Any] = dict(zip(_COLUMNS, (trial.number, trial.round, str(state), int(epochs)), strict=True))
        row |= {params[name]: value for name, value in history.config(trial.number).items()}
        values = history.values(trial.number)
        row |= {column: values.get(name) for name, column in metrics.items()}
        rows.append(row)
    return pd.DataFrame(rows).set_index("number")


def write_table(history: History, path: Path) -> None:
    """Write the table into a file that is not there yet, CSV or Parquet by its ending.

    Raises:
        SettingError: it is there already or cannot be written, or Parquet's package is not installed.
    """
    try:
        if path.exists():
            raise SettingError(f"to: {path} is there already; exports are never overwritten: give another --to")
        if path.suffix == ".csv":
            write_whole(path, _plain_frame(history).to_csv())
        else:
            write_whole(path, _plain_frame(history).to_parquet(engine="pyarrow"))
    except ImportError as error:
        raise SettingError(
            f"to: {path} is a Parquet file, and pyarrow is not installed; Parquet needs it: "
            "python -m pip install 'ikura[parquet]'"
        ) from error
    except OSError as error:
        raise SettingError(f"to: {path} cannot be written ({error.strerror or error}): give another --to") from error


def _free(names: Iterable[str], prefix: str, taken: Iterable[str]) -> dict[str, str]:
    """Return a column for each name, none of which is taken."""
    taken = set(taken)
    return {name: f"{prefix}_{name}" if name in taken else name for name in names}


def _plain_frame(history: History) -> "pd.DataFrame":
    if not history.trials:
        raise SettingError("to: the study has no trials yet; there must be one: resume it first")
    frame = history_frame(history)
    for name, column in frame.items():
        # A choice between words and numbers has no type that Parquet knows.
        if len({type(value) for value in column.dropna()}) > 1:
            frame[name] = column.map(str, na_action="ignore")
    return frame
