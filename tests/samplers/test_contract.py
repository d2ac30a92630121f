"""What every sampler promises."""

import copy
from dataclasses import replace

import numpy as np
import optuna
import pytest

from ikura.errors import SettingError
from ikura.records import Evidence, GoOn, History, JobResult, Objective, Proposal, Stop, TrialState, Wait
from ikura.samplers import (
    CoarseToFineSampler,
    GridSampler,
    RandomSampler,
    SobolSampler,
    begun_with,
    make_sampler,
    round_sizes,
    rounds_of,
)
from ikura.samplers.catalogue import OURS
from ikura.space import Choice, Float, Int, Space
from ikura.tasks import CLASSIFICATION

EMPTY = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=1)


def quick(sampler):
    """Optuna's Gaussian process, but for how long it looks for the best of it: its own takes a second for a trial."""
    sampler._n_preliminary_samples, sampler._n_local_search, sampler._n_qmc_samples_qei = 64, 2, 8
    return sampler


SAMPLERS = {name: make_sampler(name, None) for name in (*OURS, "tpe", "cma-es", "qmc")} | {
    "coarse-to-fine in a round": CoarseToFineSampler(rounds=1),
    "gp": make_sampler(quick(optuna.samplers.GPSampler(n_startup_trials=62)), None),
    "a seeded tpe": make_sampler(optuna.samplers.TPESampler(multivariate=False, seed=3), 1),
    "a genetic algorithm": make_sampler(optuna.samplers.NSGAIISampler(population_size=4), None),
}
each_sampler = pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS.keys())

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


IN_FLIGHT = [TrialState.WAITING, TrialState.RUNNING]


def under_way(configs, propose_all, states=tuple(TrialState)):
    """A history of trials of a horizon of 3 epochs that are in these states, in turn."""
    history = propose_all(replace(EMPTY, horizon=3), configs)
    state_of = {number: states[number % len(states)] for number in range(len(configs))}
    begun = [number for number, state in state_of.items() if state is not TrialState.WAITING]
    history = history.with_decisions([GoOn(number, 3) for number in begun])
    results = []
    for job in history.jobs():
        state = state_of[job.number]
        if state is TrialState.RUNNING:
            continue
        curve = np.full(3 if state is TrialState.COMPLETE else 1, accuracy(job.config), np.float32)
        ended = TrialState.PAUSED if state is TrialState.STOPPED else state
        error = "ValueError: mine" if state is TrialState.FAILED else None
        results.append(JobResult(job, ended, {metric.name: curve for metric in history.metrics}, error))
    history = history.with_results(results)
    history = history.with_decisions([Stop(n) for n, state in state_of.items() if state is TrialState.STOPPED])
    assert history.states == tuple(state_of.values())
    return history


def waits(sampler):
    """Whether the sampler wants its rounds to end."""
    return rounds_of(sampler) is not None


@each_sampler
@each_space
def test_all_follows_from_space_history_limit_and_seed(sampler, space, append):
    first = sampler.propose(space, EMPTY, 48, 7)
    again = copy.deepcopy(sampler).propose(Space.from_toml(space.to_toml()), EMPTY, 48, 7)
    assert frozen(first.configs) == frozen(again.configs)
    history = append(EMPTY, first.configs, accuracy)
    for _ in range(2):
        second = sampler.propose(space, history, 48, 7)
        assert second == sampler.propose(space, append(EMPTY, first.configs, accuracy), 48, 7)


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
    history = append(EMPTY, RandomSampler().propose(space, EMPTY, 20, 0).configs, accuracy)
    trials, curves = copy.deepcopy(history.trials), {name: curve.copy() for name, curve in history.curves.items()}
    sampler.propose(space, history, 50, 0)
    assert history.trials == trials
    for name, curve in curves.items():
        np.testing.assert_array_equal(history.curves[name], curve)


@each_sampler
@each_space
def test_where_all_trials_diverged_it_goes_on(sampler, space, append):
    history = append(EMPTY, RandomSampler().propose(space, EMPTY, 5, 0).configs, lambda config: float("nan"))
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
    one, two = (sampler.propose(CONTINUOUS, EMPTY, 32, seed).configs for seed in (1, 2))
    assert (one == two) == (isinstance(sampler, GridSampler) or sampler is SAMPLERS["a seeded tpe"])


@pytest.mark.parametrize("sampler", [RandomSampler(), SobolSampler(), CoarseToFineSampler(rounds=1)], ids=repr)
@each_space
def test_few_trials_are_the_beginning_of_many(sampler, space, append):
    many = sampler.propose(space, EMPTY, 600, 5).configs
    for few in (1, 64, 300):
        head = sampler.propose(space, EMPTY, few, 5).configs
        assert head == many[:few]
        tail = RandomSampler() if isinstance(sampler, RandomSampler) else SobolSampler()
        assert tail.propose(space, append(EMPTY, head, accuracy), 600 - few, 5).configs == many[few:]


@each_sampler
def test_a_hundred_dimensions_are_fine(sampler):
    space = Space(
        **{f"x{i}": Float(0, 1) if i else Choice(1, 2) for i in range(1 if sampler == GridSampler() else 100)}
    )
    for config in sampler.propose(space, EMPTY, 20, 0).configs:
        space.check(config)


