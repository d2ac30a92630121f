import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from ikura.samplers.optuna_space import parameters, suggested, theirs, within
from ikura.space import Choice, Float, Int, Space

SPACE = Space(
    linear=Float(-1, 3),
    rate=Float(1e-4, 1.0, scale="log"),
    momentum=Float(0.9, 0.999, scale="one-minus-log"),
    layers=Int(1, 7, step=3),
    units=Int(16, 256, scale="log"),
    width=Int(16, 256, scale="log", step=16),
    batch=Choice(64, 8, 32.5),
    optimizer=Choice("sgd", "adam"),
    flag=Choice(True, False),
)


def test_every_dimension_has_the_scale_that_optuna_has_for_it():
    assert {name: parameter.distribution for name, parameter in parameters(SPACE).items()} == {
        "linear": FloatDistribution(-1.0, 3.0),
        "rate": FloatDistribution(1e-4, 1.0, log=True),
        "momentum": FloatDistribution(0.0, 1.0),
        "layers": IntDistribution(1, 7, step=3),
        "units": IntDistribution(16, 256, log=True),
        "width": FloatDistribution(0.0, 1.0),
        "batch": IntDistribution(0, 2),
        "optimizer": CategoricalDistribution(("sgd", "adam")),
        "flag": CategoricalDistribution((True, False)),
    }


def test_ordered_options_are_their_places_in_order():
    assert [parameters(SPACE)["batch"].theirs(option) for option in (8, 32.5, 64)] == [0, 1, 2]


def test_of_a_space_of_before_the_nearest_is_told_and_a_lost_option_tells_nothing():
    narrow = Space(rate=Float(1e-3, 0.1, scale="log"), layers=Int(2, 6, step=2), kind=Choice("a", "b"))
    assert within({"rate": 1e-4, "layers": 7, "kind": "a"}, narrow) == {"rate": 1e-3, "layers": 6, "kind": "a"}
    assert within({"rate": 0.5, "layers": 1}, narrow) == {"rate": 0.1, "layers": 2}
    assert within({"rate": 0.01, "layers": 4, "kind": "c"}, narrow) is None
    inside = {"rate": 0.01, "layers": 4, "kind": "b"}
    assert within(inside, narrow) == inside


def test_configurations_go_to_optuna_and_come_back():
    known = parameters(SPACE)
    for config in SPACE.decode(np.random.default_rng(0).random((200, len(SPACE)))):
        there = theirs(config, known)
        for name, value in there.items():
            assert known[name].distribution._contains(known[name].distribution.to_internal_repr(value))
        back = {name: known[name].ours(value) for name, value in there.items()}
        for name, value in config.items():
            assert back[name] == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value)
        assert [type(value) for value in back.values()] == [type(value) for value in config.values()]


def test_only_what_exists_is_asked_for_and_parents_come_first():
    space = Space(
        beta=Float(0, 1, when={"optimizer": ["adam"]}),
        momentum=Float(0.9, 0.999, scale="one-minus-log", when={"optimizer": ["sgd"]}),
        optimizer=Choice("sgd", "adam"),
    )
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    met = set()
    for _ in range(20):
        trial = study.ask()
        config = suggested(trial, space, parameters(space))
        space.check(config)
        assert set(trial.params) == set(config)
        met |= {tuple(config)}
    assert met == {("beta", "optimizer"), ("momentum", "optimizer")}


def test_a_rounding_beyond_a_bound_is_taken_back():
    rate = parameters(SPACE)["rate"]
    assert rate.ours(np.nextafter(1.0, 2)) == 1.0
    assert rate.ours(np.nextafter(1e-4, 0)) == 1e-4
