"""Studies that go on in another space, or with more trials."""

import signal
import subprocess
import sys

import numpy as np
import pytest

import ikura
from ikura.records import Earlier
from ikura.space import Choice, Float, Int, Space
from ikura.store import open_store, read_whole
from ikura.study import ResultsStored
from ikura.train.checkpoints import Snapshots

BEFORE = Space(learning_rate=Float(1e-3, 0.1, scale="log"), optimizer=Choice("adam", "momentum"))
AFTER = Space(
    learning_rate=Float(1e-2, 2.0, scale="log"),
    optimizer=Choice("adam", "sgd"),
    weight_decay=Float(1e-6, 1e-2, scale="log"),
    activation=Choice("gelu", "tanh"),
)
BUDGET = {"trials": 16, "epochs": 10, "schedule": "full"}


def stopping(after):
    """A watcher that stops a study once so many trials are over."""

    def watch(event):
        if isinstance(event, ResultsStored) and event.over >= after:
            raise KeyboardInterrupt

    return watch


def begin(store, name="s", after=6, **arguments):
    with pytest.raises(KeyboardInterrupt):
        ikura.tune("iris", space=BEFORE, name=name, store=store, watch=stopping(after), **BUDGET | arguments)


def stored(store, name="s"):
    with open_store(store) as opened:
        return read_whole(opened, name)


def same(one, other):
    assert one.best == other.best
    assert one.trials.trials == other.trials.trials
    assert one.trials.edits == other.trials.edits
    for name, curve in one.trials.curves.items():
        assert curve.tobytes() == other.trials.curves[name].tobytes()


@pytest.mark.parametrize("sampler", ["tpe", "cma-es", "qmc"])
def test_samplers_of_optunas_go_on_in_another_space(sampler, tmp_path):
    results = []
    for stopped in (False, True):
        store = str(tmp_path / f"{stopped}.db")
        begin(store, sampler=sampler, rounds=8, after=6)
        if stopped:
            with pytest.raises(KeyboardInterrupt):
                ikura.resume("s", store=store, space=AFTER, trials=24, watch=stopping(12))
            results.append(ikura.resume("s", store=store))
        else:
            results.append(ikura.resume("s", store=store, space=AFTER, trials=24))
    same(*results)
    history = results[0].trials
    assert len(history.trials) == 24
    # Of before are values beyond the new bounds, and an option that is left out.
    before = [trial.config for trial in history.trials if trial.round < results[0].study.settings.earlier[0].until]
    assert any(config["optimizer"] == "momentum" for config in before)
    for trial in history.trials[len(before) :]:
        AFTER.check(trial.config)


@pytest.mark.parametrize("schedule", ["full", "halving", "pbt"])
def test_a_study_goes_on_in_another_space_and_a_kill_changes_nothing(schedule, tmp_path):
    results = []
    for killed in (False, True):
        store = str(tmp_path / f"{killed}.db")
        begin(store, schedule=schedule, rounds=2, sampler="coarse-to-fine", after=4 if schedule != "pbt" else 8)
        known = stored(store)[2]
        if killed:
            with pytest.raises(KeyboardInterrupt):
                ikura.resume("s", store=store, space=AFTER, trials=24, watch=stopping(9))
            results.append(ikura.resume("s", store=store))
        else:
            results.append(ikura.resume("s", store=store, space=AFTER, trials=24))
    same(*results)
    history, made = results[0].trials, len(known.trials)
    assert len(history.trials) == 24
    for old, new in zip(known.trials, history.trials[:made], strict=True):
        # As it was in force, and in no other way another.
        assert new.config == {**old.config, "weight_decay": 0.0, "activation": "relu"}
    for trial in history.trials[made:]:
        AFTER.check(trial.config)
    (earlier,) = results[0].study.settings.earlier
    assert earlier == Earlier(known.next_round, 16, BEFORE.to_toml())
    assert results[0].study.space == AFTER.to_toml()
    page = results[0].page()
    assert f"The study was changed before round {known.next_round + 1}: 24 trials (before: 16); learning_rate" in page


