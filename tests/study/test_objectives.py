"""Studies of two objectives."""

import math
import sys

import numpy as np
import pytest

import ikura
from ikura.errors import SettingError
from ikura.records import Goal
from ikura.report.checks.evidence import compared
from ikura.schedulers import SCHEDULERS
from ikura.study.objectives import Second, objectives
from ikura.study.proposed import arguments_again
from tests.study import code
from tests.study.test_code import shape, tune

BOTH = {"metric": ["loss", "size"], "direction": ["minimize", "minimize"]}


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def sized(trial):
    """The larger, the less the loss; but beyond a rate of 0.1 nothing comes of it."""
    rate = trial.config["rate"]
    for epoch in range(trial.epochs):
        trial.report(epoch, loss=abs(math.log10(rate) + 1) + 1 / (1 + epoch), size=100 * rate)


def dominated(result):
    """Which complete trials another complete one dominates, by the definition."""
    history = result.trials
    there = [n for n, state in enumerate(history.states) if str(state) == "complete"]
    first, second = (metric.loss(history.final(metric.name)) for metric in result.study.settings.objective.optimised)
    return {
        n
        for n in there
        for m in there
        if first[m] <= first[n] and second[m] <= second[n] and (first[m], second[m]) != (first[n], second[n])
    }, there


def test_metric_and_direction_are_read():
    assert objectives("loss", None) == ("loss", None, None)
    assert objectives(["loss"], ["minimize"]) == ("loss", "minimize", None)
    with pytest.raises(SettingError, match="metric: an empty list is given; it must have one, or two: leave it out"):
        objectives([], None)
    assert objectives(("loss", "size"), None) == ("loss", None, Second("size", None))
    assert objectives(["loss", "size"], [None, "minimize"]) == ("loss", None, Second("size", "minimize"))
    assert objectives(None, ["minimize", "maximize"]) == (None, "minimize", Second(None, "maximize"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"metric": ["a_loss", "b_loss", "c_loss"]}, r"^metric: 3 are given; at most two metrics"),
        ({"metric": ["loss", "loss"]}, r"^metric: 'loss' is given twice"),
        ({"metric": ["loss", 3]}, r"^metric: 3 is of type int"),
        ({"metric": ["loss", max]}, r"^metric: the second of two is a function"),
        ({"metric": ["loss", None]}, r"^metric: the second of two is None"),
        ({"metric": ["loss", "size"], "direction": "minimize"}, r"^direction: 1 is given for loss and size"),
        ({"direction": 4}, r"^direction: 4 is of type int"),
        ({"direction": ["minimize"] * 3}, r"^direction: 3 are given"),
        ({"metric": ["loss", "size"]}, r"^direction: of 'size' nobody knows whether"),
        ({"direction": ["minimize", "maximize"]}, r"^direction: two are given, and no metric"),
    ],
)
def test_a_mistake_is_told_in_one_line(given, message):
    with pytest.raises(SettingError, match=message):
        tune(sized, **given)


@pytest.mark.parametrize("schedule", [name for name in SCHEDULERS if name != "pbt"])  # whose code must save
def test_the_front_is_what_no_other_trial_dominates_and_the_best_is_its_first(schedule):
    result = tune(sized, trials=16, epochs=9, schedule=schedule, **BOTH)
    beaten, there = dominated(result)
    front = [trial.number for trial in result.front]
    assert set(front) == set(there) - beaten
    assert result.best.number == front[0]
    history = result.trials
    assert history.final("loss")[front].tolist() == sorted(history.final("loss")[front])
    assert [trial.config for trial in result.front] == [history.config(number) for number in front]
    for trial in result.front:
        assert trial.metrics == {name: history.final(name)[trial.number] for name in ("loss", "size")}


def test_finals_are_held_among_the_front_by_the_first_objective():
    result = tune(sized, trials=30, finals=True, **BOTH)
    finalists = [each.number for each in result.outcome.finalists]
    assert finalists == [trial.number for trial in result.front][: len(finalists)]
    assert len(finalists) > 1
    assert set(result.outcome.best.metrics) == {"loss", "size"}


def test_what_takes_part_for_a_question_does_not_win_off_the_front():
    def train(trial):
        rate = trial.config["rate"]
        told = {"size": 1 - rate} if trial.config["kind"] == "b" else {}
        return {"loss": rate + (trial.config["kind"] == "b"), **told}

    space = ikura.Space(rate=ikura.Float(0.0, 1.0), kind=ikura.Choice("a", "b", role="scientific"))
    result = tune(train, space=space, trials=16, finals=True, metric=["loss", "size"], direction=["minimize"] * 2)
    kinds = {trial.number: trial.config["kind"] for trial in result.trials.trials}
    assert {kinds[each.number] for each in result.outcome.finalists} == {"a", "b"}
    assert kinds[result.best.number] == "b"
    assert result.best.number in [trial.number for trial in result.front]
    # Nor is it what others are measured by.
    assert compared(result.trials).losses.min() >= 1


def test_a_study_of_one_objective_has_no_front():
    assert tune(sized, trials=4).front == ()


def test_the_second_must_be_reported():
    with pytest.raises(SettingError, match=r"'sizes' is given.*reported loss and size;.*did you mean 'size'"):
        tune(sized, metric=["loss", "sizes"], direction=["minimize", "minimize"], name="s")
    with pytest.raises(ikura.IkuraError, match="there is no 's'"):
        ikura.load("s", store="x.db")