@each_sampler
@each_space
@pytest.mark.parametrize("state", TrialState)
def test_it_waits_for_trials_in_flight_or_does_not_care(sampler, space, state, propose_all):
    configs = RandomSampler().propose(space, EMPTY, 6, 0).configs
    over = under_way(configs, propose_all, [TrialState.COMPLETE, TrialState.STOPPED, TrialState.DIVERGED])
    asked = under_way(configs, propose_all, [state, TrialState.COMPLETE])
    answer = sampler.propose(space, asked, 60, 0)
    if waits(sampler):
        assert isinstance(answer, Wait) == (state in IN_FLIGHT)
        assert isinstance(sampler.propose(space, over, 60, 0), Proposal)
    else:
        assert answer == sampler.propose(space, over, 60, 0)


@each_sampler
@each_space
def test_nothing_is_proposed_that_the_history_has_in_any_state(sampler, space, propose_all):
    tried = sampler.propose(space, EMPTY, 49, 0).configs[:7]
    states = [state for state in TrialState if not waits(sampler) or state not in IN_FLIGHT]
    proposal = sampler.propose(space, under_way(tried, propose_all, states), 60, 0)
    assert not set(frozen(proposal.configs)) & set(frozen(tried))
    assert proposal.configs or space is TINY


@each_sampler
@each_space
@pytest.mark.parametrize("first", [1, 7, 30])
def test_asked_in_pieces_it_proposes_the_same(sampler, space, first, propose_all, append):
    whole = sampler.propose(space, EMPTY, 48, 5).configs
    if not waits(sampler):
        history = propose_all(EMPTY, whole[:first])
        assert sampler.propose(space, history, 48 - first, 5).configs == whole[first:]
        return
    # The pieces are its rounds: asked at any time before the end of one, it waits; then all is as if never asked.
    history = propose_all(EMPTY, whole).with_decisions([GoOn(number, 1) for number in range(len(whole))])
    rng = np.random.default_rng(first)
    while jobs := history.jobs():
        assert isinstance(sampler.propose(space, history, 40, 5), Wait)
        some = rng.permutation(len(jobs))[:first]
        curves = [np.array([accuracy(jobs[place].config)], np.float32) for place in some]
        history = history.with_results(
            [
                JobResult(jobs[place], TrialState.COMPLETE, {metric.name: curve for metric in history.metrics})
                for place, curve in zip(some, curves, strict=True)
            ]
        )
    assert sampler.propose(space, history, 40, 5) == sampler.propose(space, append(EMPTY, whole, accuracy), 40, 5)


KNOWN = Evidence("before", 9, tuple(RandomSampler().propose(CONDITIONAL, EMPTY, 9, 2).configs), tuple(range(9)))


@each_sampler
@each_space
def test_it_begins_with_what_is_known_and_goes_on(sampler, space, append):
    start = RandomSampler().propose(space, EMPTY, 4, 9).configs[1:]
    prior = [] if isinstance(sampler, GridSampler) or space is not CONDITIONAL else [KNOWN]
    begun, again = (begun_with(copy.deepcopy(sampler), start, prior) for _ in range(2))
    history, sizes = EMPTY, []
    while (left := 48 - len(history.trials)) and (proposal := begun.propose(space, history, left, 3)).configs:
        assert proposal == copy.deepcopy(again).propose(space, history, left, 3)
        history = append(history, proposal.configs, accuracy)
        sizes.append(len(proposal.configs))
    configs = [trial.config for trial in history.trials]
    assert configs[:3] == start
    assert len(set(frozen(configs))) == len(configs)
    for config in configs:
        space.check(config)
    alone = sampler.propose(space, EMPTY, 48, 3).configs
    if space is TINY:
        assert len(configs) == TINY_SIZE
    elif not isinstance(sampler, GridSampler):
        assert (len(configs), tuple(sizes)) == (48, round_sizes(begun, 48))
        # The start comes on top: the round itself is the sampler's, but for a quarter that earlier studies have.
        assert sizes[0] == min(48, len(alone) + 3)
    if prior:
        assert configs[3] == next(config for config in KNOWN.configs if config not in start)
    else:
        assert [config for config in configs[3 : sizes[0]] if config not in alone] == []


MAY_REMEMBER = ("cma-es", "a genetic algorithm")


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name not in MAY_REMEMBER])
def test_with_two_objectives_it_comes_to_the_same_from_the_same(name, append):
    metrics = CLASSIFICATION.metrics
    loss = next(metric for metric in metrics if metric.name == "dev_loss")
    empty = History(metrics, Objective(CLASSIFICATION.objective.metric, second=loss), horizon=1)
    history = append(empty, RandomSampler().propose(CONDITIONAL, empty, 30, 0).configs, accuracy)
    first, again = (copy.deepcopy(SAMPLERS[name]).propose(CONDITIONAL, history, 60, 0) for _ in range(2))
    assert isinstance(first, Proposal)
    assert frozen(first.configs) == frozen(again.configs)
    for config in first.configs:
        CONDITIONAL.check(config)


@pytest.mark.parametrize("name", MAY_REMEMBER)
def test_one_that_may_keep_what_it_has_learned_is_refused_with_two_objectives(name):
    objective = Objective(CLASSIFICATION.objective.metric, second=CLASSIFICATION.metrics[0])
    with pytest.raises(SettingError, match=r"^sampler: Optuna's \w+ may keep what it has learned, .*two objectives"):
        SAMPLERS[name].propose(CONTINUOUS, History(CLASSIFICATION.metrics, objective, horizon=1), 9, 0)
