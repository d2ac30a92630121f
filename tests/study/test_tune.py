"""The public facade, with the real engine on a small problem."""

import json
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import numpy as np
import optuna
import pandas as pd
import pytest
from scipy import stats

import ikura
from ikura.data import prepare
from ikura.evaluators import fused
from ikura.evaluators.fused import FusedEvaluator
from ikura.records import Outcome, Proposal, Region, Span, TrialState
from ikura.schedulers import SuccessiveHalving
from ikura.store import open_store, read_whole
from ikura.store.sql import SqlStore
from ikura.study import Began, Finished, ResultsStored
from ikura.tasks import CLASSIFICATION

METRICS = [metric.name for metric in CLASSIFICATION.metrics]

SPACE = ikura.Space(
    learning_rate=ikura.Float(1e-3, 1.0, scale="log"),
    optimizer=ikura.Choice("momentum", "adam"),
    hidden_units=ikura.Int(4, 16),
)


def parts(test_labels=None):
    """The user's own split of three overlapping clouds."""
    rng = np.random.default_rng(0)

    def part(count):
        y = np.arange(count) % 3
        return (rng.normal(size=(count, 4)) + 1.5 * y[:, None]).astype(np.float32), y

    split = {"train": part(120), "dev": part(45), "test": part(45)}
    if test_labels is not None:
        split["test"] = split["test"][0], test_labels(split["test"][1])
    return split


def tune(data=None, **arguments):
    given = {"space": SPACE, "trials": 12, "epochs": 4, "rounds": 3} | arguments
    return ikura.tune(parts() if data is None else data, **given)


def gain(y_true, y_pred):
    return float((y_true == y_pred).mean())


def change_settings(store, name, value):
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE studies SET settings = json_set(settings, ?, ?)", (f"$.{name}", value))


def without_clock(outcome):
    timed = ("seconds", "trials_per_second", "programs", "resumed", "model")
    return {name: value for name, value in outcome.to_json().items() if name not in timed}


def same_numbers(one, other):
    assert one.trials.trials == other.trials.trials
    assert one.trials.states == other.trials.states
    assert one.trials.regions == other.trials.regions
    assert one.trials.edits == other.trials.edits
    for metric in METRICS:
        assert one.trials.curves[metric].tobytes() == other.trials.curves[metric].tobytes()
    assert without_clock(one.outcome) == without_clock(other.outcome)
    x = parts()["test"][0]
    assert one.model.predict_proba(x).tobytes() == other.model.predict_proba(x).tobytes()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return str(tmp_path_factory.mktemp("store") / "studies.db")


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("out")


@pytest.fixture(scope="module")
def events():
    return []


@pytest.fixture(scope="module")
def result(store, out, events):
    return tune(name="clouds", store=store, out=out, reference_error=0.02, watch=events.append)


def test_the_result_has_the_answer(result):
    assert result.best.number == result.outcome.best.number
    SPACE.check(result.best.config)
    assert result.test_accuracy > 0.5
    low, high = result.test_interval
    assert low < result.test_accuracy < high
    x, y = parts()["test"]
    assert (result.model.predict(x) == y).mean() == result.test_accuracy
    assert result.outcome.trials == 12


def test_the_history_is_a_frame_with_a_row_for_each_trial(result):
    frame = result.history()
    assert isinstance(frame, pd.DataFrame)
    assert frame.index.tolist() == list(range(12))
    assert {"round", "state", "learning_rate", "optimizer", "hidden_units", *METRICS} <= set(frame.columns)
    assert frame["round"].tolist() == [0] * 4 + [1] * 4 + [2] * 4


def test_the_outcome_is_kept_as_json(result, store):
    with open_store(store) as opened:
        study = opened.study("clouds")
    assert study.status == "complete"
    assert study.outcome == result.outcome == Outcome.from_json(json.loads(json.dumps(result.outcome.to_json())))


def test_whoever_watches_sees_it_from_beginning_to_end(result, events):
    assert isinstance(events[0], Began)
    assert isinstance(events[-1], Finished)
    assert max(h.over for h in events if isinstance(h, ResultsStored)) == 12


