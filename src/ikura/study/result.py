"""What a study hands back."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ikura.model import Model
from ikura.records import METRICS, History, Trial
from ikura.report import render
from ikura.space import Space
from ikura.store import StudyRecord

if TYPE_CHECKING:
    import pandas as pd


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
        """Writes the report, one self-contained HTML page, and returns its path."""
        path = Path(path)
        page = render(self.study, Space.from_toml(self.study.space), self.trials)
        path.write_text(page, encoding="utf-8")
        return path


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