def test_killed_after_the_change_it_ends_with_the_same_numbers(spawn, tmp_path):
    code = """
import os, signal, sys, ikura, ikura.study
def watch(event):
    if isinstance(event, ikura.study.ResultsStored) and event.over >= 9:
        os.kill(os.getpid(), signal.SIGKILL)
ikura.resume("s", store="killed.db", space=ikura.Space.from_toml(sys.stdin.read()), trials=24, watch=watch)
"""
    results = []
    for name in ("whole", "killed"):
        store = str(tmp_path / f"{name}.db")
        begin(store, rounds=2, after=4)
        if name == "whole":
            results.append(ikura.resume("s", store=store, space=AFTER, trials=24))
        else:
            process = spawn([sys.executable, "-c", code], cwd=tmp_path, stdin=subprocess.PIPE)
            process.communicate(AFTER.to_toml())
            assert process.returncode == -signal.SIGKILL
            assert len(stored(store)[2].trials) < 24
            results.append(ikura.resume("s", store=store))
    same(*results)


@pytest.mark.parametrize("sampler", ["random", "sobol"])
def test_more_trials_alone_go_on_in_the_samplers_sequence(sampler, tmp_path):
    store = str(tmp_path / "s.db")
    begin(store, sampler=sampler, trials=8, after=3)
    grown = ikura.resume("s", store=store, trials=12)
    whole = ikura.tune("iris", space=BEFORE, name="w", store=store, **BUDGET | {"trials": 12, "sampler": sampler})
    assert [t.config for t in grown.trials.trials] == [t.config for t in whole.trials.trials]
    assert grown.trials.curves["dev_loss"].tobytes() == whole.trials.curves["dev_loss"].tobytes()


def test_another_space_draws_other_values_of_what_stays(tmp_path):
    store = str(tmp_path / "s.db")
    begin(store, sampler="sobol", trials=8, after=3)
    wider = Space(**{**BEFORE.dimensions, "hidden_units": Int(4, 8)})
    history = ikura.resume("s", store=store, space=wider, trials=16).trials
    rates = [trial.config["learning_rate"] for trial in history.trials]
    assert len(set(rates)) == 16


def test_what_was_trained_on_its_way_goes_on_from_there(tmp_path, monkeypatch):
    known = []
    keep = Snapshots.keep
    monkeypatch.setattr(Snapshots, "keep", lambda self, *kept: (known.append(kept), keep(self, *kept))[1])
    store = str(tmp_path / "s.db")
    begin(store, after=3)
    ikura.resume("s", store=store, space=AFTER)
    # The searches' two: snapshots are of use to whoever looks in their folder under their name.
    searches = [kept for kept in known if kept[0].name == "search"]
    assert len(searches) == 2
    assert searches[0] == searches[1]


def test_a_narrower_space_keeps_what_lies_outside(tmp_path):
    store = str(tmp_path / "s.db")
    begin(store, sampler="random", trials=12)
    narrow = BEFORE.narrow({"learning_rate": (0.01, 0.02), "optimizer": ["adam"]})
    known = stored(store)[2]
    result = ikura.resume("s", store=store, space=narrow, trials=20)
    assert result.trials.trials[: len(known.trials)] == known.trials
    rates = [trial.config["learning_rate"] for trial in result.trials.trials[len(known.trials) :]]
    assert all(0.01 <= rate <= 0.02 for rate in rates)
    # The page shows all of them where they are.
    assert "0.00" in result.page()