def test_model_and_report_are_left_behind(result, out):
    assert {path.name for path in (out / "clouds").iterdir()} == {"model.safetensors", "model.json", "report.html"}
    x = parts()["test"][0]
    assert ikura.load_model(out / "clouds").predict_proba(x).tobytes() == result.model.predict_proba(x).tobytes()


def test_the_report_can_be_written_elsewhere(result, tmp_path):
    path = result.report(tmp_path / "report.html")
    assert "clouds" in path.read_text(encoding="utf-8")


def test_the_reference_error_is_kept_and_the_report_holds_the_training_error_against_it(result, out):
    assert result.study.settings.reference_error == 0.02
    page = (out / "clouds" / "report.html").read_text(encoding="utf-8")
    assert "avoidable bias" in page
    assert "train − reference" in page


def test_the_value_has_the_interval_of_the_finals(result):
    low, high = result.value_interval
    assert low < result.value < high
    seeds = result.outcome.winner.replicates["dev_accuracy"]
    assert (low, high) == pytest.approx(stats.t.interval(0.95, 3, np.mean(seeds), stats.sem(seeds)))


def test_the_same_again_gives_the_same_numbers(result, tmp_path):
    same_numbers(result, tune(name="again", store=str(tmp_path / "again.db")))


class TestPromiseThree:
    """The test set is touched once, for the configuration that was chosen."""

    def test_other_test_labels_change_nothing_but_the_test(self, result, tmp_path):
        other = tune(parts(lambda y: (y + 1) % 3), store=str(tmp_path / "other.db"))
        assert other.outcome.test != result.outcome.test
        assert other.outcome.finalists == result.outcome.finalists
        assert other.trials.trials == result.trials.trials
        x = parts()["test"][0]
        assert other.model.predict_proba(x).tobytes() == result.model.predict_proba(x).tobytes()

    def test_the_network_sees_the_test_examples_once(self, tmp_path, monkeypatch):
        seen = []
        outputs = ikura.Model.outputs

        def counted(self, inputs):
            seen.append(inputs.tobytes())
            return outputs(self, inputs)

        monkeypatch.setattr(ikura.Model, "outputs", counted)
        tune(store=str(tmp_path / "once.db"))
        data = prepare(parts(), seed=0)
        # A network of the finals sees the others, to tell bias from variance.
        assert seen[0] == data.test.x.tobytes()
        assert b"".join(seen[1:4])[: data.train.x.nbytes] == data.train.x.tobytes()
        assert seen[4:] == [data.dev.x.tobytes()]


def test_the_winner_is_trained_on_the_training_and_dev_examples_together(tmp_path, monkeypatch):
    lengths = []
    prepared = fused.Workload

    def counting(network, dataset, *others):
        lengths.append(len(dataset.train.y))
        return prepared(network, dataset, *others)

    monkeypatch.setattr(fused, "Workload", counting)
    tune(trials=2, rounds=None, store=str(tmp_path / "counted.db"))
    assert lengths == [120, 120 + 45]


class Interrupter:
    """Presses Ctrl-C when so many trials are stored."""

    def __init__(self, after):
        self._after = after

    def __call__(self, event):
        if isinstance(event, ResultsStored) and event.over >= self._after:
            raise KeyboardInterrupt


