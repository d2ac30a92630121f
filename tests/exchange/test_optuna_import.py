"""Studies that went to Optuna's storage and come back."""

import sqlite3
from contextlib import closing

import numpy as np
import optuna
import pytest

import ikura
from ikura.errors import SettingError
from ikura.exchange import from_optuna, to_optuna
from ikura.records import TrialState
from ikura.store import open_store, read_whole
from ikura.study import ResultsStored, RoundBegan


def same(left, right):
    """Check that two studies are one, but for when they were begun."""
    (one, _, first), (other, _, second) = left, right
    assert (one.name, one.settings, one.space, one.outcome) == (other.name, other.settings, other.space, other.outcome)
    same_history(first, second)


def same_history(first, second):
    assert (first.metrics, first.objective, first.horizon) == (second.metrics, second.objective, second.horizon)
    assert (first.trials, first.states, first.regions, first.errors) == (
        second.trials,
        second.states,
        second.regions,
        second.errors,
    )
    assert (first.targets, first.edits) == (second.targets, second.edits)
    assert set(first.curves) == set(second.curves)
    for metric, curve in first.curves.items():
        assert curve.tobytes() == second.curves[metric].tobytes()


def stop_after(epochs):
    """Return a watcher that stops a study once so many epochs are trained, of all trials together."""

    def watch(event):
        if isinstance(event, ResultsStored) and event.epochs >= epochs:
            raise KeyboardInterrupt

    return watch


@pytest.fixture
def whole(tuned):
    with open_store(str(tuned)) as store:
        return read_whole(store, "s")


