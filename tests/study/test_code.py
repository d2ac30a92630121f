"""Studies of training code: a Python function, or any program."""

import math
import shlex
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import ikura
from ikura.errors import SettingError, SpaceError
from ikura.records import TrialState
from ikura.store import open_store
from ikura.study.code_subject import is_code, stem_of
from tests.study import code

SPACE = ikura.Space(rate=ikura.Float(1e-4, 1.0, scale="log"))


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def tune(what, **options):
    options = {"space": SPACE, "trials": 8, "workers": 2, "store": "x.db"} | options
    return ikura.tune(what, **options)


def shape(result):
    """All that must be the same of two studies that are the same."""
    history = result.trials
    return (
        [(trial.number, trial.config, trial.round) for trial in history.trials],
        [str(state) for state in history.states],
        {name: curve.tobytes() for name, curve in history.curves.items()},
        result.outcome.best,
        result.outcome.finalists,
    )


def test_a_function_that_returns_a_number():
    result = tune(code.bowl, trials=32)
    assert result.value == min(result.trials.final("loss"))
    assert abs(math.log10(result.best.config["rate"]) + 2) < 0.3
    assert result.metrics == {"loss": result.value}
    assert repr(result) == f"<Result of bowl-1: loss {result.value:.4g}, best trial {result.best.number}>"
    assert result.model is None
    assert result.outcome.test is None
    assert result.outcome.finalists == ()


def test_a_closure_is_sent_with_what_it_closes_over():
    best = -3.0

    def train(trial):
        return abs(math.log10(trial.config["rate"]) - best)

    assert tune(train, trials=32).best.config["rate"] < 3e-3
    assert tune(lambda trial: trial.config["rate"]).study.name == "lambda-1"


def test_more_is_better_where_the_name_or_the_user_says_so():
    assert tune(lambda trial: trial.config["rate"], metric="accuracy").value > 0.1
    assert tune(lambda trial: trial.config["rate"], metric="quality", direction="maximize").value > 0.1
    assert tune(lambda trial: trial.config["rate"], metric="accuracy", direction="minimize").value < 1e-2


@pytest.mark.parametrize(
    ("metric", "goal"),
    [
        ("loss", "minimize"),
        ("val_loss", "minimize"),
        ("test_error", "minimize"),
        ("rmse", "minimize"),
        ("accuracy", "maximize"),
        ("val_acc", "maximize"),
        ("f1", "maximize"),
        ("mean_reward", "maximize"),
    ],
)
def test_names_that_say_what_is_better(metric, goal):
    assert tune(lambda _: 1.0, metric=metric, trials=1).study.settings.objective.metric.goal == goal


@pytest.mark.parametrize("metric", ["quality", "glossary", "loss_score"])
def test_names_that_do_not_are_asked_about(metric):
    with pytest.raises(SettingError, match=f"direction: of '{metric}' nobody knows"):
        tune(lambda _: 1.0, metric=metric)


@pytest.mark.parametrize(
    ("sampler", "schedule"),
    [
        *[("random", schedule) for schedule in ("full", "halving", "hyperband", "median", "patience", "pbt")],
        *[("coarse-to-fine", schedule) for schedule in ("full", "halving", "pbt")],
    ],
)
def test_one_worker_and_several_make_the_same_study(schedule, sampler):
    options = {"epochs": 9, "schedule": schedule, "sampler": sampler, "trials": 12}
    one, many = (tune(code.walk, workers=workers, name=f"with-{workers}", **options) for workers in (1, 5))
    assert shape(one) == shape(many)
    assert one.metrics.keys() == {"loss", "accuracy"}


def test_a_schedule_stops_trials_and_others_go_on_where_they_were():
    result = tune(code.walk, epochs=9, schedule="halving", trials=12, sampler="random")
    assert result.outcome.stopped == 11
    assert result.outcome.epochs_trained == 12 + 4 * 2 + 6
    whole = tune(code.walk, epochs=9, trials=12, sampler="random")
    for name, curve in result.trials.curves.items():
        measured = ~(curve != curve)
        assert (curve[measured] == whole.trials.curves[name][measured]).all()


