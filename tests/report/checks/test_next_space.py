"""What is proposed to search next: it holds the best there is, and not what diverges."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ikura.records import Goal, Metric
from ikura.report.checks import next_space
from ikura.samplers import CoarseToFineSampler
from ikura.space import Choice, Float, Int, Space
from tests.cli.samples import SETTINGS
from tests.report.checks.searches import append, search, uniform

SPACE = Space(
    rate=Float(1e-4, 1.0, scale="log"),
    edge=Float(0.5, 0.9, scale="one-minus-log"),
    idle=Float(0.0, 1.0),
    units=Int(16, 256, scale="log"),
    kind=Choice("a", "b", "c"),
)
SEARCHES = 10


def bowl(seed, space=SPACE):
    """A best place inside for the rate and the units, beyond the upper bound of the edge; c is best."""
    rng = np.random.default_rng(seed)
    rate, units = rng.uniform(0.2, 0.8, 2)

    def accuracy(config):
        places = {name: float(d.to_unit([config[name]])[0]) for name, d in space.items if name in config}
        missed = (places["rate"] - rate) ** 2 + (places["units"] - units) ** 2 + 0.7 * (1 - places["edge"]) ** 2
        return 0.9 - missed - 0.1 * (config["kind"] != "c") + rng.normal(0, 0.005)

    return accuracy, rate, units


def bounds_of(space, name) -> Any:
    """The dimension, of which the test knows what it has."""
    return space.dimensions[name]


def test_the_next_space_is_narrower_and_holds_the_best():
    held, widths, wider = [], [], []
    for seed in range(SEARCHES):
        accuracy, rate, units = bowl(seed)
        after = next_space(SPACE, search(CoarseToFineSampler(4), SPACE, accuracy, 128, seed), SETTINGS).space
        for name, place in (("rate", rate), ("units", units)):
            was, now = SPACE.dimensions[name], bounds_of(after, name)
            (best,) = was.from_unit([place])
            held.append(now.low <= best <= now.high)
            low, high = was.to_unit([now.low, now.high])
            widths.append(high - low)
        wider.append(bounds_of(after, "edge").high > 0.9)
        assert bounds_of(after, "edge").high >= 0.9
        assert "c" in bounds_of(after, "kind").options
    assert np.mean(held) >= 0.95
    assert np.mean(widths) <= 0.65
    assert np.mean(wider) >= 0.5


def test_the_best_stays_inside_wherever_the_last_round_drew():
    accuracy, _, _ = bowl(0)
    history = search(CoarseToFineSampler(4), SPACE, accuracy, 128, 0)
    before = next_space(SPACE, history, SETTINGS)
    assert bounds_of(before.space, "rate").low > 1e-4
    far = {**history.config(int(history.ranking[0])), "rate": 1e-4, "kind": "a"}
    after = next_space(SPACE, append(history, [far], lambda _: 2.0), SETTINGS)
    assert bounds_of(after.space, "rate").low == 1e-4
    assert bounds_of(after.space, "rate").high == bounds_of(before.space, "rate").high
    assert after.reasons["rate"].endswith(", and the best so far reach to 0.0001")
    assert "a" in bounds_of(after.space, "kind").options


def test_the_whole_front_of_two_objectives_stays_inside():
    accuracy, _, _ = bowl(0)
    history = search(CoarseToFineSampler(4), SPACE, accuracy, 128, 0)
    # The worse, the better in the second: all are on the front.
    worse = {**history.curves, "train_loss": history.curves["dev_accuracy"]}
    objective = replace(history.objective, second=Metric("train_loss", Goal.MINIMIZE))
    history = replace(history, curves=worse, objective=objective)
    assert len(history.front) == 128
    after = next_space(SPACE, history, SETTINGS).space
    for config in map(history.config, history.front):
        for name, value in config.items():
            dimension = bounds_of(after, name)
            assert value in dimension.options if name == "kind" else dimension.low <= value <= dimension.high


def test_what_all_diverged_above_is_left_out():
    history = uniform(SPACE, lambda config: math.nan if config["rate"] > 0.1 else config["idle"], trials=100)
    proposed = next_space(SPACE, history, SETTINGS)
    assert 0.05 < bounds_of(proposed.space, "rate").high < 0.2
    assert "diverged" in proposed.reasons["rate"]


@pytest.mark.parametrize("role", ["scientific", "nuisance"])
def test_what_is_scientific_stays_as_it_is(role):
    space = Space(
        rate=Float(1e-4, 1.0, scale="log", role=role), units=Int(16, 256, scale="log"), kind=Choice("a", role="fixed")
    )
    history = uniform(space, lambda config: (math.log10(config["rate"]) + 2) ** 2, trials=256)
    after = next_space(space, history, SETTINGS).space
    assert (after.dimensions["rate"] == space.dimensions["rate"]) == (role == "scientific")
    assert after.dimensions["kind"] == space.dimensions["kind"]


def test_of_few_trials_the_same_again_is_proposed():
    proposed = next_space(SPACE, uniform(SPACE, lambda config: config["rate"], trials=7), SETTINGS)
    assert (proposed.space, proposed.reasons) == (SPACE, {})


def crowding(dimension, limits=None, low=False) -> Any:
    """Propose a space after a search whose best lies at a bound of a dimension."""
    space = Space(x=dimension)
    sign = -1 if low else 1
    history = search(CoarseToFineSampler(4), space, lambda config: sign * float(space.encode([config])[0, 0]), 96, 0)
    settings = replace(SETTINGS, limits={} if limits is None else {"x": limits})
    return next_space(space, history, settings).space.dimensions["x"]


def test_bounds_move_outwards_on_the_dimensions_own_scale():
    assert crowding(Float(1e-3, 0.1, scale="log")).high == pytest.approx(0.32)
    assert crowding(Float(1e-3, 0.1, scale="log"), low=True).low == pytest.approx(3.1e-4)
    assert crowding(Float(0.9, 0.99, scale="one-minus-log")).high == pytest.approx(0.9944)
    assert crowding(Float(2.0, 10.0)).high == 12.0
    assert crowding(Int(16, 80, step=16)).high in (80, 96)
    assert crowding(Int(10, 200)).high == 248


def test_no_bound_moves_beyond_its_limit():
    assert crowding(Float(1e-3, 0.1, scale="log"), (0.0, 0.2)).high == 0.2
    assert crowding(Float(1e-3, 0.1, scale="log"), (0.0, 0.1)).high == 0.1
    assert crowding(Int(1, 64, scale="log"), low=True).low == 1
    assert crowding(Int(10, 200), (1, 210)).high == 210
    # Of the user's own numbers nobody knows; few are below 0, and few shares above 1.
    assert crowding(Float(0.0, 0.8), low=True).low == 0.0
    assert crowding(Float(0.2, 0.9)).high == 1.0
    assert crowding(Float(0.5, 5.0), low=True).low == 0.0


def test_reasons_stand_above_their_tables():
    accuracy, _, _ = bowl(0)
    proposed = next_space(SPACE, search(CoarseToFineSampler(4), SPACE, accuracy, 128, 0), SETTINGS)
    text = proposed.to_toml()
    assert proposed.reasons
    for name, reason in proposed.reasons.items():
        assert f"# {reason}\n[{name}]\n" in text
    assert Space.from_toml(text) == proposed.space


def test_options_that_none_of_many_best_has_are_left_out_with_what_hangs_on_them():
    space = Space(
        kind=Choice("a", "b", "c"), x=Float(0.0, 1.0), only_a=Float(0.0, 1.0, when={"kind": ["a"]}), y=Float(0.0, 1.0)
    )
    history = uniform(space, lambda config: (config["kind"] != "c") + config["x"] ** 2, trials=1000)
    proposed = next_space(space, history, SETTINGS)
    assert proposed.space.dimensions["kind"] == Choice("c")
    assert "only_a" not in proposed.space.names
    assert "only_a" not in proposed.reasons