def database(kind, request, tmp_path):
    return f"sqlite:///{tmp_path / 'back.db'}" if kind == "sqlite" else request.getfixturevalue("server").database()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_trials_come_back_wherever_they_stood(kind, request, study, history, storage, tmp_path):
    with open_store(database(kind, request, tmp_path)) as store:
        from_optuna(storage, None).write(store, "s")
        back = store.history("s")
        same_history(back, history)
        assert back.jobs() == history.jobs()
        assert back.ranking.tolist() == history.ranking.tolist()
        record = store.study("s")
        assert (record.settings, record.space, record.status) == (study.settings, study.space, "interrupted")
        assert [event.kind for event in store.events("s")] == ["imported"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_finished_study_that_comes_back_is_the_one_that_went(kind, request, whole, tmp_path):
    record, _, history = whole
    to_optuna(record, history, f"sqlite:///{tmp_path / 'optuna.db'}")
    with open_store(database(kind, request, tmp_path)) as store:
        from_optuna(f"sqlite:///{tmp_path / 'optuna.db'}", None).write(store, "s")
        back = read_whole(store, "s")
        same(back, whole)
        assert back[0].status == "complete"


@pytest.mark.parametrize("schedule", ["full", "halving", "pbt"])
def test_a_study_that_was_stopped_comes_back_and_goes_on_to_the_same_end(schedule, tune, tmp_path):
    """Waiting trials, too, keep their numbers, from which their seeds come."""
    arguments = {"schedule": schedule, "epochs": 4} | ({} if schedule == "full" else {"min_epochs": 1})
    through = tune(tmp_path / "through.db", **arguments)
    first, second = str(tmp_path / "first.db"), str(tmp_path / "second.db")
    with pytest.raises(KeyboardInterrupt):
        tune(first, watch=stop_after(28), **arguments)
    storage = f"sqlite:///{tmp_path / 'optuna.db'}"
    with open_store(first) as store, open_store(second) as other:
        before = read_whole(store, "s")
        assert not all(state.is_over for state in before[2].states) or len(before[2].trials) < 24
        assert (TrialState.STOPPED in before[2].states, bool(before[2].edits)) == (
            schedule == "halving",
            schedule == "pbt",
        )
        to_optuna(before[0], before[2], storage)
        from_optuna(storage, "s").write(other, "s")
        same(read_whole(other, "s"), before)
    waiting = optuna.load_study(study_name="s", storage=storage).get_trials(states=[optuna.trial.TrialState.WAITING])
    assert len(waiting) == before[2].count(TrialState.WAITING)
    result = ikura.resume("s", store=second)
    same_history(result.trials, through.trials)
    assert result.outcome.best == through.outcome.best


def test_what_optuna_trained_since_the_export_is_not_lost(tune, tmp_path):
    def stop(event):
        if isinstance(event, RoundBegan) and event.round == 1:
            raise KeyboardInterrupt

    storage = f"sqlite:///{tmp_path / 'optuna.db'}"
    with pytest.raises(KeyboardInterrupt):
        tune(tmp_path / "s.db", trials=12, epochs=2, watch=stop)
    with open_store(str(tmp_path / "s.db")) as store:
        record, _, history = read_whole(store, "s")
        to_optuna(record, history, storage)
    study = optuna.load_study(study_name="s", storage=storage)
    study.optimize(lambda trial: 0.987 if trial.suggest_categorical("optimizer", ("momentum", "adam")) else 0.0, 1)
    with open_store(str(tmp_path / "back.db")) as store:
        from_optuna(storage, None).write(store, "s")
        record, _, back = read_whole(store, "s")
    assert np.nanmax(back.final("dev_accuracy")) == np.float32(0.987)
    assert record.settings.sampler == "optuna"


CHANGES = [
    ("study", "$.settings", "'x'"),
    ("study", "$.settings.epochs", "-1"),
    ("study", "$.settings.objective", "json('[\"x\"]')"),
    ("study", "$.space", "5"),
    ("study", "$.outcome", "json('{}')"),
    ("study", "$.regions", "json('[{}]')"),
    ("trial", "$.curves", "'x'"),
    ("trial", "$.curves.mean_error", "json('[1.0]')"),
    ("trial", "$.curves.mean_error", 'json(\'["1.0", "1.0"]\')'),
    ("trial", "$.state", "'x'"),
    ("trial", "$.round", "'x'"),
    ("trial", "$.round", "99"),
    ("trial", "$.config", "json('{\"other\": 1}')"),
    ("trial", "$.error", "5"),
    ("trial", "$.target", "'x'"),
    ("trial", "$.edits", "'x'"),
    ("trial", "$.edits", 'json(\'[{"epoch": 1, "config": {}, "source": [99, 1]}]\')'),
]


@pytest.mark.parametrize(("where", "place", "value"), CHANGES, ids=[f"{change[0]}{change[1]}" for change in CHANGES])
def test_a_study_that_was_changed_on_the_way_is_refused(storage, where, place, value):
    change(
        storage,
        f"UPDATE {where}_user_attributes SET value_json = json_set(value_json, '{place}', {value}) WHERE key = 'ikura'"
        + (" AND trial_id = 4" if where == "trial" and place == "$.round" else ""),
    )
    with pytest.raises(SettingError) as error:
        from_optuna(storage, "s")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE alembic_version SET version_num = 'v9.9.a'",
        "UPDATE trial_params SET distribution_json = 'x'",
        "UPDATE trials SET state = 'LOST'",
        "UPDATE trial_user_attributes SET value_json = 'x' WHERE key = 'ikura'",
        "UPDATE study_user_attributes SET value_json = '{}' WHERE key = 'ikura'",
        "DROP TABLE version_info",
    ],
)
def test_a_storage_that_was_changed_gets_one_line(statement, storage):
    change(storage, statement)
    with pytest.raises(SettingError) as error:
        from_optuna(storage, None)
    assert "\n" not in str(error.value)


def change(storage, statement):
    with closing(sqlite3.connect(storage.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize("step", ["write", "add_event", "set_status"])
def test_of_an_import_that_fails_nothing_is_left(step, storage, tmp_path, monkeypatch):
    with open_store(str(tmp_path / "s.db")) as store:
        monkeypatch.setattr(type(store), step, lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            from_optuna(storage, None).write(store, "s")
        assert store.studies() == []


def test_which_study(storage):
    optuna.create_study(study_name="other", storage=storage)
    assert from_optuna(storage, "s").name == "s"
    with pytest.raises(SettingError, match="which study is not said; the storage has 's', 'other': give --study"):
        from_optuna(storage, None)
    with pytest.raises(SettingError, match=r"no study 'x'; the storage has .*'other'"):
        from_optuna(storage, "x")