def test_training_code_is_trained_to_its_end_unless_something_else_is_asked():
    assert tune(code.walk, epochs=9, trials=36).study.settings.schedule == "full"


@pytest.mark.parametrize("sampler", ["random", "coarse-to-fine"])
def test_asha_promotes_on_several_workers_and_ends_all_trials(sampler):
    result = tune(code.walk, epochs=9, schedule="asha", trials=18, sampler=sampler, workers=3)
    assert {*map(str, result.trials.states)} == {"complete", "stopped"}
    assert sorted(set(result.trials.epochs.tolist())) == [1, 3, 9]
    for rung, after in ((1, 3), (3, 9)):
        assert (result.trials.epochs >= after).sum() >= (result.trials.epochs >= rung).sum() // 3
    # A trial's own numbers are those that it has under any schedule.
    whole = tune(code.walk, epochs=9, trials=18, sampler="random")
    if sampler == "random":
        for name, curve in result.trials.curves.items():
            measured = ~(curve != curve)
            assert (curve[measured] == whole.trials.curves[name][measured]).all()


def test_each_trial_has_a_seed_of_its_own():
    result = tune(lambda trial: {"loss": 1.0, "seed": trial.seed}, trials=16)
    seeds = result.trials.final("seed")
    assert len(set(seeds)) == 16
    assert (tune(lambda trial: {"loss": 1.0, "seed": trial.seed}, trials=16).trials.final("seed") == seeds).all()
    other = tune(lambda trial: {"loss": 1.0, "seed": trial.seed}, trials=16, seed=1)
    assert not set(other.trials.final("seed")) & set(seeds)


def test_finals_run_under_other_seeds():
    result = tune(lambda trial: trial.config["rate"] + trial.seed / 2**40, trials=20, finals=True)
    assert len(result.outcome.finalists) == 2
    assert all(len(set(each.replicates["loss"])) == 4 for each in result.outcome.finalists)
    assert result.value == result.outcome.finalists[0].mean("loss")


def test_a_function_is_found_by_its_name(tmp_path):
    (tmp_path / "mine.py").write_text("def train(trial):\n    return trial.config['rate']\n")
    for place in ("mine:train", "mine.py:train"):
        assert tune(place).value == np.float32(min(trial.config["rate"] for trial in tune(place).trials.trials))
    assert {study.name for study in open_store("x.db").studies()} == {"train-1", "train-2", "mine-1", "mine-2"}


def test_a_script_needs_no_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("""
import ikura
offset = 0.5
def helper(rate): return rate + offset
def train(trial):
    print("in a worker")
    return helper(trial.config["rate"])
space = ikura.Space(rate=ikura.Float(0.0, 1.0))
print(ikura.tune(train, space=space, trials=4, workers=2, store="x.db").value > offset)
import sys
print("jax" in sys.modules)
""")
    done = subprocess.run([sys.executable, str(script)], check=True, capture_output=True, text=True)
    # JAX takes a second to import, and nobody here needs it.
    assert done.stdout == "True\nFalse\n"
    assert done.stderr == ""


def test_a_program():
    text = "import os, sys; print('{\"loss\": %s}' % sys.argv[1])"
    result = tune(
        ikura.Program(f"{shlex.join([sys.executable, '-c', text.replace('{', '{{').replace('}', '}}')])} {{rate}}")
    )
    assert result.value == pytest.approx(min(trial.config["rate"] for trial in result.trials.trials))


def test_what_trials_leave_is_in_the_studys_folder(tmp_path):
    result = tune(code.walk, epochs=3, trials=4, out="out")
    assert result.folder == tmp_path / "out" / "walk-1" / "trials" / str(result.best.number)
    assert (result.folder / "state.json").exists()
    assert sorted(path.name for path in (tmp_path / "out" / "walk-1").iterdir()) == ["report.html", "trials"]
    assert sorted(path.name for path in result.folder.parent.iterdir()) == ["0", "1", "2", "3"]
    elsewhere = tune(code.walk, epochs=3, trials=4)
    assert (elsewhere.folder / "state.json").exists()