@pytest.mark.parametrize("sampler", ["thompson", "coarse-to-fine", "tpe"])
def test_a_study_that_was_stopped_goes_on_to_the_same(sampler):
    options = {"schedule": "halving", "epochs": 9, "trials": 16, "workers": 1, "sampler": sampler}
    options |= {"metric": ["accuracy", "loss"], "direction": ["maximize", "minimize"]}
    whole = tune(code.walk, **options, name="whole")

    def stop(event):
        if isinstance(event, ikura.study.ResultsStored) and event.epochs > 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(code.walk, **options, name="s", watch=stop)
    again = ikura.resume("s", train=code.walk, store="x.db")
    assert shape(again) == shape(whole)
    assert again.front == whole.front
    loaded = ikura.load("s", store="x.db")
    assert loaded.front == whole.front
    assert loaded.study.settings.objective.second.goal is Goal.MINIMIZE
    with pytest.raises(SettingError, match=r"^objective: 'whole' was begun with \['accuracy', 'loss'\], and"):
        tune(code.walk, **options | {"metric": "accuracy", "direction": "maximize"}, name="whole", resume=True)


def test_of_data_the_second_is_measured_anyway_or_the_number_of_parameters():
    options = {"trials": 8, "epochs": 2, "store": "x.db", "sampler": "random"}
    result = ikura.tune("iris", metric=["accuracy", "parameters"], **options)
    beaten, there = dominated(result)
    assert {trial.number for trial in result.front} == set(there) - beaten
    best = result.trials.final("parameters")[result.best.number]
    assert best == sum(np.size(leaf) for layer in result.model.variables.params for leaf in layer.values())
    assert len(set(result.trials.final("parameters").tolist())) > 1
    assert result.study.settings.objective.tie_breaks
    assert arguments_again(result.study)["metric"] == ["accuracy", "parameters"]
    assert "--metric accuracy --metric parameters --sampler" in result.page()
    folded = ikura.tune("iris", metric=["loss", "parameters"], folds=3, **options)
    assert folded.trials.final("parameters").tolist() == result.trials.final("parameters").tolist()
    bound = ikura.tune("iris", constraint="parameters <= 300", **options)
    assert bound.trials.final("parameters")[bound.best.number] <= 300


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"metric": ["accuracy", "roc_auc"]},
            r"'roc_auc' is given as the second one; beside accuracy it must be one of",
        ),
        ({"metric": ["accuracy", "dev_accuracy"]}, r"'dev_accuracy' is given as the second one"),
        ({"metric": ["accuracy", "parameter"]}, r"did you mean 'parameters'"),
        (
            {"metric": ["accuracy", "loss"], "direction": [None, "minimize"]},
            r"^direction: 'minimize' is given for loss",
        ),
        ({"direction": ["minimize", "maximize"]}, r"^direction: two are given, and no metric"),
    ],
)
def test_another_second_of_data_is_told_in_one_line(given, message):
    with pytest.raises(SettingError, match=message):
        ikura.tune("iris", trials=2, epochs=1, store="x.db", **given)


def test_where_no_schedule_is_named_all_trials_come_to_their_end():
    options = {"trials": 36, "epochs": 9, "store": "x.db"}
    assert ikura.tune("iris", metric=["accuracy", "parameters"], **options).study.settings.schedule == "full"
    assert ikura.tune("iris", metric="accuracy", **options).study.settings.schedule == "halving"


def test_a_study_of_data_that_was_stopped_goes_on_to_the_same():
    options = {"trials": 12, "epochs": 4, "store": "x.db", "metric": ["loss", "parameters"], "schedule": "halving"}
    whole = ikura.tune("iris", name="whole", **options)

    def stop(event):
        if isinstance(event, ikura.study.ResultsStored) and event.epochs > 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ikura.tune("iris", name="s", watch=stop, **options)
    again = ikura.resume("s", store="x.db")
    assert shape(again) == shape(whole)
    assert again.front == whole.front


def test_an_objective_of_optunas_that_returns_two_values_is_tuned_for_both():
    def objective(trial):
        rate = trial.suggest_float("rate", 0.001, 1, log=True)
        return abs(math.log10(rate) + 1), 100 * rate

    result = ikura.tune(objective, direction=["minimize", "minimize"], trials=8, workers=1, store="x.db")
    assert [metric.name for metric in result.study.settings.objective.optimised] == ["values_0", "values_1"]
    beaten, there = dominated(result)
    assert {trial.number for trial in result.front} == set(there) - beaten
    with pytest.raises(SettingError, match=r"several values, and the study optimises one"):
        ikura.tune(objective, direction="minimize", trials=2, workers=1, store="x.db")
    with pytest.raises(SettingError, match=r"returned 0.5, and the study optimises values_0 and values_1"):
        ikura.tune(
            lambda trial: trial.suggest_float("x", 0.5, 0.5 + 1e-9) and 0.5,
            direction=["minimize", "minimize"],
            trials=2,
            workers=1,
            store="x.db",
        )


@pytest.mark.skipif(sys.platform == "win32", reason="the shell")
def test_a_program_is_tuned_for_two_of_its_numbers():
    program = ikura.Program("echo loss={rate} size=1", r"loss=(?P<loss>\S+) size=(?P<size>\S+)")
    result = tune(program, trials=4, **BOTH)
    assert len(result.front) == 1
    again = arguments_again(result.study)
    assert {name: again[name] for name in BOTH} == BOTH
    assert "--metric loss --metric size --direction minimize --direction minimize" in result.page()
