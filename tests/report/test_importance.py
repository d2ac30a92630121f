"""Shares against surfaces whose shares are known, and against Optuna's evaluator on the same trials."""

import numpy as np
import optuna
import pytest
from scipy.special import ndtri

from ikura.records import Goal, History, Metric, Objective, Trial, TrialState
from ikura.report.importance import importances, untold_in_words
from ikura.space import Choice, Float, Int, Space

LOSS = Metric("loss", Goal.MINIMIZE)

CUBE = Space(a=Float(0, 1), b=Float(0, 1), c=Float(0, 1), d=Float(0, 1))

WEIGHTS = np.array([3.0, 2.0, 1.0, 0.0])


def history_of(configs, values, states=None):
    curves = {"loss": np.array(values, np.float32)[:, None]}
    trials = tuple(Trial(number, config, 0) for number, config in enumerate(configs))
    states = states or [TrialState.COMPLETE] * len(trials)
    return History((LOSS,), Objective(LOSS), 1, trials, tuple(states), curves)


def points(trials, dimensions=4, seed=0):
    return np.random.default_rng(seed).uniform(0.01, 0.99, (trials, dimensions))


def cube(unit, values):
    return history_of(CUBE.decode(unit), values)


def found(space, history):
    return {one.name: one for one in importances(space, history)}


def additive(unit):
    # A sum of normal numbers is one, so that scores of ranks are the sum itself, and shares are exact.
    return ndtri(unit) @ WEIGHTS


@pytest.mark.parametrize(("trials", "near"), [(40, 0.15), (200, 0.04)])
def test_the_shares_of_a_sum_are_those_of_its_variances(trials, near):
    unit = points(trials)
    shares = found(CUBE, cube(unit, additive(unit)))
    expected = WEIGHTS**2 / (WEIGHTS @ WEIGHTS)
    for name, share in zip("abcd", expected, strict=True):
        one = shares[name]
        assert one.share == pytest.approx(share, abs=near)
        assert one.alone == pytest.approx(share, abs=near)
        assert one.interval[0] <= share + 0.01
        assert share - 0.01 <= one.interval[1]
        assert one.explained > 0.8
    assert list(shares) == ["a", "b", "c", "d"]


def test_noise_widens_the_intervals_and_lessens_what_is_explained():
    unit = points(100)
    noise = np.random.default_rng(1).normal(0, 3, len(unit))
    clear, noisy = (found(CUBE, cube(unit, additive(unit) + more))["a"] for more in (0, noise))
    assert noisy.explained < 0.7 < clear.explained
    assert np.diff(noisy.interval) > 2 * np.diff(clear.interval)


def test_only_ranks_count_and_every_time_is_the_same():
    unit = points(60)
    shares = found(CUBE, cube(unit, additive(unit)))
    assert shares == found(CUBE, cube(unit, np.exp(3 * additive(unit))))


def test_what_matters_by_the_value_of_another_alone_has_its_share_with_others():
    unit = points(200)
    shares = found(CUBE, cube(unit, (unit[:, 0] - 0.5) * (unit[:, 1] - 0.5)))
    for name in "ab":
        assert shares[name].share > 0.8
        assert shares[name].alone < 0.1
    assert max(shares[name].share for name in "cd") < 0.1


def test_a_condition_limits_the_trials_and_the_values_that_are_compared():
    space = Space(
        kind=Choice("sgd", "momentum", "nesterov", "adam"),
        rate=Float(0, 1),
        momentum=Float(0, 1, when={"kind": ["momentum", "nesterov"]}),
        rare=Int(1, 3, when={"kind": ["adam"]}),
    )
    rng = np.random.default_rng(0)
    unit = rng.random((120, 4))
    unit[:, 0] = np.repeat([0.1, 0.3, 0.6, 0.9], [30, 40, 44, 6])
    configs = space.decode(unit)
    # Where there is a momentum it makes all the difference but a little.
    values = [100 * (c["kind"] == "sgd") + 10 * c.get("momentum", 0.5) + c["rate"] for c in configs]
    shares = found(space, history_of(configs, values))
    momentum = shares["momentum"]
    assert (momentum.trials, momentum.condition) == (84, "only when kind is momentum or nesterov")
    assert momentum.share > 0.9
    assert (shares["kind"].trials, shares["kind"].condition) == (120, None)
    assert shares["kind"].share > 0.5
    assert (shares["rare"].trials, shares["rare"].share, shares["rare"].explained) == (6, None, None)
    assert untold_in_words(tuple(shares.values())) == [
        "Too few trials to say what mattered of rare: at most 6 trials; 10 are needed for each hyperparameter."
    ]


