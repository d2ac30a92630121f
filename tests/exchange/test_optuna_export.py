"""Studies in Optuna's storage, as Optuna, its plots and its dashboard see them."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import numpy as np
import optuna
import optuna.visualization
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from ikura.errors import StudyExists
from ikura.exchange import to_optuna
from ikura.records import TrialState
from ikura.store import open_store, read_whole
from tests.processes import PATIENCE

STATES = {
    TrialState.WAITING: "WAITING",
    TrialState.RUNNING: "RUNNING",
    TrialState.PAUSED: "RUNNING",
    TrialState.COMPLETE: "COMPLETE",
    TrialState.STOPPED: "PRUNED",
    TrialState.DIVERGED: "FAIL",
    TrialState.FAILED: "FAIL",
}


@pytest.fixture
def whole(tuned, tmp_path):
    """A finished study as Ikura and as Optuna see it."""
    with open_store(str(tuned)) as store:
        record, _, history = read_whole(store, "s")
    address = f"sqlite:///{tmp_path / 'whole.db'}"
    to_optuna(record, history, address)
    return record, history, address


def test_optuna_loads_the_same_trials(study, history, storage):
    theirs = optuna.load_study(study_name="s", storage=storage)
    assert set(history.states) == set(TrialState)
    assert [trial.state.name for trial in theirs.trials] == [STATES[state] for state in history.states]
    assert [trial.params for trial in theirs.trials] == [dict(history.config(number)) for number in range(12)]
    for trial in theirs.trials:
        curve = history.curves["mean_error"][trial.number]
        assert trial.intermediate_values == dict(enumerate(curve[~np.isnan(curve)].tolist()))
        assert trial.user_attrs["round"] == history.trials[trial.number].round
        assert trial.user_attrs.get("epoch_seconds") == (np.float32(0.1) if trial.intermediate_values else None)
    ends = {0: history.curves["mean_error"][0, 3], 1: history.curves["mean_error"][1, 1], 6: None, 9: None}
    ends[6] = history.curves["mean_error"][6, 3]
    assert {trial.number: trial.value for trial in theirs.trials if trial.state.name in ("COMPLETE", "PRUNED")} == ends
    with pytest.raises(StudyExists, match="a study 's' already"):
        to_optuna(study, history, storage)


def test_the_objective_is_the_studys_own(history, storage):
    theirs = optuna.load_study(study_name="s", storage=storage)
    assert (theirs.direction.name, theirs.metric_names) == ("MINIMIZE", ["mean error"])
    assert theirs.best_trial.number == history.ranking[0]


def test_optuna_loads_the_same_study(whole):
    _, history, storage = whole
    study = optuna.load_study(study_name="s", storage=storage)
    assert [trial.params for trial in study.trials] == [dict(trial.config) for trial in history.trials]
    assert [trial.state.name for trial in study.trials] == [STATES[state] for state in history.states]
    assert "FAIL" in {trial.state.name for trial in study.trials}
    assert study.best_value == np.nanmax(history.final("dev_accuracy"))
    assert (study.direction.name, study.metric_names) == ("MAXIMIZE", ["dev accuracy"])
    for trial in study.get_trials(states=[optuna.trial.TrialState.COMPLETE]):
        assert list(trial.intermediate_values.values()) == history.curves["dev_accuracy"][trial.number].tolist()
        assert trial.user_attrs["dev_loss"] == history.curves["dev_loss"][trial.number, -1]
    places = study.trials[0].distributions
    assert places["learning_rate"] == FloatDistribution(1e-3, 1e12, log=True)
    assert places["hidden_units"] == IntDistribution(4, 16, step=4)
    assert places["batch_norm"] == CategoricalDistribution((True, False))


def test_optuna_goes_on_with_what_waits(history, storage):
    """And with nothing else: what runs or is paused is Ikura's."""
    study = optuna.load_study(study_name="s", storage=storage)
    waiting = [number for number, state in enumerate(history.states) if state is TrialState.WAITING]
    units = []

    def objective(trial):
        units.append((trial.number, trial.suggest_int("units", 4, 64, log=True)))
        return 0.5

    study.optimize(objective, n_trials=len(waiting))
    assert units == [(number, history.trials[number].config["units"]) for number in waiting]


def test_optunas_plots_draw_it(whole):
    _, _, storage = whole
    study = optuna.load_study(study_name="s", storage=storage)
    plots = optuna.visualization
    for plot in (
        plots.plot_optimization_history,
        plots.plot_intermediate_values,
        plots.plot_parallel_coordinate,
        plots.plot_slice,
        plots.plot_edf,
        plots.plot_timeline,
        plots.plot_rank,
    ):
        assert len(plot(study).data) > 0, plot
    importances = optuna.importance.get_param_importances(
        study, evaluator=optuna.importance.FanovaImportanceEvaluator(seed=0), params=["learning_rate", "hidden_units"]
    )
    assert set(importances) == {"learning_rate", "hidden_units"}


def test_optunas_plots_draw_a_study_under_way(history, storage):
    study = optuna.load_study(study_name="s", storage=storage)
    drawn = optuna.visualization.plot_intermediate_values(study).data
    measured = [number for number in range(12) if history.epochs[number] and not history.states[number].is_lost]
    assert len(drawn) == len(measured)
    assert len(optuna.visualization.plot_timeline(study).data) > 0


def test_optunas_dashboard_shows_it(spawn, storage):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("optuna-dashboard")
    spawn([program, storage, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (study,) = _ask(port, "/api/studies")["study_summaries"]
    assert study["study_name"] == "s"
    detail = _ask(port, f"/api/studies/{study['study_id']}")
    shown = Counter(trial["state"] for trial in detail["trials"])
    assert shown == {"Complete": 2, "Pruned": 2, "Running": 4, "Waiting": 2, "Fail": 2}


def _ask(port, path):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
                return json.load(answer)
        except urllib.error.URLError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
