"""What a study hands back."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ikura.errors import SettingError
from ikura.files import write_whole
from ikura.model import Model, save_model
from ikura.records import METRICS, History, Trial
from ikura.report import render
from ikura.space import Space
from ikura.store import StudyRecord

if TYPE_CHECKING:
    import pandas as pd


def about_model(study: StudyRecord) -> dict[str, Any]:
    """What a saved model tells of the study that it comes from."""
    assert study.outcome is not None
    return {"study": study.name, "data": study.settings["data"], "test": study.outcome["test"]["accuracy"]}


@contextmanager
def written(what: str, path: Path, remedy: str) -> Iterator[None]:
    """Says in one line that a path cannot be written; a disk may fill, and a folder be closed, while a study runs."""
    try:
        yield
    except OSError as error:
        raise SettingError(f"{what}: {path} cannot be written ({error.strerror}); {remedy}") from error


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """A finished study: the winner, its test, the trained network, and all the evidence."""

    study: StudyRecord
    trials: History
    model: Model
    """The winning configuration, trained on the training and dev examples together, and tested on the rest."""

    def __repr__(self) -> str:
        return f"<Result of {self.study.name}: test accuracy {self.test_accuracy:.4f}, best trial {self.best.number}>"

    @property
    def outcome(self) -> Mapping[str, Any]:
        """All that was found, as `ikura show --json` prints it."""
        assert self.study.outcome is not None
        return self.study.outcome

    @property
    def best(self) -> Trial:
        """The trial whose configuration won the finals."""
        return self.trials.trials[self.outcome["best"]["number"]]

    @property
    def test_accuracy(self) -> float:
        """The share of the test examples that the model classifies correctly."""
        return self.outcome["test"]["accuracy"]

    @property
    def test_interval(self) -> tuple[float, float]:
        """The 95 % interval of the test accuracy."""
        low, high = self.outcome["test"]["interval"]
        return low, high

    def history(self) -> "pd.DataFrame":
        """A row for each trial: its number, round, state, epochs, hyperparameters and last metrics."""
        return history_frame(self.trials)

    def report(self, path: str | Path) -> Path:
        """Writes the report, one self-contained HTML page, and returns its path.

        Raises:
            SettingError: it cannot be written.
        """
        path = Path(path)
        with written("report", path, "give another path"):
            write_whole(path, self.page())
        return path

    def export(self, to: str) -> None:
        """Writes the trials for other programs: `FILE.csv`, `FILE.parquet`, or `optuna:` and an address of Optuna's.

        Raises:
            SettingError: `to` is none of these, is there already or cannot be written, or a package is missing.
            StudyExists: Optuna's storage has a study of that name.
        """
        from ikura.study.export import export

        export(self.study, self.trials, to)

    def page(self) -> str:
        """The report as HTML."""
        return render(self.study, Space.from_toml(self.study.space), self.trials)

    def save(self, folder: str | Path) -> Path:
        """Writes the model into a folder, which `load_model` and `ikura predict` take, and returns the folder.

        Raises:
            SettingError: it cannot be written.
        """
        folder = Path(folder)
        with written("save", folder, "give another folder"):
            save_model(self.model, folder, about=about_model(self.study))
        return folder


def history_frame(history: History) -> "pd.DataFrame":
    """A row for each trial; where a hyperparameter does not exist under its conditions, its cell is missing."""
    import pandas as pd

    epochs = np.isfinite(history.curves["dev_accuracy"]).sum(axis=1) if history.trials else np.zeros(0, int)
    rows = []
    for trial, state, length in zip(history.trials, history.states, epochs, strict=True):
        row: dict[str, Any] = {"number": trial.number, "round": trial.round, "state": str(state), "epochs": int(length)}
        row |= dict(trial.config)
        row |= {name: float(history.curves[name][trial.number, length - 1]) if length else None for name in METRICS}
        rows.append(row)
    return pd.DataFrame(rows).set_index("number")
