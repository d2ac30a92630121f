"""Trials told to TensorBoard and MLflow, read back with the real packages."""

import sys

import mlflow
import numpy as np
import pytest
from mlflow.exceptions import MlflowException
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import ikura
from ikura.records import METRICS, TrialState
from ikura.store import open_store
from ikura.study import tracking
from ikura.study.tracking import TensorBoard, make_tracking

SPACE = ikura.Space(learning_rate=ikura.Float(1e-3, 1e12, scale="log"), optimizer=ikura.Choice("sgd", "adam"))


def tune(tmp_path, track):
    store = str(tmp_path / "s.db")
    return ikura.tune("iris", space=SPACE, trials=6, epochs=3, name="s", store=store, sampler="random", track=track)


def test_tensorboard_shows_every_trial(tmp_path):
    result = tune(tmp_path, f"tensorboard:{tmp_path / 'board'}")
    assert {path.name for path in (tmp_path / "board" / "s").iterdir()} == {f"trial-{number}" for number in range(6)}
    for trial, state in zip(result.trials.trials, result.trials.states, strict=True):
        board = EventAccumulator(str(tmp_path / "board" / "s" / f"trial-{trial.number}")).Reload()
        for metric in METRICS:
            curve = result.trials.curves[metric][trial.number]
            told = [event.value for event in board.Scalars(metric)] if metric in board.Tags()["scalars"] else []
            np.testing.assert_array_equal(np.float32(told), curve[np.isfinite(curve)])
        assert state is not TrialState.COMPLETE or len(told) == 3
        assert board.summary_metadata["_hparams_/session_start_info"].plugin_data.plugin_name == "hparams"


def test_mlflow_has_a_run_for_each_trial(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    address = f"file:{tmp_path / 'runs'}"
    result = tune(tmp_path, f"mlflow:{address}")
    client = mlflow.MlflowClient(tracking_uri=address)
    runs = client.search_runs([client.get_experiment_by_name("s").experiment_id])
    assert len(runs) == 6
    for run in runs:
        number = int(run.info.run_name.removeprefix("trial-"))
        trial, state = result.trials.trials[number], result.trials.states[number]
        assert run.data.params == {name: str(value) for name, value in trial.config.items()}
        assert run.info.status == ("FINISHED" if state is TrialState.COMPLETE else "FAILED")
        assert run.data.tags["state"] == state
        for metric in METRICS:
            curve = result.trials.curves[metric][number]
            told = [point.value for point in sorted(client.get_metric_history(run.info.run_id, metric), key=_step)]
            np.testing.assert_array_equal(np.float32(told), curve[np.isfinite(curve)])


def _step(point):
    return point.step


def test_trouble_ends_the_tracking_and_not_the_study(tmp_path, monkeypatch):
    add, added = TensorBoard.add, []

    def failing(self, trial, result):
        if len(added) == 2:
            raise OSError(28, "No space left on device")
        added.append(trial.number)
        add(self, trial, result)

    monkeypatch.setattr(TensorBoard, "add", failing)
    result = tune(tmp_path, f"tensorboard:{tmp_path / 'board'}")
    assert result.outcome["trials"] == 6
    assert len(added) == 2
    with open_store(str(tmp_path / "s.db")) as store:
        (event,) = (event for event in store.events("s") if event.kind == "not tracked")
    assert event.message == "tracking ended early: [Errno 28] No space left on device"
    assert result.outcome["troubles"] == [event.message]
    assert event.message in result.page()


def test_a_folder_that_cannot_be_made_is_said_before_the_study(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ikura.SettingError, match=r"track: .* cannot be made"):
        tune(tmp_path, f"tensorboard:{tmp_path / 'file'}")
    assert not (tmp_path / "s.db").exists()


def test_a_server_that_is_away_ends_the_tracking_and_not_the_study(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    result = tune(tmp_path, "mlflow:http://127.0.0.1:9")
    assert result.outcome["trials"] == 6
    with open_store(str(tmp_path / "s.db")) as store:
        assert "not tracked" in {event.kind for event in store.events("s")}


@pytest.mark.parametrize("to", ["runs", "wandb:x", "tensorboard:", "mlflow"])
def test_what_is_no_place(to):
    with pytest.raises(
        ikura.SettingError, match=r"track: .* is no place for metrics; it must be tensorboard:FOLDER or"
    ):
        make_tracking(to)


@pytest.mark.parametrize(("to", "package"), [("tensorboard:x", "tensorboard"), ("mlflow:x", "mlflow")])
def test_a_missing_package_is_named(to, package, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ikura.SettingError, match=rf"track: {package} is not installed; .*'ikura\[{package}\]'"):
        make_tracking(to)


def test_every_tracker_says_what_trouble_it_may_have(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    assert issubclass(tracking.TensorBoard.trouble, OSError)
    assert tracking.MLflow(f"file:{tmp_path}").trouble is MlflowException
