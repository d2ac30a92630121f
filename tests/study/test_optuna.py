"""Studies to and from Optuna's storage, with Optuna, its plots and its dashboard."""

import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import numpy as np
import optuna
import optuna.visualization
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

import ikura
from ikura.errors import SettingError, StudyExists
from ikura.records import METRICS, TrialState
from ikura.store import open_store, read_whole
from ikura.study.optuna import from_optuna, to_optuna

SPACE = ikura.Space(
    learning_rate=ikura.Float(1e-3, 1e12, scale="log"),
    optimizer=ikura.Choice("momentum", "adam"),
    momentum=ikura.Float(0.5, 0.99, scale="one-minus-log", when={"optimizer": ["momentum"]}),
    hidden_units=ikura.Int(4, 16, step=4),
    batch_norm=ikura.Choice(True, False),
)


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """A store with a finished study `s`, some trials of which diverged."""
    path = tmp_path_factory.mktemp("there")
    ikura.tune("iris", space=SPACE, trials=24, epochs=3, rounds=3, name="s", store=str(path / "s.db"))
    return path


@pytest.fixture
def whole(there):
    with open_store(str(there / "s.db")) as store:
        return read_whole(store, "s")


@pytest.fixture
def storage(whole, tmp_path):
    record, _, history = whole
    address = f"sqlite:///{tmp_path / 'optuna.db'}"
    to_optuna(record, history, address)
    return address


def same(left, right):
    """Whether two studies are one, but for when they were begun."""
    (one, _, first), (other, _, second) = left, right
    assert (one.name, one.status, one.settings, one.space, one.outcome) == (
        other.name,
        other.status,
        other.settings,
        other.space,
        other.outcome,
    )
    assert (first.trials, first.states, first.regions, first.errors) == (
        second.trials,
        second.states,
        second.regions,
        second.errors,
    )
    for metric in METRICS:
        assert first.curves[metric].tobytes() == second.curves[metric].tobytes()


def test_optuna_loads_the_same_study(whole, storage):
    record, _, history = whole
    study = optuna.load_study(study_name="s", storage=storage)
    assert [trial.params for trial in study.trials] == [dict(trial.config) for trial in history.trials]
    states = {TrialState.COMPLETE: "COMPLETE", TrialState.DIVERGED: "FAIL"}
    assert [trial.state.name for trial in study.trials] == [states[state] for state in history.states]
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
    with pytest.raises(StudyExists, match="a study 's' already"):
        to_optuna(record, history, storage)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_study_that_comes_back_is_the_one_that_went(kind, request, whole, storage, tmp_path):
    there = f"sqlite:///{tmp_path / 'back.db'}" if kind == "sqlite" else request.getfixturevalue("server").database()
    with open_store(there) as store:
        from_optuna(storage, None).write(store, "s")
        same(read_whole(store, "s"), whole)
        assert [event.kind for event in store.events("s")] == ["imported"]


def test_a_study_that_was_stopped_comes_back_and_goes_on_to_the_same_end(there, whole, tmp_path):
    """Waiting trials, too, keep their numbers, from which their seeds come."""

    class StopError(Exception):
        pass

    def stop(happening):
        if isinstance(happening, ikura.study.TrialsTrained) and happening.done >= 8:
            raise StopError

    first, second = str(tmp_path / "first.db"), str(tmp_path / "second.db")
    with pytest.raises(StopError):
        ikura.tune("iris", space=SPACE, trials=24, epochs=3, rounds=3, name="s", store=first, watch=stop)
    storage = f"sqlite:///{tmp_path / 'optuna.db'}"
    with open_store(first) as store, open_store(second) as other:
        before = read_whole(store, "s")
        to_optuna(before[0], before[2], storage)
        from_optuna(storage, "s").write(other, "s")
        same(read_whole(other, "s"), before)
    waiting = optuna.load_study(study_name="s", storage=storage).get_trials(states=[optuna.trial.TrialState.WAITING])
    assert len(waiting) == sum(state is TrialState.WAITING for state in before[2].states)
    result = ikura.resume("s", store=second)
    for metric in METRICS:
        assert result.trials.curves[metric].tobytes() == whole[2].curves[metric].tobytes()
    assert result.outcome["best"] == whole[0].outcome["best"]


def objective(trial):
    rate = trial.suggest_float("rate", 1e-3, 1.0, log=True)
    units = trial.suggest_int("units", 4, 64)
    kind = trial.suggest_categorical("kind", ["relu", "tanh", None])
    for epoch in range(4):
        trial.report(0.9 - abs(rate - 0.1) * 0.5 - 1 / (units + epoch), epoch)
        if kind is None and epoch == 1 and trial.number % 2:
            raise optuna.TrialPruned
    if trial.number == 3:
        raise ValueError("no")
    return 0.9 - abs(rate - 0.1) * 0.5 - 1 / (units + 3)