class TestResume:
    def test_an_interrupted_study_ends_with_the_same_numbers(self, result, store):
        with pytest.raises(KeyboardInterrupt):
            tune(name="stopped", store=store, watch=Interrupter(8))
        with open_store(store) as opened:
            assert opened.study("stopped").status == "interrupted"
        same_numbers(result, ikura.resume("stopped", data=parts(), store=store))

    def test_a_study_that_is_running_is_not_resumed_by_another(self, result, store):
        refused = []

        def watch(event):
            if isinstance(event, ResultsStored):
                with pytest.raises(ikura.StoreError, match=r"'guarded' is being written by process \d+ on .* since "):
                    ikura.resume("guarded", data=parts(), store=store)
                refused.append(event)

        same_numbers(result, tune(name="guarded", store=store, watch=watch))
        assert refused

    def test_a_study_stopped_when_it_had_just_been_completed_stays_complete(self, store, monkeypatch):
        finish = SqlStore.finish

        def finish_and_stop(self, name, outcome):
            finish(self, name, outcome)
            raise KeyboardInterrupt

        monkeypatch.setattr(SqlStore, "finish", finish_and_stop)
        with pytest.raises(KeyboardInterrupt):
            tune(name="just", store=store)
        with open_store(store) as opened:
            assert opened.study("just").status == "complete"
            assert opened.events("just") == []

    def test_a_study_whose_process_was_killed_ends_with_the_same_numbers(self, spawn, tmp_path):
        np.savez(
            tmp_path / "clouds.npz",
            **{f"{a}_{p}": v for p, pair in parts().items() for a, v in zip("xy", pair, strict=True)},
        )
        code = """
import sys, ikura, ikura.study, test_space
stored = 0
def watch(event):
    global stored
    stored += isinstance(event, ikura.study.ResultsStored)
    if stored == 3:
        print("three", flush=True)
        sys.stdin.read()
ikura.tune("clouds.npz", space=test_space.SPACE, trials=12, epochs=4, rounds=3, name="killed", store="k.db",
    watch=watch)
"""
        (tmp_path / "test_space.py").write_text(
            f"import ikura\nSPACE = ikura.Space.from_toml('''{SPACE.to_toml()}''')\n"
        )
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(tmp_path)])}
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        process = spawn([sys.executable, "-c", code], cwd=tmp_path, env=environment, **streams)
        assert process.stdout.readline() == "three\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        store = str(tmp_path / "k.db")
        with open_store(store) as opened:
            assert opened.history("killed").count(TrialState.COMPLETE) >= 5
        resumed = ikura.resume("killed", store=store)
        whole = tune(tmp_path / "clouds.npz", name="whole", store=store)
        same_numbers(resumed, whole)

    @pytest.mark.parametrize("sampler", ["tpe", "cma-es", optuna.samplers.NSGAIISampler(population_size=4)])
    def test_a_search_by_optunas_samplers_goes_on_as_if_it_had_never_stopped(self, sampler, tmp_path):
        store = str(tmp_path / "s.db")
        arguments = {"sampler": sampler, "trials": 20, "epochs": 1, "rounds": 5, "space": SPACE, "store": store}
        whole = ikura.tune(parts(), name="whole", **arguments)
        with pytest.raises(KeyboardInterrupt):
            ikura.tune(parts(), name="stopped", watch=Interrupter(9), **arguments)
        with open_store(store) as opened:
            assert 4 < len(opened.history("stopped").trials) < 20
        own = {} if isinstance(sampler, str) else {"sampler": sampler}
        resumed = ikura.resume("stopped", data=parts(), store=store, **own)
        same_numbers(resumed, whole)
        assert [trial.round for trial in resumed.trials.trials] == [number // 4 for number in range(20)]
        assert whole.study.settings.rounds == 5
        assert whole.study.settings.versions["optuna"] == optuna.__version__

    def test_only_an_unfinished_study_can_be_resumed(self, result, store):
        with pytest.raises(ikura.SettingError, match="clouds: this study is complete"):
            ikura.resume("clouds", data=parts(), store=store)

    def test_data_from_python_must_be_given_again_and_be_the_same(self, store):
        with pytest.raises(KeyboardInterrupt):
            tune(name="arrays", store=store, watch=Interrupter(1))
        with pytest.raises(ikura.SettingError, match="give it again"):
            ikura.resume("arrays", store=store)
        with pytest.raises(ikura.SettingError, match="has changed"):
            ikura.resume("arrays", data=parts(lambda y: y[::-1]), store=store)


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory):
    """A study of each schedule, 1 epoch to the first rung and between copies."""
    folder = tmp_path_factory.mktemp("scheduled")
    arguments = {"trials": 12, "epochs": 9, "sampler": "random", "rounds": None, "min_epochs": 1}
    return {
        schedule: tune(schedule=schedule, store=folder / f"{schedule}.db", name=schedule, **arguments)
        for schedule in ("halving", "hyperband", "median", "patience", "pbt")
    }