def test_the_options_of_a_choice_weigh_alike():
    space = Space(kind=Choice("a", "b", "c"), flag=Choice(1, 2), other=Float(0, 1))
    unit = points(150, 3)
    configs = space.decode(unit)
    noise = np.random.default_rng(1).normal(0, 0.01, len(unit))
    # Variances: 2 / 9 of the kind, 1 / 4 of the flag.
    values = [(c["kind"] == "c") + (c["flag"] == 2) + more for c, more in zip(configs, noise, strict=True)]
    shares = found(space, history_of(configs, values))
    assert shares["kind"].share == pytest.approx(8 / 17, abs=0.08)
    assert shares["flag"].share == pytest.approx(9 / 17, abs=0.08)
    assert shares["other"].share < 0.05


def test_among_those_that_meet_a_condition_only_its_values_are_averaged_over():
    space = Space(
        kind=Choice("sgd", "momentum", "nesterov", "adam"),
        momentum=Float(0, 1, when={"kind": ["momentum", "nesterov"]}),
    )
    configs = space.decode(points(160, 2))
    # The others lie to both sides, so that the scores of these are nearly in proportion.
    without = {"sgd": -50, "adam": 50}
    values = [without.get(c["kind"], (c["kind"] == "nesterov") + 2 * c.get("momentum", 0)) for c in configs]
    shares = found(space, history_of(configs, values))
    assert shares["kind"].share == pytest.approx(1, abs=0.01)  # alone in its part of the space
    one = shares["momentum"]
    # Variances: 4 / 12 of the momentum, 1 / 4 of which of the two kinds.
    assert one.share == pytest.approx(4 / 7, abs=0.04)


def test_where_training_fails_matters():
    unit = points(80)
    states = [TrialState.DIVERGED if place > 0.6 else TrialState.COMPLETE for place in unit[:, 2]]
    history = history_of(CUBE.decode(unit), np.where(unit[:, 2] > 0.6, np.nan, unit[:, 0]), states)
    assert found(CUBE, history)["c"].share > 0.5


def test_little_and_nothing_are_told_apart_from_something():
    unit = points(9)
    few = importances(CUBE, cube(unit, additive(unit)))
    assert [(one.trials, one.explained, one.share) for one in few] == [(9, None, None)] * 4
    assert untold_in_words(few) == [
        "Too few trials to say what mattered: 9 trials; 10 are needed for each hyperparameter."
    ]
    chance = importances(CUBE, cube(points(100), np.random.default_rng(5).random(100)))
    assert {(one.share, one.interval) for one in chance} == {(None, None)}
    assert untold_in_words(chance) == ["What mattered cannot be told from chance."]
    equal = importances(CUBE, cube(points(40), np.zeros(40)))
    assert untold_in_words(equal) == ["What mattered cannot be told from chance."]
    assert importances(Space(a=Float(0, 1)), history_of([{"a": 0.5}] * 20, np.arange(20))) == ()
    lost = history_of(CUBE.decode(unit), np.full(9, np.nan), [TrialState.DIVERGED] * 9)
    assert importances(CUBE, lost) == ()


def test_of_a_long_history_some_of_every_rank_are_looked_at():
    unit = points(3000)
    shares = found(CUBE, cube(unit, additive(unit)))
    assert shares["a"].trials == 256
    assert shares["a"].share == pytest.approx(9 / 14, abs=0.05)


def test_shares_alone_are_near_those_of_optunas_forests():
    unit = points(150)
    # Not a sum, nor normal: forests and a process must find the same by themselves.
    values = np.sin(4 * unit[:, 0]) + unit[:, 1] ** 2 * unit[:, 0] + 0.3 * unit[:, 2]
    history = cube(unit, values)
    study = optuna.create_study()
    distributions = {name: optuna.distributions.FloatDistribution(0, 1) for name in CUBE.names}
    scores = ndtri((np.argsort(np.argsort(values)) + 0.5) / len(values))
    study.add_trials(
        optuna.trial.create_trial(params=dict(trial.config), distributions=distributions, value=score)
        for trial, score in zip(history.trials, scores, strict=True)
    )
    theirs = optuna.importance.FanovaImportanceEvaluator(n_trees=16, seed=0).evaluate(study)
    ours = found(CUBE, history)
    assert {name: one.alone for name, one in ours.items()} == {
        name: pytest.approx(share, abs=0.12) for name, share in theirs.items()
    }
    assert next(iter(ours)) == next(iter(theirs))
