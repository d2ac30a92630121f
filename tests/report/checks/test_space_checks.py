"""Whether the checks of where a search looked see what is there, and rarely what is not."""

import math
from dataclasses import replace

import numpy as np

from ikura.records import TrialState
from ikura.report.checks import Verdict
from ikura.report.checks.evidence import cliff, region_of
from ikura.report.checks.space_checks import bounds, divergence, good_region
from ikura.samplers import CoarseToFineSampler
from ikura.space import Choice, Float, Space
from tests.report.checks.searches import SETTINGS, search, uniform

SPACE = Space(
    rate=Float(1e-4, 1.0, scale="log"),
    width=Float(1.0, 8.0),
    idle=Float(0.0, 1.0),
    idler=Float(1e-3, 1e3, scale="log"),
    kind=Choice("a", "b"),
)
RANDOM_SEARCHES, GUIDED_SEARCHES = 120, 20


def place(config, name):
    return float(SPACE.dimensions[name].to_unit([config[name]])[0])


def test_a_bound_with_the_best_is_found_and_what_does_not_matter_is_seldom_blamed():
    found, blamed = 0, 0
    for seed in range(GUIDED_SEARCHES):
        noise = np.random.default_rng(seed)

        def accuracy(config, noise=noise):
            return 0.9 - (1 - place(config, "rate")) ** 2 - (place(config, "width") - 0.4) ** 2 + noise.normal(0, 0.01)

        history = search(CoarseToFineSampler(4), SPACE, accuracy, 96, seed)
        check = bounds(SPACE, region_of(SPACE, history, SETTINGS), {})
        found += "rate.high" in check.numbers
        blamed += any(name != "rate.high" for name in check.numbers)
        assert (check.verdict is Verdict.LOOK) == bool(check.numbers) == (check.advice is not None)
    # Three dimensions of each search have their best inside, or none.
    assert found >= 0.5 * GUIDED_SEARCHES
    assert blamed <= 0.1 * GUIDED_SEARCHES


def test_a_bound_that_is_a_limit_is_no_matter():
    history = search(CoarseToFineSampler(4), SPACE, lambda config: -((1 - place(config, "rate")) ** 2), 128, 0)
    region = region_of(SPACE, history, SETTINGS)
    look = bounds(SPACE, region, {"rate": (None, None)})
    assert (look.verdict, look.advice) == (Verdict.LOOK, "widen rate: the best may lie beyond")
    assert "at its upper bound 1" in look.evidence
    ended = bounds(SPACE, region, {"rate": (0.0, 1.0)})
    assert (ended.verdict, ended.advice) == (Verdict.OK, None)
    assert ended.evidence.endswith("where it ends")


def test_few_trials_say_nothing():
    history = uniform(SPACE, lambda _: 1.0, trials=5)
    assert bounds(SPACE, region_of(SPACE, history, SETTINGS), {}).verdict is Verdict.UNKNOWN
    assert good_region(history, None).verdict is Verdict.UNKNOWN
    assert divergence(history, 0, None).verdict is Verdict.UNKNOWN


def test_where_training_diverges_is_found():
    history = uniform(SPACE, lambda config: math.nan if config["rate"] > 0.1 else 1 - config["width"], trials=80)
    diverged = history.count(TrialState.DIVERGED)
    found = cliff(SPACE, history)
    assert found is not None
    assert (found.dimension, found.above) == ("rate", True)
    assert 0.05 < found.at < 0.2
    assert (found.lost_beyond, found.beyond, found.lost_within) == (diverged, diverged, 0)
    check = divergence(history, diverged, found)
    assert check.verdict is Verdict.LOOK
    assert f"{diverged} of 80 trials diverged: {diverged} of the {diverged} with rate above 0." in check.evidence
    assert check.advice is not None
    assert check.advice.startswith("keep rate below 0.")


def test_what_diverges_below_is_found_as_well():
    history = uniform(SPACE, lambda config: math.nan if config["width"] < 3 else config["rate"], trials=60)
    found = cliff(SPACE, history)
    assert found is not None
    assert (found.dimension, found.above) == ("width", False)
    assert 2.5 < found.at < 3.5


def test_divergence_by_chance_has_no_place():
    blamed = 0
    for seed in range(RANDOM_SEARCHES):
        chance = np.random.default_rng(seed + 1)
        history = uniform(SPACE, lambda _, chance=chance: math.nan if chance.random() < 0.2 else 1.0, seed=seed)
        blamed += cliff(SPACE, history) is not None
    assert blamed <= 0.05 * RANDOM_SEARCHES


def test_a_few_that_diverge_are_no_matter():
    history = uniform(SPACE, lambda config: math.nan if config["rate"] > 0.8 else 1.0, trials=100)
    diverged = history.count(TrialState.DIVERGED)
    assert 0 < diverged < 5
    assert divergence(history, diverged, cliff(SPACE, history)).verdict is Verdict.OK


def test_a_search_with_many_near_the_best_is_told_from_one_with_a_lucky_one():
    one = Space(x=Float(0.0, 1.0))
    plain = good_region(uniform(one, lambda config: (config["x"] - 0.5) ** 2), None)
    assert plain.verdict is Verdict.OK
    many = Space(**{f"x{number}": Float(0.0, 1.0) for number in range(8)})
    history = uniform(many, lambda config: sum((value - 0.5) ** 2 for value in config.values()))
    sparse = good_region(history, None)
    assert (sparse.verdict, sparse.numbers["compared"]) == (Verdict.LOOK, 64)
    # Where seeds differ by more than the trials do, all of them are as good.
    assert good_region(history, 10.0).numbers["good"] == 64


def test_only_trials_that_were_trained_as_far_are_compared():
    history = uniform(SPACE, lambda config: config["width"], trials=20)
    stopped = (*[TrialState.STOPPED] * 3, *history.states[3:])
    assert good_region(replace(history, states=stopped), None).numbers["compared"] == 20
    assert good_region(replace(history, states=stopped, horizon=5), None).numbers["compared"] == 17
