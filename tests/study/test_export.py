"""Trials for other programs, read back with those programs."""

import sys
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from ikura.errors import SettingError
from ikura.records import METRICS, History, Trial, TrialState
from ikura.space import Choice, Float, Int, Space
from ikura.store import StudyRecord
from ikura.study.export import export

SPACE = Space(
    rate=Float(1e-4, 1.0, scale="log"),
    momentum=Float(0.5, 0.99, scale="one-minus-log", when={"kind": ["sgd"]}),
    units=Int(4, 64, scale="log"),
    kind=Choice("sgd", "adam"),
    odd=Choice("none", 1, 0.5),
)
CONFIGS = (
    {"rate": 0.1, "momentum": 0.9, "units": 8, "kind": "sgd", "odd": "none"},
    {"rate": 0.001, "units": 16, "kind": "adam", "odd": 1},
    {"rate": 1.0, "units": 64, "kind": "adam", "odd": 0.5},
    {"rate": 0.01, "units": 4, "kind": "adam", "odd": 1},
)


@pytest.fixture
def history() -> History:
    curves = {metric: np.full((4, 3), np.nan, np.float32) for metric in METRICS}
    for metric in METRICS:
        curves[metric][0] = [0.25, 0.5, 0.75]
        curves[metric][1] = [0.5, 0.75, 0.875]
        curves[metric][2, :1] = 0.125
    return History(
        trials=tuple(Trial(number, config, number // 2) for number, config in enumerate(CONFIGS)),
        states=(TrialState.COMPLETE, TrialState.COMPLETE, TrialState.DIVERGED, TrialState.WAITING),
        curves=curves,
    )


@pytest.fixture
def study() -> StudyRecord:
    return StudyRecord("s", datetime(2026, 11, 26, tzinfo=UTC), "interrupted", {}, SPACE.to_toml(), None)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_has_a_row_for_each_trial(study, history, tmp_path, kind):
    path = tmp_path / f"trials.{kind}"
    export(study, history, str(path))
    frame = pd.read_csv(path, index_col="number") if kind == "csv" else pd.read_parquet(path)
    assert frame.index.tolist() == [0, 1, 2, 3]
    assert frame["state"].tolist() == ["complete", "complete", "diverged", "waiting"]
    assert frame["epochs"].tolist() == [3, 3, 1, 0]
    assert frame["rate"].tolist() == [0.1, 0.001, 1.0, 0.01]
    assert frame["momentum"].isna().tolist() == [False, True, True, True]
    assert frame["kind"].tolist() == ["sgd", "adam", "adam", "adam"]
    assert frame["odd"].tolist() == ["none", "1", "0.5", "1"]
    assert frame["dev_accuracy"].tolist()[:3] == [0.75, 0.875, 0.125]
    assert np.isnan(frame["dev_accuracy"][3])
    with pytest.raises(SettingError, match="is there already"):
        export(study, history, str(path))


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("trials.xls", "must end in .csv or .parquet"),
        ("trials", "must end in .csv or .parquet"),
        ("none/trials.csv", "cannot be written"),
        ("none/trials.parquet", "cannot be written"),
        ("x" * 300 + ".csv", "cannot be written"),
        ("optuna:", "cannot open that storage"),
        ("optuna:nowhere", "cannot open that storage"),
        ("optuna:sqlite:///none/x.db", "cannot open that storage"),
        ("optuna:what://x", "cannot open that storage"),
    ],
)
def test_a_place_where_nothing_can_be_written(study, history, tmp_path, monkeypatch, to, says):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingError, match=says) as error:
        export(study, history, to)
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named(study, history, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(SettingError, match=r"pip install 'ikura\[optuna\]'"):
        export(study, history, "optuna:sqlite:///x.db")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SettingError, match=r"pip install 'ikura\[parquet\]'"):
        export(study, history, str(tmp_path / "x.parquet"))


def test_a_study_without_trials(study, tmp_path):
    with pytest.raises(SettingError, match="no trials yet"):
        export(study, History(), str(tmp_path / "x.csv"))
