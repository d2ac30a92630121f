"""Which tracker an address means."""

import sys

import pytest

from ikura.errors import SettingError
from ikura.exchange import make_tracker
from ikura.exchange.mlflow import MLflow
from ikura.exchange.tensorboard import TensorBoard


def test_the_address_chooses(tmp_path):
    assert isinstance(make_tracker(f"tensorboard:{tmp_path}"), TensorBoard)
    assert isinstance(make_tracker("mlflow:http://localhost:5000"), MLflow)


@pytest.mark.parametrize("to", ["runs", "wandb:x", "tensorboard:", "mlflow"])
def test_what_is_no_place(to):
    with pytest.raises(SettingError, match=r"track: .* is no place for metrics; it must be tensorboard:FOLDER or"):
        make_tracker(to)


@pytest.mark.parametrize(("to", "package"), [("tensorboard:x", "tensorboard"), ("mlflow:x", "mlflow")])
def test_a_missing_package_is_named(to, package, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SettingError, match=rf"track: {package} is not installed; .*'ikura\[{package}\]'"):
        make_tracker(to)
