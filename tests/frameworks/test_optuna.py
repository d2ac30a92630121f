"""Objectives of Optuna's: the same under Ikura's trial as under Optuna's own, and what they cannot do."""

import pickle
import warnings

import numpy as np
import optuna
import pytest

from ikura.errors import SettingError, SpaceError
from ikura.frameworks import OptunaObjective
from ikura.space import Choice, Float, Int, Space
from ikura.workers import Trial, TrialStopped


class Relu:
    pass


def objective(trial):
    kind = trial.suggest_categorical("kind", ["mlp", None, Relu, (3, 3)])
    rate = trial.suggest_float("opt/lr", 1e-4, 1e-1, log=True)
    dropout = trial.suggest_float("dropout", 0.0, 0.5, step=0.1)
    width = trial.suggest_float("width", 0.0, 1.0, step=0.001)
    units = [1]
    if kind == "mlp":
        units = [trial.suggest_int(f"units_{i}", 4, 63, step=4) for i in range(trial.suggest_int("layers", 1, 3))]
    trial.set_user_attr("units", units)
    assert trial.user_attrs == {"units": units}
    for step in range(3):
        trial.report(rate * sum(units) + step, step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return rate * sum(units) + dropout + width


def run(function, trial):
    reported = OptunaObjective(function)(trial)
    return reported, trial.reports


def test_the_space_is_found_up_to_the_first_report():
    assert OptunaObjective(objective).space() == Space(
        kind=Choice("mlp", "None", "Relu", "(3, 3)"),
        opt_lr=Float(1e-4, 1e-1, scale="log"),
        dropout=Choice(0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
        width=Float(0.0, 1.0),
        layers=Int(1, 3, when={"kind": ["mlp"]}),
        units_0=Int(4, 60, step=4, when={"kind": ["mlp"]}),
        units_1=Int(4, 60, step=4, when={"layers": [2, 3]}),
        units_2=Int(4, 60, step=4, when={"layers": [3]}),
    )


def test_the_value_is_that_under_optunas_own_trial():
    space = OptunaObjective(objective).space()
    options = {"mlp": "mlp", "None": None, "Relu": Relu, "(3, 3)": (3, 3)}
    kinds = set()
    for number, config in enumerate(space.decode(np.random.default_rng(0).random((40, len(space))))):
        theirs = {"opt/lr" if name == "opt_lr" else name: value for name, value in config.items()}
        theirs |= {"kind": options[config["kind"]], "width": round(config["width"], 3)}
        kinds.add(config["kind"])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Optuna's about choices that it could not store
            wanted = objective(optuna.trial.FixedTrial(theirs, number))
        value, reports = run(objective, Trial(config, number=number, epochs=3))
        assert value == wanted
        assert sorted(reports) == [0, 1, 2]
    assert len(kinds) == 4


def test_it_is_pruned_where_it_is_to_stop_and_ends_where_it_is_complete():
    config = {"kind": "None", "opt_lr": 0.1, "dropout": 0.0, "width": 0.0}
    value, reports = run(objective, Trial(config, stop=2, epochs=3))
    assert value is None
    assert sorted(reports) == [0, 1]
    value, reports = run(objective, Trial(config, start=2, epochs=3))
    assert value == 0.1
    assert sorted(reports) == [0, 1, 2]
    told = []
    trial = Trial(config, epochs=3, metric="error", tell=lambda epoch, metrics: told.append((epoch, metrics)))
    OptunaObjective(objective, "error")(trial)
    assert told == [(0, {"error": 0.1}), (1, {"error": 1.1}), (2, {"error": 2.1})]


def test_an_objective_that_does_not_prune_is_stopped():
    def endless(trial):
        trial.suggest_float("x", 0, 1)
        step = 0
        while True:
            trial.report(0.5, step)
            step += 1

    with pytest.raises(TrialStopped):
        run(endless, Trial({"x": 0.5}, epochs=9, stop=4))
    with pytest.raises(SettingError, match="epoch 4 is reported, and the study's trials are of 4 epochs"):
        run(endless, Trial({"x": 0.5}, epochs=4))


def test_an_objective_that_never_reports_is_run_a_few_times():
    runs = []

    def quiet(trial):
        runs.append(trial.params)
        return trial.suggest_float("x", -1, 1) ** 2 + len(trial.suggest_categorical("k", ["a", "bb"]))

    assert OptunaObjective(quiet).space() == Space(x=Float(-1, 1), k=Choice("a", "bb"))
    assert runs == [{"x": 0.0, "k": "a"}, {"x": 0.0, "k": "bb"}]
    trial = Trial({"x": 0.5, "k": "bb"})
    assert run(quiet, trial) == (2.25, {})


def test_what_was_not_found_is_drawn_the_same_for_the_same_trial():
    def hidden(trial):
        x = trial.suggest_float("x", 0, 1)
        return (x, trial.suggest_int("n", 1, 10**6)) if x > 0.9 else x

    assert OptunaObjective(hidden).space().names == ("x",)

    def drawn(seed):
        seen = []
        OptunaObjective(lambda trial: seen.append((hidden(trial), trial.params)) or 0.0)(Trial({"x": 0.95}, seed=seed))
        ((_, n), params) = seen[0]
        assert params == {"x": 0.95, "n": n}
        assert 1 <= n <= 10**6
        return n

    assert drawn(1) == drawn(1) != drawn(2)


def test_a_value_beyond_a_range_that_became_narrower_is_brought_inside():
    def dependent(trial):
        high = trial.suggest_int("high", 2, 10)
        return trial.suggest_int("low", 0, high)

    assert OptunaObjective(dependent).space().dimensions["low"] == Int(0, 10)
    assert OptunaObjective(dependent)(Trial({"high": 3, "low": 9})) == 3


def test_a_step_that_does_not_follow_is_ignored_with_a_warning():
    def repeating(trial):
        trial.report(1.0, 2)
        with pytest.warns(UserWarning, match="step 2 follows step 2; steps must increase: its report is ignored"):
            trial.report(2.0, 2)
        with pytest.warns(UserWarning, match="step 0 follows step 2"):
            trial.report(2.0, 0)
        return 3.0

    assert run(repeating, Trial({}, epochs=5)) == (3.0, {2: {"value": 1.0}})


def test_steps_may_count_from_1():
    def counting(trial):
        for step in range(1, 4):
            trial.report(float(step), step)
        return 3.0

    assert run(counting, Trial({}, epochs=3)) == (3.0, {epoch: {"value": epoch + 1.0} for epoch in range(3)})


def test_what_prunes_before_it_reports_has_asked_all_the_same():
    class TrialPruned(Exception):  # noqa: N818 - as Optuna calls it
        pass

    def pruning(trial):
        if trial.suggest_float("rate", 0.0, 1.0) > -1:
            raise TrialPruned

    assert OptunaObjective(pruning).space().names == ("rate",)


def test_the_suggestions_of_before_are_there():
    def old(trial):
        trial.suggest_uniform("a", 0, 1)
        trial.suggest_loguniform("b", 0.1, 1)
        trial.suggest_discrete_uniform("c", 0, 1, 0.25)
        trial.report(0, 0)

    assert OptunaObjective(old).space() == Space(
        a=Float(0, 1), b=Float(0.1, 1, scale="log"), c=Choice(0.0, 0.25, 0.5, 0.75, 1.0)
    )


@pytest.mark.parametrize("when", ["space", "training"])
def test_a_study_is_refused(when):
    def curious(trial):
        return trial.suggest_float("x", 0, 1) + trial.study.best_value

    adapter = OptunaObjective(curious)
    with pytest.raises(
        SettingError, match=r"objective: it uses trial.study, which Ikura's trials do not have; .*Optuna"
    ):
        adapter.space() if when == "space" else adapter(Trial({"x": 0.5}))


def test_several_objectives_are_refused():
    with pytest.raises(
        SettingError, match=r"objective: it returned \(0.5, 1\), several values, .*: give that, or return one"
    ):
        OptunaObjective(lambda trial: (trial.suggest_float("x", 0, 1), 1))(Trial({"x": 0.5}))


def test_other_errors_pass_and_prunings_of_other_origin_do_not():
    class TrialPruned(Exception):  # noqa: N818 - as Optuna calls it
        pass

    def raising(error, reports=1):
        def raises(trial):
            for step in range(reports):
                trial.report(0.5, step)
            raise error

        return OptunaObjective(raises)(Trial({}, epochs=3))

    assert raising(TrialPruned()) is None
    # Without a value no trial can be compared: it fails.
    with pytest.raises(TrialPruned):
        raising(TrialPruned(), reports=0)
    with pytest.raises(ValueError, match="the objective returned None"):
        OptunaObjective(lambda _: None)(Trial({}))
    with pytest.raises(ZeroDivisionError):
        raising(ZeroDivisionError())


def test_it_can_be_sent_to_another_process():
    sent = pickle.loads(pickle.dumps(OptunaObjective(objective)))
    assert sent.space() == OptunaObjective(objective).space()


def test_options_that_are_equal_in_python_stay_apart():
    def equal(trial):
        seen.append(trial.suggest_categorical("option", [1, True, 1.0, "True", float("inf"), object(), lambda: 0, 1]))
        return 0.0

    seen = []
    options = OptunaObjective(equal).space().dimensions["option"].options
    assert list(map(repr, options)) == list(map(repr, (1, "True", "1.0", "True_", "inf", "object_5", "<lambda>")))
    seen.clear()
    for option in options[:5]:
        OptunaObjective(equal)(Trial({"option": option}))
    assert list(map(repr, seen)) == ["1", "True", "1.0", "'True'", "inf"]


def test_no_suggestion_gets_a_line():
    with pytest.raises(SpaceError, match="asks for no hyperparameter"):
        OptunaObjective(lambda trial: 1.0).space()