class TestSchedules:
    def test_halving_trains_few_to_the_end_and_the_winner_is_one_of_them(self, scheduled):
        result = scheduled["halving"]
        assert sorted(result.trials.epochs.tolist()) == [1] * 8 + [3] * 3 + [9]
        assert result.trials.states[result.best.number] is TrialState.COMPLETE
        assert (result.outcome.stopped, result.outcome.epochs_trained) == (11, 8 + 9 + 9)
        assert result.history()["epochs"].tolist() == result.trials.epochs.tolist()
        assert "halving" in result.page()

    def test_the_trials_that_go_on_have_the_bits_of_a_full_search(self, scheduled, tmp_path):
        full = tune(trials=12, epochs=9, sampler="random", rounds=None, store=tmp_path / "full.db")
        halving = scheduled["halving"].trials
        for number, epochs in enumerate(halving.epochs):
            for metric in METRICS:
                one, other = halving.curves[metric][number, :epochs], full.trials.curves[metric][number, :epochs]
                assert one.tobytes() == other.tobytes()

    def test_a_population_changes_on_the_way_and_its_winner_is_trained_that_way_again(self, scheduled):
        result = scheduled["pbt"]
        assert result.trials.epochs.tolist() == [9] * 12
        assert result.trials.edits
        assert result.outcome.best.config == result.trials.config(result.outcome.best.number)
        assert result.model.config["learning_rate"] == result.outcome.best.config["learning_rate"]
        assert result.page()

    @pytest.mark.parametrize(
        ("schedule", "after"),
        [
            *[("halving", after) for after in (1, 13)],
            *[("pbt", after) for after in (1, 13, 30)],
            *[(schedule, 30) for schedule in ("hyperband", "median", "patience")],
        ],
    )
    def test_a_stopped_study_ends_with_the_same_numbers(self, scheduled, schedule, after, tmp_path):
        def stop(event):
            if isinstance(event, ResultsStored) and event.epochs >= after:
                raise KeyboardInterrupt

        arguments = {"trials": 12, "epochs": 9, "sampler": "random", "rounds": None, "min_epochs": 1}
        store = tmp_path / "s.db"
        if after < scheduled[schedule].outcome.epochs_trained:
            with pytest.raises(KeyboardInterrupt):
                tune(schedule=schedule, store=store, name=schedule, watch=stop, **arguments)
            same_numbers(ikura.resume(schedule, data=parts(), store=store), scheduled[schedule])

    def test_a_study_that_goes_on_plans_no_epochs_of_trials_that_were_stopped(self, scheduled, tmp_path):
        def stop(event):
            if isinstance(event, ResultsStored) and event.stopped:
                raise KeyboardInterrupt

        arguments = {"trials": 12, "epochs": 9, "sampler": "random", "rounds": None, "min_epochs": 1}
        store, seen = tmp_path / "s.db", []
        with pytest.raises(KeyboardInterrupt):
            tune(schedule="median", store=store, name="s", watch=stop, **arguments)
        result = ikura.resume("s", data=parts(), store=store, watch=seen.append)
        (began,) = [event for event in seen if isinstance(event, Began)]
        assert began.is_bound
        assert result.outcome.epochs_trained <= began.epochs < 12 * 9
        assert result.outcome.epochs_trained == scheduled["median"].outcome.epochs_trained

    @pytest.mark.parametrize("sampler", ["random", "coarse-to-fine"])
    def test_asha_ends_all_trials_whatever_the_sampler_is(self, sampler, tmp_path):
        arguments = {"trials": 18, "epochs": 9, "sampler": sampler, "rounds": None, "store": tmp_path / "asha.db"}
        result = tune("iris", schedule="asha", **arguments)
        history = result.trials
        assert len(history.trials) == 18
        assert {*map(str, history.states)} == {"complete", "stopped"}
        assert sorted(set(history.epochs.tolist())) == [1, 3, 9]
        assert (history.epochs >= 3).sum() >= 18 // 3
        assert history.count(TrialState.COMPLETE) >= 18 // 9
        assert history.states[result.best.number] is TrialState.COMPLETE
        assert "of whatever round" in result.page()

    def test_folds_are_judged_together(self, tmp_path):
        arguments = {"trials": 6, "epochs": 6, "sampler": "random", "rounds": None, "store": tmp_path / "folds.db"}
        result = tune("iris", schedule="median", folds=2, **arguments)
        assert {*map(str, result.trials.states)} == {"complete", "stopped"}
        assert result.outcome.epochs_trained == result.trials.epochs.sum() < 36

    def test_other_settings_of_a_schedule_are_refused(self, tmp_path):
        store, halving = tmp_path / "s.db", {"schedule": "halving", "epochs": 9, "name": "s"}
        with pytest.raises(KeyboardInterrupt):
            tune(store=store, watch=Interrupter(1), **halving)
        with pytest.raises(ikura.SettingError, match="reduction: 's' was begun with 3, and 2 is given"):
            tune(store=store, reduction=2, resume=True, **halving)
        with pytest.raises(ikura.SettingError, match="schedule: 's' was begun with halving, and pbt is given"):
            tune(store=store, resume=True, **halving | {"schedule": "pbt"})

    @pytest.mark.parametrize(("what", "value"), [("trials", 10**12), ("epochs", 0)])
    def test_settings_that_no_study_can_have_are_not_gone_on_with(self, tmp_path, what, value):
        store = tmp_path / "s.db"
        with pytest.raises(KeyboardInterrupt):
            tune(store=store, watch=Interrupter(1), name="s")
        change_settings(store, what, value)
        with pytest.raises(ikura.StoreError, match=rf"study 's': {what} is {value:,} in its settings, where "):
            ikura.resume("s", data=parts(), store=store)


