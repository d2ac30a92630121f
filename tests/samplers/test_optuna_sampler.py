"""Optuna's samplers as Ikura's. That they keep the contract of all, test_contract.py holds."""

import copy

import numpy as np
import optuna
import pytest

from ikura.errors import SettingError
from ikura.records import GoOn, History, JobResult, TrialState
from ikura.samplers import make_sampler, optuna_sampler, round_sizes
from ikura.space import Choice, Float, Int, Space
from ikura.tasks import CLASSIFICATION

EMPTY = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=1)
SPACE = Space(
    rate=Float(1e-4, 1.0, scale="log"),
    layers=Int(1, 4),
    optimizer=Choice("sgd", "adam"),
    momentum=Float(0.9, 0.999, scale="one-minus-log", when={"optimizer": ["sgd"]}),
)


def accuracy(config):
    if config["layers"] == 4:
        return float("nan")
    return float(np.float32(1 - 0.1 * np.log10(config["rate"] / 0.01) ** 2 - 0.1 * (config["optimizer"] == "sgd")))


def frozen(history):
    return [tuple(trial.config.items()) for trial in history.trials]


def evolving():
    return optuna.samplers.NSGAIISampler(population_size=4)


def evolving_with_a_seed():
    return optuna.samplers.NSGAIISampler(population_size=4, seed=1)


class Anew:
    """A sampler that is made anew for each round, as by a study that is killed after each."""

    def __init__(self, given):
        self.given = given

    def propose(self, *arguments):
        made = self.given() if callable(self.given) else self.given
        return make_sampler(made, 6).propose(*arguments)


@pytest.mark.parametrize(
    "given", ["tpe", "cma-es", "qmc", evolving, evolving_with_a_seed, optuna.samplers.CmaEsSampler]
)
def test_a_study_that_is_killed_after_each_round_has_the_same_proposals(given, search):
    straight = search(make_sampler(given() if callable(given) else given, 6), SPACE, accuracy, 36, seed=4)
    assert frozen(straight) == frozen(search(Anew(given), SPACE, accuracy, 36, seed=4))
    assert np.isnan(straight.final("dev_accuracy")).any()


@pytest.mark.parametrize("given", ["tpe", "cma-es", evolving_with_a_seed])
def test_so_has_one_in_a_space_of_which_much_was_tried_already(given, search):
    space = Space(layers=Int(1, 4), units=Int(1, 4, scale="log"), optimizer=Choice("sgd", "adam"))
    straight = search(make_sampler(given() if callable(given) else given, 6), space, few, 30, seed=4)
    assert frozen(straight) == frozen(search(Anew(given), space, few, 30, seed=4))
    assert len(set(frozen(straight))) == 30


def few(config):
    return config["layers"] / 8 - (config["optimizer"] == "sgd") / 2


def quick_gp():
    sampler = optuna.samplers.GPSampler(n_startup_trials=6)
    sampler._n_preliminary_samples, sampler._n_local_search, sampler._n_qmc_samples_qei = 32, 2, 8
    return sampler


def test_gaussian_processes_follow_from_the_history_as_well(search):
    straight = search(make_sampler(quick_gp(), 5), SPACE, accuracy, 10, seed=4)
    again = make_sampler(quick_gp(), 5).propose(SPACE, _without_the_last_round(straight), 2, 4)
    assert [tuple(config.items()) for config in again.configs] == frozen(straight)[8:]


def _without_the_last_round(history):
    before = History(history.metrics, history.objective, horizon=1)
    for number in range(history.next_round - 1):
        trials = [trial for trial in history.trials if trial.round == number]
        before = before.with_round(trials).with_decisions([GoOn(trial.number, 1) for trial in trials])
        results = [
            JobResult(job, history.states[job.number], {n: c[job.number] for n, c in history.curves.items()})
            for job in before.jobs()
        ]
        before = before.with_results(results)
    return before


@pytest.mark.parametrize("name", ["tpe", "cma-es"])
def test_they_learn_from_what_they_are_told(name, search):
    space = Space(x=Float(0, 1), y=Float(0.9, 0.999, scale="one-minus-log"), z=Choice(1, 2, 4, 8))

    def distance(config):
        return -float(np.hypot(config["x"] - 0.3, np.log10(1 - config["y"]) + 1.5) + abs(np.log2(config["z"] / 2)))

    for seed in range(4):
        found = search(make_sampler(name, 8), space, distance, 64, seed).final("dev_accuracy")
        assert found[-16:].mean() > found[:8].mean() / 2


class Counting(optuna.samplers.RandomSampler):
    """Counts how often anybody asks."""

    asked = 0

    def before_trial(self, study, trial):
        Counting.asked += 1


def test_a_study_that_is_not_interrupted_asks_once_for_each_trial(search):
    Counting.asked = 0
    search(make_sampler(Counting(), 6), SPACE, accuracy, 30, seed=0)
    assert Counting.asked == 30
    search(Anew(Counting), SPACE, accuracy, 30, seed=0)
    assert Counting.asked == 30 + 5 + 10 + 15 + 20 + 25 + 30 + 30


def test_what_it_kept_of_another_history_is_not_used(append):
    kept = make_sampler("cma-es", 4)
    first = kept.propose(SPACE, EMPTY, 40, 0).configs
    results = {"as they are": accuracy, "the other way round": lambda config: -accuracy(config)}
    for value in results.values():
        history = append(EMPTY, first, value)
        for limit, seed in ((30, 0), (30, 1), (60, 0)):
            fresh = make_sampler("cma-es", 4).propose(SPACE, history, limit, seed)
            assert kept.propose(SPACE, history, limit, seed) == fresh