REFUSED = {
    "fewer trials": ({"trials": 8}, "trials: 8 is given, and s has 16; a study that goes on can only have more"),
    "no space": ({"space": "wider.toml"}, "space: str is given; it must be an ikura.Space"),
    "a dimension that goes": (
        {"space": Space(learning_rate=Float(1e-3, 0.1))},
        "optimizer: is not in the new space; a dimension of a study stays",
    ),
    "no dial": (
        {"space": Space(**{**BEFORE.dimensions, "learning_rat": Float(0.1, 0.2)})},
        "learning_rat: the built-in network has no such hyperparameter",
    ),
}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A store with a study that was stopped."""
    store = str(tmp_path_factory.mktemp("stopped") / "s.db")
    begin(store)
    return store


@pytest.mark.parametrize("what", REFUSED)
def test_a_mistake_gets_one_line_and_changes_nothing(what, stopped):
    given, line = REFUSED[what]
    before = stored(stopped)
    with pytest.raises(ikura.IkuraError) as refused:
        ikura.resume("s", store=stopped, **given)
    assert str(refused.value).startswith(line)
    record, space, history = stored(stopped)
    assert (record.settings, record.space, space) == (before[0].settings, before[0].space, before[1])
    assert history.trials == before[2].trials


def test_of_training_code_nobody_knows_what_a_new_dimension_was(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    space = Space(x=Float(0.0, 0.2))

    def train(trial):
        return trial.config["x"] + trial.config.get("y", 0.0)

    first = ikura.tune(train, space=space, trials=4, name="s", store="s.db", direction="minimize")
    with pytest.raises(ikura.SettingError, match=r"^y: is new in the space, and what it was in the 4 trials of before"):
        ikura.resume("s", train=train, store="s.db", space=Space(x=Float(0.0, 1.0), y=Float(0, 1)), trials=8)
    with pytest.raises(ikura.SettingError, match=r"^space: all 4 trials of s are made; none would be drawn from"):
        ikura.resume("s", train=train, store="s.db", space=Space(x=Float(0.0, 1.0)))
    # A complete study goes on where nothing was tested; what exists only now is no matter.
    conditional = Space(x=Float(-1.0, 1.0), kind=Choice("a"))
    with pytest.raises(ikura.SettingError, match=r"^kind: is new in the space"):
        ikura.resume("s", train=train, store="s.db", space=conditional, trials=8)
    assert ikura.load("s", store="s.db").best == first.best
    result = ikura.resume("s", train=train, store="s.db", space=Space(x=Float(-1.0, 1.0)), trials=8)
    assert result.trials.trials[:4] == first.trials.trials
    assert (result.outcome.trials, result.outcome.resumed) == (8, 4)
    assert result.best.config["x"] < 0.0
    assert ikura.load("s", store="s.db").best == result.best


def test_what_was_tested_is_over(tmp_path):
    store = str(tmp_path / "s.db")
    ikura.tune("iris", space=BEFORE, name="s", store=store, trials=2, epochs=1, sampler="random")
    with pytest.raises(ikura.SettingError, match=r"^trials: s is complete, and its test part was used; "):
        ikura.resume("s", store=store, trials=8)


def test_a_grid_is_of_one_space(tmp_path):
    store = str(tmp_path / "s.db")
    begin(store, sampler="grid", after=2)
    with pytest.raises(ikura.SettingError, match=r"^space: s tries a grid, which is every combination of one space"):
        ikura.resume("s", store=store, space=AFTER)


def test_a_search_whose_time_was_over_begins_no_trial(tmp_path):
    store = str(tmp_path / "s.db")

    def stop(event):
        if isinstance(event, ikura.study.FinalsBegan):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ikura.tune("iris", space=BEFORE, name="s", store=store, timeout=1e-9, watch=stop, **BUDGET)
    with pytest.raises(ikura.SettingError, match=r"^s: its search ended when its time was over"):
        ikura.resume("s", store=store, space=AFTER, trials=20)


def test_a_changed_study_is_no_other_arguments(tmp_path):
    store = str(tmp_path / "s.db")
    begin(store, sampler="random")
    with pytest.raises(KeyboardInterrupt):
        ikura.resume("s", store=store, space=AFTER, trials=20, watch=stopping(8))
    with pytest.raises(ikura.SettingError, match=r"^s: it was changed since"):
        ikura.tune("iris", space=AFTER, name="s", store=store, resume=True, sampler="random", epochs=10, trials=20)


def test_two_changes_without_a_round_between_are_one(tmp_path):
    store = str(tmp_path / "s.db")
    begin(store, sampler="random", trials=6, after=3)
    for trials in (10, 14):
        with pytest.raises(KeyboardInterrupt):
            ikura.resume("s", store=store, trials=trials, watch=lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    (earlier,) = stored(store)[0].settings.earlier
    assert (earlier.until, earlier.trials) == (1, 6)
    assert np.isfinite(ikura.resume("s", store=store).value)
