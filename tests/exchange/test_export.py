"""Where trials go is told by the address."""

import sys

import optuna
import pandas as pd
import pytest

from ikura.errors import SettingError
from ikura.exchange import export


def test_the_address_chooses(study, history, tmp_path):
    export(study, history, str(tmp_path / "x.csv"))
    export(study, history, str(tmp_path / "x.parquet"))
    export(study, history, f"optuna:sqlite:///{tmp_path / 'x.db'}")
    assert len(pd.read_csv(tmp_path / "x.csv")) == len(pd.read_parquet(tmp_path / "x.parquet")) == 12
    assert len(optuna.load_study(study_name="s", storage=f"sqlite:///{tmp_path / 'x.db'}").trials) == 12


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


def test_a_missing_package_is_named(study, history, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(SettingError, match=r"pip install 'ikura\[optuna\]'"):
        export(study, history, "optuna:sqlite:///x.db")