def test_nothing_is_left_where_nothing_was_kept(tmp_path):
    tune(code.bowl, out="out")
    assert [path.name for path in (tmp_path / "out" / "bowl-1").iterdir()] == ["report.html"]


def test_one_that_fails_disturbs_nobody():
    def train(trial):
        if trial.number == 3:
            raise LookupError("of trial 3")
        return trial.config["rate"]

    result = tune(train, out="out")
    assert result.trials.numbers(TrialState.FAILED) == [3]
    assert "LookupError: of trial 3" in result.trials.errors[3]
    assert result.outcome.failed == 1
    assert f'File "{__file__}"' in result.trials.errors[3]


def test_one_that_diverges_is_recorded():
    def train(trial):
        for epoch in range(trial.epochs):
            trial.report(epoch, loss=math.nan if (trial.number, epoch) == (2, 1) else 1.0 + trial.number)

    result = tune(train, epochs=3)
    assert result.trials.numbers(TrialState.DIVERGED) == [2]
    assert result.trials.epochs.tolist() == [3, 3, 1, 3, 3, 3, 3, 3]


def test_a_mistake_in_what_is_reported_leaves_no_study():
    with pytest.raises(SettingError, match=r"there is only los: .*did you mean 'los'"):
        tune(lambda trial: trial.report(0, los=1.0))
    with open_store("x.db") as store:
        assert store.studies() == []


def test_training_code_that_always_fails_is_given_up():
    def train(trial):
        raise LookupError("always")

    with pytest.raises(SettingError, match=r"train: all of the first 8 trials failed with LookupError: always; .*code"):
        tune(train)


def test_where_all_diverge_the_space_is_to_blame():
    with pytest.raises(SpaceError, match="all 8 trials diverged; some must stay finite: narrow the space"):
        tune(lambda _: math.nan)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"space": None, "direction": "minimize"}, "space: none is given; only you know the hyperparameters"),
        (
            {"space": None},
            "space: none is given for bowl; .*: give a space, or, to an objective of Optuna's, the direction",
        ),
        ({"target": "y"}, "target: 'y' is given; it is for networks"),
        ({"direction": "up"}, "direction: 'up' is given"),
        ({"metric": 3}, "metric: 3 is of type int"),
        ({"workers": 0}, "workers: 0 is given"),
        ({"retries": -1}, "retries: -1 is given"),
        ({"time_limit": 0}, "time_limit: 0 is given; it must be a number of seconds above 0"),
        ({"silence_limit": "1"}, "silence_limit: '1' is given"),
        ({"memory_limit": math.inf}, "memory_limit: inf is given"),
        ({"finals": 1}, "finals: 1 is of type int"),
    ],
)
def test_arguments_that_cannot_be_are_told_in_one_line(options, said):
    with pytest.raises(SettingError, match=said) as caught:
        tune(code.bowl, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["retries", "finals", "workers", "time_limit"])
def test_what_is_for_training_code_is_refused_with_data(name):
    given = {"retries": 1, "finals": True, "workers": 2, "time_limit": 2.0}[name]
    with pytest.raises(SettingError, match=f"{name}: {given!r} is given; it is for training code"):
        ikura.tune("iris", **{name: given})


def test_what_cannot_be_sent_to_a_worker_is_told():
    with Path("x.txt").open("w") as file:

        def train(trial):
            file.write("x")

        with pytest.raises(SettingError, match=r"train: train cannot be sent to a worker process \(.*\)"):
            tune(train)


def test_a_module_that_cannot_be_imported_is_told(tmp_path):
    (tmp_path / "mine.py").write_text("import nowhere_at_all\n")
    with pytest.raises(SettingError, match="ModuleNotFoundError: No module named 'nowhere_at_all'"):
        tune("mine:train")