class Unready:
    """A network that reads a hyperparameter which no space here has."""

    def init(self, key, config):
        return ikura.Variables(np.zeros((4, config["units"]), np.float32))

    def apply(self, variables, inputs, config, *, train, key):
        return inputs @ variables.params, variables


class Plain(Unready):
    """Softmax regression, without a hyperparameter of its own."""

    def init(self, key, config):
        return ikura.Variables(np.zeros((4, 3), np.float32))


def test_whole_numbers_of_any_type_are_taken_and_a_network_of_the_users_own_has_a_space(tmp_path):
    store = str(tmp_path / "numpy.db")
    counts = {"trials": np.int64(2), "epochs": np.uint8(1), "seed": np.int32(3), "rounds": np.int64(2)}
    study = tune(network=Plain(), space=None, store=store, **counts).study
    assert {name: getattr(study.settings, name) for name in counts} == {
        "trials": 2,
        "epochs": 1,
        "seed": 3,
        "rounds": 2,
    }
    assert "hidden" not in study.space
    assert "learning_rate" in study.space


def test_a_network_whose_name_was_not_kept_is_taken_for_the_same(tmp_path):
    arguments = {"network": Plain(), "space": None, "trials": 4, "epochs": 2, "name": "s", "store": tmp_path / "s.db"}
    with pytest.raises(KeyboardInterrupt):
        tune(watch=Interrupter(1), **arguments)
    change_settings(arguments["store"], "network", "unknown")
    with pytest.raises(ikura.SettingError, match="network: 's' was begun with unknown, and mlp is given"):
        tune(resume=True, **arguments | {"network": None, "space": ikura.Space(learning_rate=ikura.Float(0.1, 1.0))})
    assert tune(resume=True, **arguments).study.settings.network == "unknown"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"trials": 0}, "trials: 0"),
        (
            {"schedule": SuccessiveHalving(9)},
            "it must be the name of one, full, halving, hyperband, asha, median, patience or pbt: give that, with ",
        ),
        ({"epochs": -1}, "epochs: -1"),
        ({"seed": -1}, "seed: -1"),
        ({"trials": 2.5}, "trials: 2.5"),
        ({"trials": True}, "trials: True"),
        ({"trials": np.float64(3)}, "trials: np.float64(3.0)"),
        ({"network": Unready()}, "network: init reads 'units', which is not in the configuration"),
        ({"network": Unready(), "space": None}, "network: init reads 'units', which is not in the configuration"),
        ({"epochs": 10_001}, "epochs: 10001 is given"),
        ({"space": {"learning_rate": 0.1}}, "space: dict is given"),
        ({"network": "mlp"}, "network: str has no init and apply"),
        ({"reference_error": -0.1}, "reference_error: -0.1 is given; it must be a number from 0"),
        ({"reference_error": "2 %"}, "reference_error: '2 %' is given; it must be a number from 0"),
        (
            {"reference_error": 2},
            "reference_error: 2.0 is given; of dev accuracy, which is 1 at best, it is what lacks",
        ),
        (
            {"reference_error": 0.1, "metric": gain, "direction": "maximize"},
            "reference_error: 0.1 is given; of a metric of your own",
        ),
        ({"sampler": 3}, "sampler: 3 has no propose"),
        ({"schedule": "fastest"}, "schedule: 'fastest' is unknown"),
        ({"schedule": 3}, "schedule: 3 is given; it must be the name of one"),
        ({"reduction": 3}, "reduction: 3 is given, but full has none"),
        ({"schedule": "halving", "reduction": 1}, "reduction: 1"),
        ({"schedule": "halving", "min_epochs": 9}, "min_epochs is 9"),
        ({"schedule": "pbt", "min_epochs": 0}, "min_epochs: 0"),
        ({"sampler": "grid", "rounds": None, "trials": 2}, "grid"),
        ({"out": "/proc/nowhere/at/all"}, "out: /proc"),
        ({"sampler": "genetic"}, "sampler: 'genetic' is unknown"),
        ({"sampler": "random"}, "rounds: 3 is given, but random has no rounds"),
        ({"name": ""}, "name"),
        ({"name": 5}, "name: 5 is of type int; it must be a str"),
        ({"out": 5}, "out: 5 is of type int; it must be a str or Path"),
        ({"watch": 5}, "watch: 5"),
        ({"out": __file__}, "is not a folder"),
        ({"store": "nowhere/studies.txt"}, "store"),
        ({"target": "kind"}, "target"),
        ({"space": ikura.Space(learning_rate=ikura.Float(0.0, 1.0))}, "learning_rate: 0.0"),
    ],
)
def test_a_mistake_gets_one_line_and_leaves_nothing_behind(arguments, words, tmp_path):
    store = str(tmp_path / "empty.db")
    with pytest.raises(ikura.IkuraError) as caught:
        tune(**{"store": store} | arguments)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    with open_store(store) as opened:
        assert opened.studies() == []


