"""Studies that Optuna made."""

import sqlite3
from contextlib import closing

import numpy as np
import optuna
import pytest

import ikura
from ikura.errors import SettingError
from ikura.exchange import from_optuna, history_frame
from ikura.records import Goal, Metric, Objective, Origin, TrialState
from ikura.report import render
from ikura.store import open_store, read_whole


@pytest.fixture
def address(tmp_path):
    return f"sqlite:///{tmp_path / 'theirs.db'}"


@pytest.fixture
def take(address, tmp_path):
    """Import the study that there is, and read it back."""

    def run():
        with open_store(str(tmp_path / "s.db")) as store:
            from_optuna(address, None).write(store, "mine")
            return read_whole(store, "mine")

    return run


def objective(trial):
    rate = trial.suggest_float("rate", 1e-3, 1.0, log=True)
    units = trial.suggest_int("units", 4, 64)
    kind = trial.suggest_categorical("kind", ["relu", "tanh", None])
    for epoch in range(4):
        trial.report(_error(rate, units + epoch), epoch)
        if kind is None and epoch == 1 and trial.number % 2:
            raise optuna.TrialPruned
    if trial.number == 3:
        raise ValueError("no")
    return _error(rate, units + 3)


def _error(rate, units):
    return 40 * abs(rate - 0.1) + 100 / units


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_a_study_of_optunas_own_comes_in(direction, address, take, tmp_path):
    study = optuna.create_study(
        study_name="t", storage=address, direction=direction, sampler=optuna.samplers.RandomSampler(seed=1)
    )
    study.optimize(objective, n_trials=30, catch=(ValueError,))
    record, space, history = take()
    assert history.trials[0].config == study.trials[0].params | {
        "kind": "None" if study.trials[0].params["kind"] is None else study.trials[0].params["kind"]
    }
    assert len(history.trials) == 30
    assert int(history.ranking[0]) == study.best_trial.number
    assert float(history.final("value")[history.ranking[0]]) == np.float32(study.best_value)
    states = {"COMPLETE": TrialState.COMPLETE, "PRUNED": TrialState.STOPPED, "FAIL": TrialState.FAILED}
    assert list(history.states) == [states[trial.state.name] for trial in study.trials]
    assert history.errors == {3: "failed in Optuna"}
    assert dict(zip(history.states, history.epochs.tolist(), strict=True)) == {
        TrialState.COMPLETE: 4,
        TrialState.STOPPED: 2,
        TrialState.FAILED: 4,
    }
    for trial in study.trials:
        told = [np.float32(value) for value in trial.intermediate_values.values()]
        assert history.curves["value"][trial.number, : len(told)].tolist() == told
    assert space.dimensions["rate"] == ikura.Float(1e-3, 1.0, scale="log")
    assert space.dimensions["units"] == ikura.Int(4, 64)
    assert space.dimensions["kind"] == ikura.Choice("relu", "tanh", "None")
    metric = Metric("value", Goal(direction))
    settings = record.settings
    assert (settings.metrics, settings.objective) == ((metric,), Objective(metric))
    assert (settings.origin, settings.sampler, settings.epochs, settings.trials) == (Origin.IMPORTED, "optuna", 4, 30)
    assert (record.status, record.outcome) == ("interrupted", None)
    assert len(history_frame(history)) == 30
    assert "value" in render(record, space, history)
    with pytest.raises(SettingError, match="was imported; only one that Ikura began can be resumed"):
        ikura.resume("mine", store=str(tmp_path / "s.db"))


def test_the_metric_is_called_as_in_optuna(address):
    study = optuna.create_study(study_name="t", storage=address)
    with pytest.warns(optuna.exceptions.ExperimentalWarning):
        study.set_metric_names(["dev loss (nats)"])
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    (metric,) = from_optuna(address, None).settings.metrics
    assert metric == Metric("dev_loss__nats_", Goal.MINIMIZE)


def curves(history):
    """Return what each trial's curve holds up to its own last epoch; None where nothing was measured."""
    return [
        [None if np.isnan(value) else value for value in curve[:epochs].tolist()]
        for curve, epochs in zip(history.curves["value"], history.epochs, strict=True)
    ]


def test_a_value_that_is_not_the_last_of_the_curve_stands_after_it(address, take):
    """The best epoch of several: trials are compared by their values, and nothing that was reported is lost."""
    study = optuna.create_study(study_name="t", storage=address, direction="maximize")

    def best_epoch(trial):
        trial.suggest_float("x", 0, 1)
        trial.report(0.5 + trial.number / 8, 0)
        if trial.number == 1:
            raise optuna.TrialPruned
        trial.report(0.25, 1)
        return 0.5 + trial.number / 8

    study.optimize(best_epoch, n_trials=3)
    record, _, history = take()
    assert curves(history) == [[0.5, 0.25, 0.5], [0.625], [0.75, 0.25, 0.75]]
    assert record.settings.epochs == 3
    assert history.ranking.tolist() == [2, 0, 1]