def test_a_trial_that_went_on_since_is_known_by_what_came_of_it(propose_all):
    kept = make_sampler("cma-es", 2)
    history = propose_all(History(EMPTY.metrics, EMPTY.objective, horizon=2), kept.propose(SPACE, EMPTY, 12, 0).configs)
    history = history.with_decisions([GoOn(number, 1) for number in range(6)])
    history = history.with_results([_result(job, TrialState.PAUSED) for job in history.jobs()])
    kept.propose(SPACE, history, 6, 0)
    history = history.with_decisions([GoOn(number, 2) for number in range(2)])
    history = history.with_results([_result(job, TrialState.COMPLETE) for job in history.jobs()])
    assert kept.propose(SPACE, history, 6, 0) == make_sampler("cma-es", 2).propose(SPACE, history, 6, 0)


def _result(job, state):
    curve = np.array([accuracy(job.config) / (1 + job.start)], np.float32)
    return JobResult(job, state, {metric.name: curve for metric in CLASSIFICATION.metrics})


class Stubborn(optuna.samplers.RandomSampler):
    """Proposes always the same."""

    def sample_independent(self, study, trial, name, distribution):
        return distribution.choices[0] if name == "optimizer" else distribution.low


def test_random_points_fill_a_round(search):
    history = search(make_sampler(Stubborn(), 3), SPACE, accuracy, 30, seed=0)
    assert len(set(frozen(history))) == 30
    assert {"rate": 1e-4, "layers": 1, "optimizer": "sgd", "momentum": 0.9} in [t.config for t in history.trials]
    assert [trial.round for trial in history.trials] == [0] * 10 + [1] * 10 + [2] * 10


def test_who_ends_the_search_is_not_filled_up(search):
    space = Space(kind=Choice("a", "b", "c"), layers=Int(1, 3))
    grid = optuna.samplers.GridSampler({"kind": ["a", "c"], "layers": [1, 3]}, seed=0)
    history = search(make_sampler(grid, 3), space, lambda config: 0.5, 30, seed=0)
    assert sorted(map(sorted, map(dict.items, [dict(t.config) for t in history.trials]))) == sorted(
        sorted({"kind": kind, "layers": layers}.items()) for kind in "ac" for layers in (1, 3)
    )


def proposed(sampler, seed):
    return make_sampler(sampler, None).propose(SPACE, EMPTY, 32, seed)


def test_a_sampler_without_a_seed_has_the_studys_and_one_with_a_seed_its_own():
    tpe = optuna.samplers.TPESampler
    assert proposed(tpe(), 1) == proposed(tpe(), 1)
    assert proposed(tpe(), 1) != proposed(tpe(), 2)
    assert proposed(tpe(seed=1), 1) == proposed(tpe(seed=1), 2)
    assert proposed(tpe(seed=1), 1) != proposed(tpe(seed=2), 1)
    nested = optuna.samplers.CmaEsSampler(independent_sampler=tpe())
    assert proposed(nested, 1) == proposed(copy.deepcopy(nested), 1) != proposed(nested, 2)


def test_what_becomes_of_a_users_sampler_changes_nothing():
    theirs = optuna.samplers.TPESampler(seed=1)
    sampler = make_sampler(theirs, None)
    before = sampler.propose(SPACE, EMPTY, 32, 0)
    theirs._rng.rng.seed(7)
    theirs._random_sampler._rng.rng.seed(7)
    assert sampler.propose(SPACE, EMPTY, 32, 0) == before


def test_a_generation_of_cma_es_is_a_round_where_that_is_the_larger():
    made = optuna_sampler.NAMED["cma-es"][1]
    assert made(optuna_sampler.Search(seed=0, dimensions=8, round_size=64))._popsize == 64
    assert made(optuna_sampler.Search(seed=0, dimensions=8, round_size=4))._popsize is None


@pytest.mark.parametrize(("trials", "sizes"), [(160, (10,) * 16), (5, (1,) * 5)])
def test_rounds_are_sixteen_and_fewer_of_fewer_trials(trials, sizes):
    assert round_sizes(make_sampler("tpe", None), trials) == sizes
    assert round_sizes(make_sampler("tpe", 2), 10) == (5, 5)


def test_a_sequence_that_learns_nothing_has_one_round():
    assert round_sizes(make_sampler("qmc", None), 100) == (100,)


@pytest.mark.parametrize(
    ("given", "missing", "line"),
    [
        ("tpe", "optuna", "sampler: tpe is Optuna's, which is not installed: python -m pip install 'ikura[optuna]'"),
        (
            "cma-es",
            "cmaes",
            "sampler: cma-es needs cmaes, which is not installed: python -m pip install 'ikura[optuna]'",
        ),
        ("gp", "torch", "sampler: gp needs torch, which is not installed: python -m pip install 'ikura[optuna,torch]'"),
        (optuna.samplers.CmaEsSampler(), "cmaes", "sampler: CmaEsSampler needs cmaes, which is not installed: "),
    ],
)
def test_what_is_missing_is_said_before_anything_begins(given, missing, line, monkeypatch):
    there = optuna_sampler.find_spec
    monkeypatch.setattr(optuna_sampler, "find_spec", lambda name: None if name == missing else there(name))
    with pytest.raises(SettingError) as caught:
        make_sampler(given, None)
    assert str(caught.value).startswith(line)


def test_optuna_says_nothing_and_goes_on_saying_what_it_did(capsys):
    told = optuna.logging.get_verbosity()
    make_sampler("tpe", None).propose(SPACE, EMPTY, 32, 0)
    assert capsys.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == told == optuna.logging.INFO


@pytest.mark.parametrize(("rounds", "line"), [(0, "rounds is 0; a search needs at least 1"), (True, "rounds is True")])
def test_rounds_are_a_whole_number(rounds, line):
    with pytest.raises(SettingError, match=line):
        make_sampler("tpe", rounds)