def test_results_are_never_overwritten(result, out, tmp_path):
    with pytest.raises(ikura.SettingError, match="never overwritten"):
        tune(name="clouds", store=str(tmp_path / "other.db"), out=out)


def test_the_model_can_be_saved_and_predicts_from_a_file(result, tmp_path):
    loaded = ikura.load_model(result.save(tmp_path / "model"))
    np.savez(tmp_path / "new.npz", x=parts()["test"][0])
    expected = result.model.predict(parts()["test"][0])
    assert loaded.predict(tmp_path / "new.npz").tolist() == expected.tolist()
    (tmp_path / "file").write_text("")
    with pytest.raises(ikura.SettingError, match=r"save: .* cannot be written"):
        result.save(tmp_path / "file")
    with pytest.raises(ikura.SettingError, match=r"report: .* cannot be written"):
        result.report(tmp_path / "none" / "report.html")


def test_a_model_is_written_again_but_not_over_another_studys(result, tmp_path):
    other = tune(store=tmp_path / "other.db", name="other", trials=2, epochs=1, rounds=None)
    assert result.save(result.save(tmp_path / "model")) == tmp_path / "model"
    with pytest.raises(ikura.SettingError, match="holds the model of another study"):
        other.save(tmp_path / "model")
    (tmp_path / "model" / "model.json").write_text("{")
    assert ikura.load_model(other.save(tmp_path / "model")).config == other.model.config


@pytest.mark.parametrize("method", ["save", "report", "export"])
def test_a_place_is_a_path(method, result):
    with pytest.raises(ikura.SettingError, match="None is of type NoneType; it must be a path"):
        getattr(result, method)(None)


def test_the_store_may_be_a_path(tmp_path):
    result = tune(store=tmp_path / "path.db", trials=2, epochs=1, rounds=None)
    with pytest.raises(ikura.SettingError, match="is complete"):
        ikura.resume(result.study.name, store=tmp_path / "path.db")


def test_a_result_shows_itself_in_a_line(result):
    assert repr(result).startswith("<Result of clouds: dev_accuracy 0.")
    assert "test_accuracy 0." in repr(result)
    assert len(repr(result.model)) < 80
    assert "tune" in dir(ikura)


def test_a_taken_name_gets_one_line(result, store):
    with pytest.raises(ikura.StudyExists, match="clouds"):
        tune(name="clouds", store=store)


