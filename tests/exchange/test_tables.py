"""Trials as tables, read back with pandas."""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ikura.errors import SettingError
from ikura.exchange.tables import history_frame, write_table
from ikura.records import History, Trial


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_has_a_row_for_each_trial(study, history, tmp_path, kind):
    path = tmp_path / f"trials.{kind}"
    write_table(history, path)
    frame = pd.read_csv(path, index_col="number") if kind == "csv" else pd.read_parquet(path)
    assert frame.index.tolist() == list(range(12))
    assert frame["round"].tolist() == [0] * 8 + [1] * 4
    assert frame["state"].tolist() == [str(state) for state in history.states]
    assert frame["epochs"].tolist() == [4, 2, 1, 2, 1, 0, 4, 2, 0, 0, 0, 0]
    assert frame["kind"].tolist() == ["sgd", "adam", "adam", "adam"] * 1 + ["sgd", "adam", "sgd", "adam"] + [
        "sgd",
        "adam",
        "adam",
        "adam",
    ]
    assert frame["odd"].tolist()[:4] == ["none", "1", "0.5", "1"]
    assert frame["momentum"].isna().tolist()[:4] == [False, True, True, True]
    for number, epochs in enumerate(frame["epochs"]):
        value = frame["mean_error"][number]
        assert np.isnan(value) if epochs == 0 else value == history.curves["mean_error"][number, epochs - 1]
    with pytest.raises(SettingError, match="is there already"):
        write_table(history, path)


def test_the_configuration_is_the_one_that_was_trained_last(history):
    frame = history_frame(history)
    assert frame["rate"].tolist()[5:8] == [0.001, 0.3, 0.002]
    assert frame["rate"][0] == 0.1


def test_no_column_hides_another(study, history):
    """A hyperparameter or a metric may be called as any other column."""
    metrics = (replace(history.metrics[0], name="state"), history.metrics[1])
    names = {"units": "epochs", "rate": "mean_error"}
    trials = [
        Trial(trial.number, {names.get(name, name): value for name, value in trial.config.items()}, trial.round)
        for trial in history.trials
    ]
    curves = {"state": history.curves["epoch_seconds"], "mean_error": history.curves["mean_error"]}
    frame = history_frame(replace(history, metrics=metrics, trials=tuple(trials), curves=curves, edits={}))
    assert frame["epochs"][0] == 4
    assert frame["params_epochs"][0] == 8
    assert frame["params_mean_error"][0] == 0.1
    assert frame["mean_error"][0] == history.curves["mean_error"][0, 3]
    assert frame["state"][0] == "complete"
    assert frame["metrics_state"][0] == np.float32(0.1)


@pytest.mark.parametrize("place", ["none/trials.csv", "none/trials.parquet", "x" * 300 + ".csv"])
def test_a_place_where_nothing_can_be_written(history, tmp_path, place):
    with pytest.raises(SettingError, match="cannot be written"):
        write_table(history, tmp_path / place)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named(history, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SettingError, match=r"pip install 'ikura\[parquet\]'"):
        write_table(history, tmp_path / "x.parquet")


def test_a_study_without_trials(study, tmp_path):
    with pytest.raises(SettingError, match="no trials yet"):
        write_table(History.of(study.settings), tmp_path / "x.csv")