@pytest.fixture
def theirs(tmp_path):
    """A study that Optuna made."""
    address = f"sqlite:///{tmp_path / 'theirs.db'}"
    study = optuna.create_study(
        study_name="t", storage=address, direction="maximize", sampler=optuna.samplers.RandomSampler(seed=1)
    )
    study.optimize(objective, n_trials=30, catch=(ValueError,))
    return study, address


def test_a_study_of_optunas_own_comes_in(theirs, tmp_path):
    study, address = theirs
    with open_store(str(tmp_path / "s.db")) as store:
        from_optuna(address, None).write(store, "mine")
        record, space, history = read_whole(store, "mine")
    assert history.trials[0].config == study.trials[0].params | {
        "kind": "None" if study.trials[0].params["kind"] is None else study.trials[0].params["kind"]
    }
    assert len(history.trials) == 30
    assert int(history.ranking[0]) == study.best_trial.number
    assert float(history.final("dev_accuracy")[history.ranking[0]]) == pytest.approx(study.best_value, abs=1e-7)
    states = {"COMPLETE": TrialState.COMPLETE, "PRUNED": TrialState.FAILED, "FAIL": TrialState.FAILED}
    assert list(history.states) == [states[trial.state.name] for trial in study.trials]
    assert history.errors[3] == "failed in Optuna"
    assert "pruned by Optuna" in history.errors.values()
    assert history.curves["dev_accuracy"].shape == (30, 4)
    assert space.dimensions["rate"] == ikura.Float(1e-3, 1.0, scale="log")
    assert space.dimensions["units"] == ikura.Int(4, 64)
    assert space.dimensions["kind"] == ikura.Choice("relu", "tanh", "None")
    assert (record.status, record.settings["sampler"]) == ("interrupted", "optuna")
    with pytest.raises(SettingError, match="was imported; only one that Ikura began can be resumed"):
        ikura.resume("mine", store=str(tmp_path / "s.db"))


def test_curves_that_do_not_end_with_the_value_are_left_out(tmp_path):
    study = optuna.create_study(study_name="t", storage=f"sqlite:///{tmp_path / 't.db'}", direction="maximize")

    def best_epoch(trial):
        trial.report(0.9, 0)
        trial.report(0.8, 1)
        return 0.9 - 0.1 * trial.suggest_float("x", 0, 1)

    study.optimize(best_epoch, n_trials=3)
    imported = from_optuna(f"sqlite:///{tmp_path / 't.db'}", "t")
    assert [result.curves["dev_accuracy"].tolist() for result in imported.results] == [
        [np.float32(trial.value)] for trial in study.trials
    ]


def test_what_optimises_no_accuracy_is_refused(tmp_path):
    address = f"sqlite:///{tmp_path / 't.db'}"
    with pytest.raises(SettingError, match=r"there is no file .*t\.db; a storage must be there"):
        from_optuna(address, None)
    assert list(tmp_path.iterdir()) == []
    optuna.create_study(study_name="loss", storage=address, direction="minimize")
    optuna.create_study(study_name="two", storage=address, directions=["maximize", "maximize"])
    large = optuna.create_study(study_name="large", storage=address, direction="maximize")
    large.optimize(lambda trial: 10 * trial.suggest_float("x", 1, 2), n_trials=1)
    optuna.create_study(study_name="empty", storage=address, direction="maximize")
    for name, has in (("loss", "minimizes its value"), ("two", "2 objectives"), ("large", r"has the value 1\d\.")):
        with pytest.raises(SettingError, match=f"{name!r} {has}.*; Ikura compares trials by dev accuracy, from 0 to 1"):
            from_optuna(address, name)
    with pytest.raises(SettingError, match="'empty' has no finished trials"):
        from_optuna(address, "empty")
    with pytest.raises(SettingError, match="which study is not said; the storage has 'loss', "):
        from_optuna(address, None)
    with pytest.raises(SettingError, match=r"no study 'x'; the storage has .*'loss'"):
        from_optuna(address, "x")