@pytest.mark.parametrize(
    ("what", "is_it"),
    [
        ("train:train", True),
        ("a.b:c.d", True),
        ("folder/train.py:train", True),
        ("digits", False),
        ("table.csv", False),
        ("C:table.csv:x", False),
        (code.bowl, True),
        (ikura.Program("x"), True),
        (([1], [2]), False),
    ],
)
def test_what_is_training_code(what, is_it):
    assert is_code(what) is is_it


@pytest.mark.parametrize(
    ("command", "stem"), [("python train.py --lr 1", "train"), ("./a.out", "a"), ("julia", "julia"), ("echo x", "echo")]
)
def test_studies_of_programs_are_called_by_their_script(command, stem):
    result = ikura.study.code_subject.code_subject(
        ikura.Program(command),
        ikura.study.arguments.Running(None, None, None, (), 1, 0, None, None, None, False),
        has_space=True,
    )
    assert stem_of(result.code) == stem


def test_a_study_that_was_stopped_goes_on(monkeypatch):
    whole = tune(code.walk, epochs=9, schedule="halving", name="whole")

    def stop(event):
        if isinstance(event, ikura.study.ResultsStored) and event.epochs > 9:
            raise KeyboardInterrupt

    for name, what, again in (("by-name", "tests.study.code:walk", None), ("by-hand", code.walk, code.walk)):
        monkeypatch.chdir(Path(__file__).parents[2])
        with pytest.raises(KeyboardInterrupt):
            tune(what, epochs=9, schedule="halving", name=name, watch=stop, store=None)
        if again is not None:
            with pytest.raises(SettingError, match=r"give it again: ikura\.resume\('by-hand', train=...\)"):
                ikura.resume(name)
        result = ikura.resume(name, train=again)
        assert shape(result) == shape(whole)


def test_more_metrics_may_come_later():
    def train(trial):
        return {"loss": 1.0} | ({"late": 2.0} if trial.number == 7 else {})

    result = tune(train)
    assert [metric.name for metric in result.trials.metrics] == ["loss", "late"]
    with open_store("x.db") as store:
        history = store.history("train-1")
    assert [metric.name for metric in history.metrics] == ["loss", "late"]
    assert history.values(7) == {"loss": 1.0, "late": 2.0}
    assert history.values(0) == {"loss": 1.0}


def objective(trial):
    """As it would be written for Optuna."""
    rate = trial.suggest_float("opt/rate", 1e-4, 1.0, log=True)
    units = trial.suggest_int("units", 1, 4) if trial.suggest_categorical("kind", ["mlp", None]) == "mlp" else 0
    for step in range(9):
        trial.report(abs(math.log10(rate) + 2) + units + 1 / (step + 1), step)
        if trial.should_prune():
            raise TrialPruned
    return abs(math.log10(rate) + 2) + units


class TrialPruned(Exception):  # noqa: N818 - as Optuna calls it
    """As Optuna's is called."""


def test_an_objective_of_optunas_runs_unchanged():
    result = tune(objective, space=None, trials=24, epochs=9, schedule="halving", direction="minimize")
    assert result.best.config.keys() == {"opt_rate", "kind"}
    assert result.study.settings.objective.metric.name == "value"
    assert result.value == np.float32(abs(math.log10(result.best.config["opt_rate"]) + 2))
    assert result.outcome.stopped > 10
    space = ikura.Space.from_toml(result.study.space)
    assert space.dimensions["units"].when == {"kind": ("mlp",)}


def test_an_objective_of_optunas_is_found_by_its_name_and_goes_on(tmp_path):
    text = Path(__file__).read_text().partition("def objective")[2].partition("def test_an_objective")[0]
    (tmp_path / "theirs.py").write_text(f"import math\n\ndef objective{text}")
    options = {"space": None, "epochs": 9, "direction": "minimize"}
    whole = tune("theirs:objective", name="whole", **options)

    def stop(event):
        if isinstance(event, ikura.study.ResultsStored):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune("theirs:objective", name="again", watch=stop, **options)
    assert shape(ikura.resume("again", store="x.db")) == shape(whole)


