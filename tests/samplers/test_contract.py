"""What every sampler promises."""

import copy

import numpy as np
import pytest

from ikura.records import History
from ikura.samplers import CoarseToFineSampler, GridSampler, RandomSampler, SobolSampler
from ikura.space import Choice, Float, Int, Space

SAMPLERS = [RandomSampler(), SobolSampler(), GridSampler(), CoarseToFineSampler(), CoarseToFineSampler(rounds=1)]
each_sampler = pytest.mark.parametrize("sampler", SAMPLERS, ids=repr)

CONTINUOUS = Space(rate=Float(1e-4, 1.0, scale="log"), momentum=Float(0.9, 0.999, scale="one-minus-log"))
CONDITIONAL = Space(
    rate=Float(1e-4, 1.0, scale="log"),
    optimizer=Choice("sgd", "momentum", "adam"),
    momentum=Float(0.9, 0.999, scale="one-minus-log", when={"optimizer": ["momentum"]}),
    tuned=Choice(True, False, when={"optimizer": ["adam"]}),
    beta=Float(0.9, 0.999, when={"tuned": [True]}),
    layers=Int(1, 3),
)
TINY = Space(optimizer=Choice("sgd", "adam"), layers=Int(1, 3), beta=Choice(0.9, 0.99, when={"optimizer": ["adam"]}))
TINY_SIZE = 3 + 3 * 2
each_space = pytest.mark.parametrize(
    "space", [CONTINUOUS, CONDITIONAL, TINY], ids=["continuous", "conditional", "tiny"]
)


def accuracy(config):
    return float(np.sin(7 * config.get("rate", config.get("layers", 0))))


def frozen(configs):
    return [tuple(config.items()) for config in configs]


@each_sampler
@each_space
def test_all_follows_from_space_history_limit_and_seed(sampler, space, append):
    first = sampler.propose(space, History(), 48, 7)
    again = copy.deepcopy(sampler).propose(Space.from_toml(space.to_toml()), History(), 48, 7)
    assert frozen(first.configs) == frozen(again.configs)
    history = append(History(), first.configs, accuracy)
    for _ in range(2):
        second = sampler.propose(space, history, 48, 7)
        assert second == sampler.propose(space, append(History(), first.configs, accuracy), 48, 7)


@each_sampler
@each_space
@pytest.mark.parametrize("limit", [0, 1, 2, 7, 64])
def test_configurations_belong_to_the_space_and_none_comes_twice(sampler, space, limit, search):
    if isinstance(sampler, GridSampler) and limit < 36:
        pytest.skip("a grid does not fit so few trials")
    history = search(sampler, space, accuracy, limit, seed=3)
    for trial in history.trials:
        space.check(trial.config)
    assert len(set(frozen(trial.config for trial in history.trials))) == len(history.trials) <= limit
    if not isinstance(sampler, GridSampler):
        assert len(history.trials) == (limit if space is not TINY else min(limit, TINY_SIZE))


@each_sampler
@each_space
def test_the_history_is_left_as_it_was(sampler, space, append):
    history = append(History(), RandomSampler().propose(space, History(), 20, 0).configs, accuracy)
    trials, curves = copy.deepcopy(history.trials), {name: curve.copy() for name, curve in history.curves.items()}
    sampler.propose(space, history, 50, 0)
    assert history.trials == trials
    for name, curve in curves.items():
        np.testing.assert_array_equal(history.curves[name], curve)


@each_sampler
@each_space
def test_where_all_trials_diverged_it_goes_on(sampler, space, append):
    history = append(History(), RandomSampler().propose(space, History(), 5, 0).configs, lambda config: float("nan"))
    proposal = sampler.propose(space, history, 60, 0)
    assert proposal.configs
    assert not set(frozen(proposal.configs)) & set(frozen(trial.config for trial in history.trials))


@each_sampler
def test_a_discrete_space_is_exhausted_and_then_nothing_is_left(sampler, search):
    history = search(sampler, TINY, accuracy, 100, seed=0)
    assert len(history.trials) == TINY_SIZE
    assert sampler.propose(TINY, history, 100, 0).configs == []


@each_sampler
def test_the_seed_makes_the_difference(sampler):
    one, two = (sampler.propose(CONTINUOUS, History(), 32, seed).configs for seed in (1, 2))
    assert (one == two) == isinstance(sampler, GridSampler)


@pytest.mark.parametrize("sampler", [RandomSampler(), SobolSampler(), CoarseToFineSampler(rounds=1)], ids=repr)
@each_space
def test_few_trials_are_the_beginning_of_many(sampler, space, append):
    many = sampler.propose(space, History(), 600, 5).configs
    for few in (1, 64, 300):
        head = sampler.propose(space, History(), few, 5).configs
        assert head == many[:few]
        tail = RandomSampler() if isinstance(sampler, RandomSampler) else SobolSampler()
        assert tail.propose(space, append(History(), head, accuracy), 600 - few, 5).configs == many[few:]


@each_sampler
def test_a_hundred_dimensions_are_fine(sampler):
    space = Space(
        **{f"x{i}": Float(0, 1) if i else Choice(1, 2) for i in range(1 if sampler == GridSampler() else 100)}
    )
    for config in sampler.propose(space, History(), 20, 0).configs:
        space.check(config)