@pytest.mark.parametrize("change", ["settings", "curves", "state", "round"])
def test_a_study_that_was_changed_on_the_way_is_refused(storage, change):
    table = "study_user_attributes" if change == "settings" else "trial_user_attributes"
    with closing(sqlite3.connect(storage.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute(
            f"UPDATE {table} SET value_json = json_set(value_json, ?, 'x') WHERE key = 'ikura'", (f"$.{change}",)
        )
    with pytest.raises(SettingError) as error:
        from_optuna(storage, "s")
    assert "\n" not in str(error.value)


def test_optunas_plots_draw_it(storage):
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


def test_optunas_dashboard_shows_it(storage, whole):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [Path(sys.executable).with_name("optuna-dashboard"), storage, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        (study,) = _ask(port, "/api/studies")["study_summaries"]
        assert study["study_name"] == "s"
        detail = _ask(port, f"/api/studies/{study['study_id']}")
        assert len(detail["trials"]) == len(whole[2].trials)
        assert {trial["state"] for trial in detail["trials"]} == {"Complete", "Fail"}
    finally:
        process.terminate()
        process.wait(timeout=10)


def _ask(port, path):
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
                return json.load(answer)
        except urllib.error.URLError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(SettingError, match=r"import: optuna: needs Optuna, .*pip install 'ikura\[optuna\]'"):
        from_optuna("sqlite:///x.db", None)


def test_what_optuna_trained_since_the_export_is_not_lost(tmp_path):
    def stop(happening):
        if isinstance(happening, ikura.study.RoundBegan) and happening.round == 1:
            raise KeyboardInterrupt

    storage = f"sqlite:///{tmp_path / 'optuna.db'}"
    with pytest.raises(KeyboardInterrupt):
        ikura.tune("iris", space=SPACE, trials=12, epochs=2, rounds=3, name="s", store=tmp_path / "s.db", watch=stop)
    with open_store(str(tmp_path / "s.db")) as store:
        record, _, history = read_whole(store, "s")
        to_optuna(record, history, storage)
    study = optuna.load_study(study_name="s", storage=storage)
    study.optimize(lambda trial: 0.987 if trial.suggest_categorical("optimizer", ("momentum", "adam")) else 0.0, 1)
    with open_store(str(tmp_path / "back.db")) as store:
        from_optuna(storage, None).write(store, "s")
        record, _, back = read_whole(store, "s")
    assert np.nanmax(back.final("dev_accuracy")) == np.float32(0.987)
    assert record.settings["sampler"] == "optuna"


def test_values_that_are_no_accuracies_are_left_out_of_curves(tmp_path):
    address = f"sqlite:///{tmp_path / 't.db'}"
    study = optuna.create_study(study_name="t", storage=address, direction="maximize")

    def odd(trial):
        trial.suggest_float("opt/lr", 0.1, 0.1)
        trial.suggest_int("lambda", 1, 8, log=True)
        trial.report([5.0, 1e300, 37.0, -np.inf][trial.number % 4], 0)
        if trial.number % 2:
            raise optuna.TrialPruned
        trial.report(0.5, 1)
        return 0.5

    study.optimize(odd, n_trials=8)
    with open_store(str(tmp_path / "s.db")) as store:
        from_optuna(address, None).write(store, "t")
        _, space, history = read_whole(store, "t")
    assert set(space.names) == {"opt_lr", "_lambda"}
    assert np.nanmax(history.curves["dev_accuracy"]) == 0.5
    assert len(history.ranking) == 4


def test_parameters_that_would_have_one_name_are_refused(tmp_path):
    address = f"sqlite:///{tmp_path / 't.db'}"
    study = optuna.create_study(study_name="t", storage=address, direction="maximize")
    study.optimize(lambda trial: trial.suggest_float("a/b", 0, 1) * trial.suggest_float("a.b", 0, 1), n_trials=2)
    with pytest.raises(SettingError, match=r"parameters 'a/b' and 'a\.b' of 't' would both be called a_b"):
        from_optuna(address, None)


@pytest.mark.parametrize("way", ["import", "export"])
def test_a_database_of_ikuras_own_is_not_touched(way, whole, there, tmp_path):
    path = tmp_path / "own.db"
    shutil.copy(there / "s.db", path)
    before = path.read_bytes()
    with pytest.raises(SettingError, match="that is a database of Ikura's own"):
        from_optuna(f"sqlite:///{path}", None) if way == "import" else to_optuna(
            whole[0], whole[2], f"sqlite:///{path}"
        )
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE alembic_version SET version_num = 'v9.9.a'",
        "UPDATE trial_params SET distribution_json = 'x'",
        "UPDATE trials SET state = 'LOST'",
        "UPDATE trial_user_attributes SET value_json = 'x' WHERE key = 'ikura'",
        "UPDATE study_user_attributes SET value_json = '{}' WHERE key = 'ikura'",
        "DROP TABLE version_info",
        "UPDATE trial_user_attributes SET value_json = json_set(value_json, '$.error', 5) WHERE key = 'ikura'",
        "UPDATE trial_user_attributes SET value_json = json_set(value_json, '$.curves.dev_loss', json('[1.0]'))",
    ],
)
def test_a_storage_that_was_changed_gets_one_line(change, storage):
    with closing(sqlite3.connect(storage.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute(change)
    with pytest.raises(SettingError) as error:
        from_optuna(storage, None)
    assert "\n" not in str(error.value)


def test_a_storage_that_optuna_does_not_know(tmp_path):
    for address in ("redis://localhost:1", "nonsense", f"sqlite:///{tmp_path / 'none.db'}"):
        with pytest.raises(SettingError, match="import: "):
            from_optuna(address, None)


def test_of_an_import_that_fails_nothing_is_left(storage, tmp_path, monkeypatch):
    with open_store(str(tmp_path / "s.db")) as store:
        monkeypatch.setattr(type(store), "write_results", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            from_optuna(storage, None).write(store, "s")
        assert store.studies() == []
