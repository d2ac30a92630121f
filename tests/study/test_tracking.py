"""Studies told to TensorBoard and MLflow while they run, read back with the real packages."""

import mlflow
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import ikura
from ikura.exchange.tensorboard import TensorBoard
from ikura.records import TrialState
from ikura.store import open_store
from ikura.study import ResultsStored

SPACE = ikura.Space(learning_rate=ikura.Float(1e-3, 1e12, scale="log"), optimizer=ikura.Choice("sgd", "adam"))

SCHEDULES = [{"schedule": "full"}, {"schedule": "halving", "reduction": 2, "min_epochs": 1}]


def tune(tmp_path, track, **arguments):
    store = str(tmp_path / "s.db")
    arguments = {"space": SPACE, "trials": 6, "epochs": 4, "name": "s", "sampler": "random"} | arguments
    return ikura.tune("iris", store=store, track=track, **arguments)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["full", "halving"])
def test_tensorboard_shows_every_trial(tmp_path, schedule):
    result = tune(tmp_path, f"tensorboard:{tmp_path / 'board'}", **schedule)
    assert {path.name for path in (tmp_path / "board" / "s").iterdir()} == {f"trial-{number}" for number in range(6)}
    for trial, epochs in zip(result.trials.trials, result.trials.epochs.tolist(), strict=True):
        board = EventAccumulator(str(tmp_path / "board" / "s" / f"trial-{trial.number}")).Reload()
        for metric, curves in result.trials.curves.items():
            told = board.Scalars(metric) if metric in board.Tags()["scalars"] else []
            assert [event.step for event in told] == list(range(epochs))
            np.testing.assert_array_equal(np.float32([event.value for event in told]), curves[trial.number, :epochs])
        assert board.summary_metadata["_hparams_/session_start_info"].plugin_data.plugin_name == "hparams"
    assert TrialState.COMPLETE in result.trials.states


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["full", "halving"])
def test_mlflow_has_a_run_for_each_trial(tmp_path, monkeypatch, schedule):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    address = f"file:{tmp_path / 'runs'}"
    result = tune(tmp_path, f"mlflow:{address}", **schedule)
    client = mlflow.MlflowClient(tracking_uri=address)
    runs = client.search_runs([client.get_experiment_by_name("s").experiment_id])
    assert len(runs) == 6
    for run in runs:
        number = int(run.info.run_name.removeprefix("trial-"))
        trial, state = result.trials.trials[number], result.trials.states[number]
        assert run.data.params == {name: str(value) for name, value in trial.config.items()}
        ends = {TrialState.COMPLETE: "FINISHED", TrialState.STOPPED: "KILLED", TrialState.DIVERGED: "FAILED"}
        assert run.info.status == ends[state]
        assert run.data.tags["state"] == state
        for metric, curves in result.trials.curves.items():
            told = sorted(client.get_metric_history(run.info.run_id, metric), key=lambda point: point.step)
            epochs = int(result.trials.epochs[number])
            assert [point.step for point in told] == list(range(epochs))
            np.testing.assert_array_equal(np.float32([point.value for point in told]), curves[number, :epochs])
    assert (TrialState.STOPPED in result.trials.states) == (schedule["schedule"] == "halving")


def test_a_study_that_goes_on_goes_on_with_its_runs(tmp_path, monkeypatch):
    def stop(event):
        if isinstance(event, ResultsStored) and any(result.job.start for _, result in event.results):
            raise KeyboardInterrupt

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    address = f"file:{tmp_path / 'runs'}"
    with pytest.raises(KeyboardInterrupt):
        tune(tmp_path, f"mlflow:{address}", watch=stop, **SCHEDULES[1])
    result = ikura.resume("s", store=str(tmp_path / "s.db"), track=f"mlflow:{address}")
    client = mlflow.MlflowClient(tracking_uri=address)
    runs = client.search_runs([client.get_experiment_by_name("s").experiment_id])
    assert len({run.info.run_name for run in runs}) == len(runs) == 6
    complete = {f"trial-{number}" for number in result.trials.numbers(TrialState.COMPLETE)}
    finished = [run for run in runs if run.info.status == "FINISHED"]
    assert {run.info.run_name for run in finished} == complete
    for run in finished:
        steps = {point.step for point in client.get_metric_history(run.info.run_id, "dev_loss")}
        # One rung was stored when the study stopped, and not told any more.
        assert steps == {0, 2, 3}


def test_trouble_ends_the_tracking_and_not_the_study(tmp_path, monkeypatch):
    add, added = TensorBoard.add, []

    def failing(self, trial, result):
        if len(added) == 2:
            raise OSError(28, "No space left on device")
        added.append(trial.number)
        add(self, trial, result)

    monkeypatch.setattr(TensorBoard, "add", failing)
    result = tune(tmp_path, f"tensorboard:{tmp_path / 'board'}")
    assert result.outcome.trials == 6
    assert len(added) == 2
    with open_store(str(tmp_path / "s.db")) as store:
        (event,) = (event for event in store.events("s") if event.kind == "not tracked")
    assert event.message == "tracking ended early: [Errno 28] No space left on device"
    assert result.outcome.troubles == (event.message,)
    assert event.message in result.page()


def test_a_folder_that_cannot_be_made_is_said_before_the_study(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ikura.SettingError, match=r"track: .* cannot be made"):
        tune(tmp_path, f"tensorboard:{tmp_path / 'file'}")
    assert not (tmp_path / "s.db").exists()


def test_a_server_that_is_away_ends_the_tracking_and_not_the_study(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    result = tune(tmp_path, "mlflow:http://127.0.0.1:9")
    assert result.outcome.trials == 6
    with open_store(str(tmp_path / "s.db")) as store:
        assert "not tracked" in {event.kind for event in store.events("s")}
