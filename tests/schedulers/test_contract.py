"""What every scheduler promises."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ikura.records import CopyFrom, GoOn, Stop, TrialState, Wait
from ikura.samplers import SAMPLERS, RandomSampler, make_sampler, round_sizes
from ikura.schedulers import SCHEDULERS, AsynchronousHalving, Patience, make_scheduler
from ikura.space import Choice, Float, Int, Space

HORIZON = 30
SPACE = Space(
    rate=Float(1e-4, 1.0, scale="log"),
    optimizer=Choice("momentum", "adam"),
    momentum=Float(0.9, 0.999, scale="one-minus-log", when={"optimizer": ["momentum"]}),
    layers=Int(1, 3),
)
FIXED = frozenset({"layers"})


def make(name, reduction=None, min_epochs=None):
    settings = {"reduction": reduction, "min_epochs": min_epochs}
    return make_scheduler(name, horizon=HORIZON, space=SPACE, fixed=FIXED, **settings)


SCHEDULERS_TO_TEST = {
    **{name: make(name) for name in SCHEDULERS},
    "halving by 2": make("halving", reduction=2, min_epochs=1),
    "halving once": make("halving", reduction=4, min_epochs=7),
    "hyperband by 2": make("hyperband", reduction=2, min_epochs=2),
    "asha by 2": make("asha", reduction=2, min_epochs=1),
    "median, always": make("median", min_epochs=1),
    "patience, long": make("patience", min_epochs=10),
    "pbt, rarely": make("pbt", min_epochs=7),
}
each_scheduler = pytest.mark.parametrize("scheduler", SCHEDULERS_TO_TEST.values(), ids=list(SCHEDULERS_TO_TEST))

FEWER = {"gp": 20}
"""Trials of a sampler that takes its time: twice as many as it draws before it knows something."""

WHOEVER_COMES_FIRST = (AsynchronousHalving,)
"""They compare trials with those that have come so far, of all rounds: there the order of results matters."""

IN_ANY_ORDER = {
    name: scheduler for name, scheduler in SCHEDULERS_TO_TEST.items() if not isinstance(scheduler, WHOEVER_COMES_FIRST)
}
in_any_order = pytest.mark.parametrize("scheduler", IN_ANY_ORDER.values(), ids=list(IN_ANY_ORDER))


def decide(scheduler, history):
    """What is due, and the history with it; held to the contract."""
    decisions = scheduler.decide(history, seed=3)
    assert list(decisions) == list(scheduler.decide(replace(history), seed=3))
    assert len({decision.trial for decision in decisions}) == len(decisions)
    for decision in decisions:
        assert history.states[decision.trial] in (TrialState.WAITING, TrialState.PAUSED)
        if isinstance(decision, GoOn | CopyFrom):
            assert history.epochs[decision.trial] < decision.until <= HORIZON
        if isinstance(decision, CopyFrom):
            assert decision.source.trial != decision.trial
            assert decision.source.epoch == history.epochs[decision.trial] == history.epochs[decision.source.trial]
            SPACE.check(decision.config)
    history = history.with_decisions(decisions)
    assert not scheduler.decide(history, seed=3)
    return history


def search(scheduler, sampler, trials, train, history, begun, order, most):
    """A study in miniature: at most `most` trials are proposed at once; results come in any order and number."""
    exhausted = False
    while True:
        history = decide(scheduler, history)
        limit = trials - len(history.trials)
        answer = Wait() if exhausted or not limit else sampler.propose(SPACE, history, limit, seed=3)
        if not isinstance(answer, Wait):
            exhausted = not answer.configs
            history = decide(scheduler, begun(history, answer.configs[:most]))
        jobs = history.jobs()
        if not jobs and (exhausted or not limit):
            paused = history.numbers(TrialState.PAUSED)
            assert not paused or isinstance(scheduler, WHOEVER_COMES_FIRST)
            return history.with_decisions([Stop(number) for number in paused])
        some = order.permutation(len(jobs))[: order.integers(1, len(jobs) + 1)]
        history = history.with_results([train(jobs[place], HORIZON) for place in some])


@each_scheduler
@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("losing", [0, 2])
@pytest.mark.parametrize("most", [7, 100])
def test_every_trial_ends_over_with_every_sampler(scheduler, sampler, losing, most, empty, begun, formula):
    train, order = formula(seed=1, losing=losing).train, np.random.default_rng(most)
    trials = FEWER.get(sampler, 40)
    history = search(scheduler, make_sampler(sampler, None), trials, train, empty(HORIZON), begun, order, most)
    assert 0.75 * trials <= len(history.trials) <= trials
    assert all(state.is_over for state in history.states)
    assert not history.targets
    assert (history.count(TrialState.DIVERGED, TrialState.FAILED) > 3) == bool(losing)
    # Of a round, those that halving kept may be the ones that are lost; and patience may run out for all.
    assert history.count(TrialState.COMPLETE) > 0 or losing or isinstance(scheduler, Patience)
    assert (history.epochs[history.numbers(TrialState.COMPLETE)] == HORIZON).all()


@in_any_order
@given(st.integers(0, 2**32), st.integers(0, 7), st.integers(0, 40))
@settings(deadline=None, max_examples=15)
def test_the_order_of_results_changes_nothing(scheduler, empty, begun, formula, drive, seed, losing, trials):
    history = begun(empty(HORIZON), RandomSampler().propose(SPACE, empty(HORIZON), trials, seed).configs)
    at_once, expected = drive(scheduler, history, formula(seed, losing))
    in_pieces, decided = drive(scheduler, history, formula(seed, losing), order=np.random.default_rng(seed))
    assert {repr(decision) for decision in decided} == {repr(decision) for decision in expected}
    assert (in_pieces.states, in_pieces.edits) == (at_once.states, at_once.edits)
    for name, curve in at_once.curves.items():
        np.testing.assert_array_equal(in_pieces.curves[name], curve)


@in_any_order
def test_other_rounds_change_nothing(scheduler, empty, begun, formula, drive):
    configs = RandomSampler().propose(SPACE, empty(HORIZON), 40, 0).configs
    alone, _ = drive(scheduler, begun(empty(HORIZON), configs[:20]), formula())
    both, _ = drive(
        scheduler, begun(begun(empty(HORIZON), configs[:20]), configs[20:]), formula(), order=np.random.default_rng(0)
    )
    assert both.states[:20] == alone.states
    assert {number: edits for number, edits in both.edits.items() if number < 20} == alone.edits


@each_scheduler
@pytest.mark.parametrize("sampler", ["random", "coarse-to-fine"])
def test_planned_epochs_are_those_that_are_trained(scheduler, sampler, empty, begun, formula):
    sampler, order = make_sampler(sampler, None), np.random.default_rng(0)
    history = search(scheduler, sampler, 50, formula().train, empty(HORIZON), begun, order, most=50)
    planned, trained = scheduler.planned_epochs(round_sizes(sampler, 50)), history.epochs.sum()
    if isinstance(scheduler, WHOEVER_COMES_FIRST):
        assert planned <= trained < 1.5 * planned
    elif scheduler.is_bound:
        assert trained < planned == 50 * HORIZON
    else:
        assert planned == trained


@each_scheduler
def test_settings_make_the_same_scheduler_again(scheduler):
    assert set(scheduler.settings) <= {"reduction", "min_epochs"}
    assert replace(scheduler, **scheduler.settings) == scheduler
    assert scheduler.summary is None or scheduler.summary.startswith("by ")


@each_scheduler
def test_nothing_is_due_in_an_empty_history(scheduler, empty):
    assert list(scheduler.decide(empty(HORIZON), seed=0)) == []
    assert scheduler.planned_epochs([]) == 0


@each_scheduler
def test_with_a_constraint_every_trial_ends(scheduler, constrained, begun, formula):
    sampler, order = make_sampler("coarse-to-fine", None), np.random.default_rng(1)
    history = search(scheduler, sampler, 40, formula(losing=4).train, constrained(HORIZON), begun, order, most=9)
    assert all(state.is_over for state in history.states)
    feasible = history.feasible[history.ranking]
    assert feasible.any()
    assert not feasible.all()
    assert np.all(np.diff(feasible.astype(int)) <= 0)


@each_scheduler
def test_with_two_objectives_every_trial_ends(scheduler, with_two, begun, formula):
    sampler, order = make_sampler("thompson", None), np.random.default_rng(1)
    history = search(scheduler, sampler, 40, formula(losing=4).train, with_two(HORIZON), begun, order, most=9)
    assert all(state.is_over for state in history.states)
    loss, score = history.final("loss"), history.final("score")
    able = history.able
    for number in able:
        beaten = (loss[able] <= loss[number]) & (score[able] >= score[number])
        beaten &= (loss[able] < loss[number]) | (score[able] > score[number])
        assert (int(number) in history.front) is not beaten.any()


@in_any_order
@pytest.mark.parametrize("seed", range(3))
def test_with_two_objectives_the_order_of_results_changes_nothing(scheduler, with_two, begun, formula, drive, seed):
    history = begun(with_two(HORIZON), RandomSampler().propose(SPACE, with_two(HORIZON), 30, seed).configs)
    _, expected = drive(scheduler, history, formula(seed, 5))
    _, decided = drive(scheduler, history, formula(seed, 5), order=np.random.default_rng(seed))
    assert {repr(decision) for decision in decided} == {repr(decision) for decision in expected}
