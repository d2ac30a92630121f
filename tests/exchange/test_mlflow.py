"""Trials told to MLflow, read back with MLflow."""

import mlflow
import numpy as np
import pytest
from mlflow.exceptions import MlflowException

from ikura.exchange.mlflow import MLflow
from ikura.records import TrialState


@pytest.fixture
def address(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    return f"file:{tmp_path / 'runs'}"


@pytest.fixture
def runs(address):
    """Return the runs by their names."""

    def read():
        client = mlflow.MlflowClient(tracking_uri=address)
        found = client.search_runs([client.get_experiment_by_name("s").experiment_id])
        assert len({run.info.run_name for run in found}) == len(found)
        return {run.info.run_name: run for run in found}

    return read


@pytest.fixture
def curve(address):
    """Return what is told of a metric, by step."""

    def read(run, metric):
        points = mlflow.MlflowClient(tracking_uri=address).get_metric_history(run.info.run_id, metric)
        return sorted((point.step, np.float32(point.value)) for point in points)

    return read


def test_a_trial_in_several_pieces_is_one_run_until_it_is_over(address, runs, curve, history, make_result):
    first, second = MLflow(address), MLflow(address)
    first.begin("s")
    trial = history.trials[2]
    first.add(trial, make_result(2, 2))
    first.add(trial, make_result(2, 1, 2))
    run = runs()["trial-2"]
    assert (run.info.status, run.data.tags["state"], run.data.tags["round"]) == ("RUNNING", "paused", "0")
    assert run.data.params == {name: str(value) for name, value in trial.config.items()}
    # A process that goes on with the study goes on with the run.
    second.begin("s")
    second.add(trial, make_result(2, 6, 3, TrialState.COMPLETE))
    second.end()
    (run,) = runs().values()
    assert (run.info.status, run.data.tags["state"]) == ("FINISHED", "complete")
    for metric, values in make_result(2, 9).curves.items():
        assert curve(run, metric) == list(enumerate(values))


def test_a_run_ends_as_its_trial_does(address, runs, history, make_result):
    tracker, other = MLflow(address), MLflow(address)
    tracker.begin("s")
    tracker.add(history.trials[0], make_result(0, 4, 0, TrialState.COMPLETE))
    tracker.add(history.trials[4], make_result(4, 1, 0, TrialState.DIVERGED))
    tracker.add(history.trials[5], make_result(5, 0, 0, TrialState.FAILED, "no"))
    tracker.add(history.trials[1], make_result(1, 2))
    tracker.add(history.trials[3], make_result(3, 2))
    tracker.stop(1)
    other.begin("s")
    other.stop(3)
    # Nothing was ever told of it.
    other.stop(9)
    assert {name: (run.info.status, run.data.tags["state"]) for name, run in runs().items()} == {
        "trial-0": ("FINISHED", "complete"),
        "trial-1": ("KILLED", "stopped"),
        "trial-3": ("KILLED", "stopped"),
        "trial-4": ("FAILED", "diverged"),
        "trial-5": ("FAILED", "failed"),
    }


def test_more_than_mlflow_takes_at_once(address, runs, curve, history, make_result):
    tracker = MLflow(address)
    tracker.begin("s")
    result = make_result(0, 4)
    result.curves["mean_error"] = np.arange(1500, dtype=np.float32)
    result.curves["mean_error"][7] = np.nan
    tracker.add(history.trials[0], result)
    told = curve(runs()["trial-0"], "mean_error")
    assert told == [(step, step) for step in range(1500) if step != 7]


def test_it_says_what_trouble_it_may_have(address):
    assert MLflow(address).trouble is MlflowException