def test_studies_without_a_name_are_counted(tmp_path):
    store = str(tmp_path / "studies.db")
    for number in (1, 2):
        study = ikura.tune("iris", space=SPACE, trials=1, epochs=1, store=store).study
        assert study.name == f"iris-{number}"


def test_when_every_trial_diverges_one_line_says_so(tmp_path):
    wild = ikura.Space(
        learning_rate=ikura.Float(2e38, 3e38), optimizer=ikura.Choice("sgd"), hidden_layers=ikura.Choice(0)
    )
    store = str(tmp_path / "wild.db")
    with pytest.raises(ikura.SpaceError, match="all 4 trials diverged"):
        tune(space=wild, trials=4, name="wild", store=store, rounds=None)
    with open_store(store) as opened:
        assert opened.study("wild").status == "interrupted"


def test_a_new_study_does_not_go_on_from_an_older_ones_checkpoints(tmp_path, monkeypatch):
    studies = []
    keep = FusedEvaluator.keep

    def noted(self, folder, study, results):
        studies.append((folder, study))
        keep(self, folder, study, results)

    monkeypatch.setattr(FusedEvaluator, "keep", noted)
    for _ in range(2):
        ikura.tune("iris", trials=1, epochs=1, name="same", store=str(tmp_path / "s.db"))
        for file in tmp_path.glob("s.db*"):
            file.unlink()
    first, second = studies
    assert first[0] == second[0]
    assert first[1] != second[1]


def test_a_study_goes_on_with_the_file_read_as_it_was(tmp_path):
    (x, y), store = parts()["train"], str(tmp_path / "s.db")
    rows = [":".join([*map(str, row), str(label)]) + "\n" for row, label in zip(x, y, strict=True)]
    (tmp_path / "clouds.txt").write_text("1:2:3:4:5\n" + "".join(rows))
    file = ikura.CsvFile(tmp_path / "clouds.txt", header=True, separator=":")
    arguments = {"space": SPACE, "trials": 3, "epochs": 2, "sampler": "random", "name": "read", "store": store}
    with pytest.raises(KeyboardInterrupt):
        ikura.tune(file, watch=Interrupter(1), **arguments)
    settings = ikura.resume("read", store=store).study.settings
    assert (settings.header, settings.separator, settings.columns) == (True, ":", 4)


class TestResumeByName:
    def test_it_begins_what_is_not_there_and_goes_on_with_what_was_stopped(self, tmp_path):
        store = str(tmp_path / "s.db")
        whole = tune(name="whole", store=store, resume=True)

        def stop(event):
            if isinstance(event, ResultsStored):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            tune(name="stopped", store=store, watch=stop, resume=True)
        resumed = tune(name="stopped", store=store, resume=True)
        assert resumed.outcome.resumed > 0
        same_numbers(resumed, whole)
        complete = tune(name="stopped", store=store, resume=True)
        assert complete.outcome == ikura.load("stopped", store=store).outcome == resumed.outcome
        with pytest.raises(ikura.ModelError, match="stopped: its model was not saved"):
            _ = complete.model

    def test_of_a_complete_study_that_left_a_model_it_gives_the_result_again(self, tmp_path):
        arguments = {"name": "s", "store": str(tmp_path / "s.db"), "out": str(tmp_path / "out"), "resume": True}
        first, again = tune(**arguments), tune(**arguments)
        same_numbers(first, again)
        assert again.outcome == first.outcome
        x = parts()["test"][0]
        assert (again.model.predict_proba(x) == first.model.predict_proba(x)).all()
        # What has predicted has a compiled program, which no other process can take.
        sent = pickle.loads(pickle.dumps(again))
        assert (sent.model.predict_proba(x) == first.model.predict_proba(x)).all()
        assert sent.outcome == again.outcome
        (tmp_path / "out").rename(tmp_path / "moved")
        with pytest.raises(ikura.ModelError, match=r"is not there; a model that was moved"):
            _ = ikura.load("s", store=arguments["store"]).model

    def test_other_arguments_are_refused(self, tmp_path):
        store = str(tmp_path / "s.db")

        def stop(event):
            if isinstance(event, ResultsStored):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            tune(name="s", store=store, watch=stop)
        with pytest.raises(ikura.SettingError, match="seed: 's' was begun with 0, and 1 is given"):
            tune(name="s", store=store, seed=1, resume=True)
        with pytest.raises(ikura.SettingError, match="space: 's' was begun with another one"):
            tune(name="s", store=store, space=ikura.Space(learning_rate=ikura.Float(0.01, 0.1)), resume=True)
        with pytest.raises(ikura.SettingError, match="resume: no name is given"):
            tune(store=store, resume=True)