def test_trials_of_different_lengths_are_compared_by_their_values(address, take):
    """Some ended early by a rule of their own, and one was pruned at its very end."""
    study = optuna.create_study(study_name="t", storage=address, direction="minimize")
    reports = [[3.0, 2.0, 1.0], [0.5], [2.0, 1.5], [0.25, 0.25, 0.25, 0.25], []]

    def early(trial):
        trial.suggest_float("x", 0, 1)
        for epoch, value in enumerate(reports[trial.number]):
            trial.report(value, 10 * epoch)
        if trial.number == 3:
            raise optuna.TrialPruned
        return reports[trial.number][-1] if reports[trial.number] else 0.75

    study.optimize(early, n_trials=5)
    record, space, history = take()
    assert curves(history) == [
        [3.0, 2.0, 1.0, None, 1.0],
        [0.5, None, None, None, 0.5],
        [2.0, 1.5, None, None, 1.5],
        [0.25] * 4,
        [None, None, None, None, 0.75],
    ]
    assert int(history.ranking[0]) == study.best_trial.number == 1
    assert history.ranking.tolist() == [1, 4, 0, 2, 3]
    assert "value" in render(record, space, history)


def test_trials_that_report_nothing_have_one_epoch(address, take):
    study = optuna.create_study(study_name="t", storage=address, direction="minimize")
    study.optimize(lambda trial: 1e6 * trial.suggest_float("x", 1, 2), n_trials=3)
    record, _, history = take()
    assert record.settings.epochs == 1
    assert history.curves["value"].tolist() == [[np.float32(trial.value)] for trial in study.trials]


def test_values_that_are_no_32_bit_floats(address, take):
    """Infinite values have diverged; what is reported of them is left out, and nothing else."""
    study = optuna.create_study(study_name="t", storage=address, direction="minimize")

    def odd(trial):
        trial.suggest_float("opt/lr", 0.1, 0.1)
        trial.suggest_int("lambda", 1, 8, log=True)
        trial.report([5.0, np.nan, np.inf, 37.0, 1e300][trial.number], 0)
        trial.report(0.5, 1)
        if trial.number == 2:
            raise optuna.TrialPruned
        trial.report([0.25, 0.5, 0.0, np.inf, -1e300][trial.number], 2)
        return [0.25, 0.5, 0.0, np.inf, -1e300][trial.number]

    study.optimize(odd, n_trials=5)
    _, space, history = take()
    assert set(space.names) == {"opt_lr", "_lambda"}
    assert history.states == (
        TrialState.COMPLETE,
        TrialState.COMPLETE,
        TrialState.STOPPED,
        TrialState.DIVERGED,
        TrialState.DIVERGED,
    )
    assert curves(history) == [[5.0, 0.5, 0.25], [None, 0.5, 0.5], [None, 0.5], [37.0, 0.5], [None, 0.5]]
    assert history.ranking.tolist() == [0, 1, 2]


def test_trials_that_are_still_to_be_evaluated_are_left_out(address, take):
    study = optuna.create_study(study_name="t", storage=address)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    study.enqueue_trial({"x": 0.5})
    study.ask({"x": optuna.distributions.FloatDistribution(0, 1)})
    study.enqueue_trial({"x": 0.25})
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE", "RUNNING", "WAITING"]
    _, _, history = take()
    assert history.states == (TrialState.COMPLETE, TrialState.COMPLETE)


def test_what_is_no_study_of_ikuras_kind_is_refused(address):
    optuna.create_study(study_name="two", storage=address, directions=["maximize", "minimize"])
    optuna.create_study(study_name="empty", storage=address, direction="maximize")
    none = optuna.create_study(study_name="none", storage=address)
    none.optimize(lambda _: 1.0, n_trials=1)
    with pytest.raises(SettingError, match="'two' has 2 objectives; Ikura compares trials by one"):
        from_optuna(address, "two")
    with pytest.raises(SettingError, match="'empty' has no finished trials"):
        from_optuna(address, "empty")
    with pytest.raises(SettingError, match="'none' has a parameter that Ikura has no place for"):
        from_optuna(address, "none")


def test_parameters_that_would_have_one_name_are_refused(address):
    study = optuna.create_study(study_name="t", storage=address, direction="maximize")
    study.optimize(lambda trial: trial.suggest_float("a/b", 0, 1) * trial.suggest_float("a.b", 0, 1), n_trials=2)
    with pytest.raises(SettingError, match=r"parameters 'a/b' and 'a\.b' of 't' would both be called a_b"):
        from_optuna(address, None)


def test_parameters_of_several_kinds_are_refused(address):
    """Optuna would not write them; other programs may."""
    study = optuna.create_study(study_name="t", storage=address)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    choice = optuna.distributions.distribution_to_json(optuna.distributions.CategoricalDistribution("ab"))
    with closing(sqlite3.connect(address.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute(
            "UPDATE trial_params SET distribution_json = ?, param_value = 1 WHERE trial_id = 2", (choice,)
        )
    with pytest.raises(SettingError, match="parameter 'x' of 't' is of several kinds"):
        from_optuna(address, None)