def test_suggesting_where_a_space_is_given_is_told():
    with pytest.raises(SettingError, match=r"trial\.suggest_float: hyperparameters are in trial\.config"):
        tune(objective, epochs=9)


def test_finals_do_not_ask_for_what_is_reported_now_and_then():
    def train(trial):
        for epoch in range(trial.epochs):
            seldom = {} if epoch % 2 else {"accuracy": 0.5}
            trial.report(epoch, loss=trial.config["rate"] + epoch, **seldom)

    result = tune(train, epochs=4, finals=True)
    assert result.outcome.finalists[0].diverged == 0
    assert result.metrics == {"loss": pytest.approx(3 + result.best.config["rate"], abs=1e-6)}


def test_a_study_that_is_complete_is_the_result_of_the_same_call():
    first = tune(code.bowl, name="s", resume=True)
    assert shape(tune(code.bowl, name="s", resume=True)) == shape(first)


def test_a_study_that_was_stopped_within_trials_trains_them_to_the_end(monkeypatch):
    monkeypatch.setenv("EPOCH_SECONDS", "0.05")

    def stop(event):
        if isinstance(event, ikura.study.ResultsStored):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(code.walk, name="s", epochs=9, trials=3, watch=stop)
    result = ikura.resume("s", train=code.walk, store="x.db")
    assert result.trials.epochs.tolist() == [9, 9, 9]
    whole = tune(code.walk, name="whole", epochs=9, trials=3)
    assert shape(result) == shape(whole)


def test_what_ikura_keeps_of_trials_without_a_folder_of_the_users_goes_with_the_study():
    result, kept = tune(code.walk, epochs=2, trials=2), tune(code.walk, epochs=2, trials=2, out="out", name="kept")
    assert (result.folder / "state.json").exists()
    with open_store("x.db") as store:
        for study in store.studies():
            ikura.study.delete_study(store, study)
        assert store.studies() == []
    assert not result.folder.parent.parent.exists()
    assert (kept.folder / "state.json").exists()


def test_the_report_says_what_trials_failed_with():
    def train(trial):
        if trial.number:
            raise LookupError("no such layer")
        return 1.0

    assert "<li>2 trials failed with LookupError: no such layer</li>" in tune(train, trials=3).page()


def test_what_was_reported_before_a_kill_is_known_after_it_whatever_metrics_have_joined(tmp_path):
    trained = tmp_path / "trained"

    def train(trial):
        for epoch in range(trial.start, trial.stop):
            time.sleep(0.02)
            with trained.open("a") as file:
                file.write(f"{trial.number}-{epoch}\n")
            trial.report(epoch, loss=1.0, accuracy=0.5)

    def interrupt(event):
        if isinstance(event, ikura.study.ResultsStored):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(train, trials=5, epochs=9, workers=2, sampler="random", name="s", watch=interrupt)
    history = ikura.resume("s", train=train, store="x.db").trials
    assert np.isfinite(history.curves["accuracy"]).all()
    lines = trained.read_text().splitlines()
    assert len(lines) == len(set(lines)) == 5 * 9


COPIED = """
import json, sys
sys.path.insert(0, sys.argv[1])
import ikura_trial
trial = ikura_trial.Trial()
kept = trial.folder + "/state.json"
try:
    begin = json.load(open(kept))
except FileNotFoundError:
    begin = 0
for epoch in range(begin, trial.epochs):
    trial.report(epoch, loss=trial.config["rate"] + 1 / (epoch + 1), who=trial.number)
    json.dump(epoch + 1, open(kept, "w"))
    # Deaf, it goes on by one epoch more.
    if epoch + 1 >= trial.stop + (len(sys.argv) > 2):
        break
"""