class Moody:
    """A network of one's own that raises for wide layers."""

    def init(self, key, config):
        weights = np.random.default_rng(key).normal(size=(4, 3)).astype(np.float32)
        return ikura.Variables({"w": weights})

    def apply(self, variables, inputs, config, *, train, key):
        if config["width"] in self.bad:
            raise RuntimeError("too wide")
        return inputs @ variables.params["w"], variables

    def __init__(self, bad):
        self.bad = bad


def test_trials_of_a_network_that_raises_fail_and_the_study_goes_on(tmp_path):
    network = Moody(bad=(3,))
    space = ikura.Space(learning_rate=ikura.Float(0.01, 0.1), width=ikura.Choice(1, 2, 3))
    result = ikura.tune(
        parts(), space=space, network=network, trials=12, epochs=2, name="s", store=str(tmp_path / "s.db")
    )
    failed = [
        trial
        for trial, state in zip(result.trials.trials, result.trials.states, strict=True)
        if state is TrialState.FAILED
    ]
    assert {trial.config["width"] for trial in failed} == {3}
    assert result.outcome.failed == len(failed) > 0
    assert all("RuntimeError: too wide" in result.trials.errors[trial.number] for trial in failed)
    assert result.best.config["width"] != 3
    result.report(tmp_path / "report.html")


def test_a_study_whose_test_went_perfectly_can_be_read(tmp_path):
    """Of 13 of 13, the interval's upper bound was one rounding error below 1."""
    y = np.arange(65) % 2
    x = np.stack([y * 10.0, np.arange(65) / 65], axis=1)
    for seed in range(3):
        result = ikura.tune((x, y), trials=4, epochs=20, seed=seed, store=tmp_path / "s.db")
        assert result.outcome.test["examples"] == 13
        with open_store(str(tmp_path / "s.db")) as store:
            assert read_whole(store, result.study.name)[0].outcome == result.outcome
    assert result.test_accuracy == 1.0


class Wild:
    """A sampler that leaves the space."""

    def propose(self, space, history, budget, seed):
        return Proposal([{"learning_rate": 0.5}] * min(2, budget))


class Regional:
    """A sampler that tells of regions as it likes."""

    def propose(self, space, history, budget, seed):
        region = Region(7, 1, (Span("learning_rate", 0.001, 9.0, 3, 4, None),))
        return Proposal([{"learning_rate": 0.005}] * min(2, budget), region)


def test_a_sampler_of_ones_own_is_held_to_the_space_and_its_regions_are_shown(tmp_path):
    space = ikura.Space(learning_rate=ikura.Float(0.001, 0.01))
    with pytest.raises(ikura.SettingError, match="sampler: Wild proposes what the space does not hold"):
        ikura.tune(parts(), space=space, sampler=Wild(), trials=4, epochs=1, store=tmp_path / "s.db")
    with open_store(str(tmp_path / "s.db")) as store:
        assert store.studies() == []
    result = ikura.tune(parts(), space=space, sampler=Regional(), trials=4, epochs=1, name="r", store=tmp_path / "s.db")
    with open_store(str(tmp_path / "s.db")) as store:
        read_whole(store, "r")
    assert result.page()


def test_trials_that_never_began_were_not_tried():
    result = ikura.tune("iris", space=SPACE, trials=200, epochs=4, rounds=1, timeout=1e-9)
    trials = zip(result.trials.states, result.trials.epochs, strict=True)
    measured = sum(bool(epochs) or state.is_lost for state, epochs in trials)
    assert 0 < measured < 200 == len(result.trials.trials)
    assert (result.outcome.trials, result.outcome.stopped) == (measured, 0)
    (note,) = [note for note in result.outcome.troubles if "its time" in note]
    assert note.endswith(f": {measured} of 200 configurations came to their end")
    page = result.page()
    assert f"Tried {measured} networks in " in page or f"Tried {measured} network in " in page
    assert f"{measured} of 200<" in page