@pytest.mark.parametrize("words", [(), ("deaf",)])
def test_a_copy_of_a_program_is_not_told_what_its_source_reported(tmp_path, words):
    (tmp_path / "copied.py").write_text(COPIED)
    command = shlex.join([sys.executable, "copied.py", str(Path(ikura.workers.__file__).parent), *words])
    options = {"trials": 5, "epochs": 6, "schedule": "pbt", "min_epochs": 2, "sampler": "random", "workers": 3}
    history = tune(ikura.Program(command), **options).trials
    assert history.edits
    who = history.curves["who"]
    for number in range(5):
        assert set(who[number][np.isfinite(who[number])]) == {number}
    if not words:
        assert np.isfinite(who).all()


def test_a_copy_that_begins_anew_is_no_copy(tmp_path):
    (tmp_path / "anew.py").write_text("for epoch in range(6): print('{\"loss\": %d}' % epoch, flush=True)")
    command = shlex.join([sys.executable, "anew.py"])
    options = {"trials": 5, "epochs": 6, "schedule": "pbt", "min_epochs": 2, "sampler": "random"}
    with pytest.raises(
        SettingError, match=r"trial \d was to go on at epoch 2 from a copy, and its training began anew"
    ):
        tune(ikura.Program(command), **options)


def test_a_study_that_goes_on_with_broken_code_stays_interrupted(tmp_path):
    broken = tmp_path / "broken"

    def train(trial):
        trial.report(0, **{"val" if broken.exists() else "loss": 1.0})

    def interrupt(event):
        if isinstance(event, ikura.study.ResultsStored):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(train, name="s", watch=interrupt)
    broken.touch()
    with pytest.raises(SettingError, match="there is no 'loss'"):
        ikura.resume("s", train=train, store="x.db")
    broken.unlink()
    assert ikura.resume("s", train=train, store="x.db").outcome.failed == 0


def test_the_first_trial_may_fail_alone():
    def train(trial):
        if not trial.number:
            raise LookupError("no luck")
        return 1.0

    assert tune(train, trials=4).outcome.failed == 1


def test_trials_that_end_early_are_not_said_to_be_whole():
    page = tune(lambda trial: trial.report(0, loss=1.0), epochs=9, out="out").page()
    assert "<dt>Epochs each</dt><dd>up to 9</dd>" in page


def test_the_winner_has_the_configuration_that_it_was_trained_with_last():
    options = {"trials": 6, "epochs": 6, "schedule": "pbt", "min_epochs": 1, "sampler": "random", "seed": 1}
    result = tune(code.walk, **options)
    assert result.best.config == result.outcome.best.config == dict(result.trials.config(result.best.number))
    changed = [
        number for number in result.trials.edits if result.trials.config(number) != result.trials.trials[number].config
    ]
    assert changed


@pytest.mark.parametrize("schedule", ["full", "halving", "pbt"])
def test_code_that_knows_of_more_epochs_than_the_study_ends_it(schedule):
    def train(trial):
        (trial.folder / "kept").touch()
        for epoch in range(trial.start, 20):
            trial.report(epoch, loss=trial.config["rate"])

    with pytest.raises(SettingError, match="epoch 9 is reported, and the study's trials are of 9 epochs"):
        tune(train, trials=6, epochs=9, schedule=schedule)


@pytest.mark.parametrize("every", [1, 2])
def test_copies_of_code_that_does_not_ask_when_to_stop_are_trained(every):
    def train(trial):
        kept = trial.folder / "epochs"
        for epoch in range(int(kept.read_text()) if kept.exists() else 0, trial.epochs):
            if epoch % every == every - 1:
                trial.report(epoch, loss=trial.config["rate"] + 1 / (epoch + 1))
            kept.write_text(str(epoch + 1))

    result = tune(train, trials=6, epochs=6, schedule="pbt", min_epochs=1, sampler="random")
    assert [str(state) for state in result.trials.states] == ["complete"] * 6


def test_a_mistake_of_one_configuration_is_its_own_after_a_stop_as_well():
    def train(trial):
        if trial.number == 7:
            return "bad"
        return 1.0

    def interrupt(event):
        if isinstance(event, ikura.study.ResultsStored) and event.over >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(train, name="s", workers=1, sampler="random", watch=interrupt)
    assert ikura.resume("s", train=train, store="x.db").outcome.failed == 1
