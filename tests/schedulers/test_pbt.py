import numpy as np
import pytest

from ikura.records import CopyFrom, GoOn, JobResult, Source, TrialState
from ikura.samplers import RandomSampler
from ikura.schedulers import FullBudget, PopulationBased
from ikura.space import Float, Int, Space

NAN = float("nan")
FIXED = frozenset({"batch_size"})


@pytest.fixture
def scheduler(space):
    return PopulationBased(30, space, FIXED)


@pytest.fixture
def at_first_copy(scheduler, space, empty, begun, reach):
    """The history of a population after its first 3 of 30 epochs."""

    def make(losses, scores=None):
        configs = RandomSampler().propose(space, empty(30), len(losses), seed=0).configs
        history = begun(empty(30), configs)
        history = history.with_decisions(scheduler.decide(history, seed=0))
        return reach(history, dict(enumerate(losses)), dict(enumerate(scores or [0.0] * len(losses))))

    return make


def copies(decisions):
    return {decision.trial: decision for decision in decisions if isinstance(decision, CopyFrom)}


@pytest.mark.parametrize(
    ("horizon", "min_epochs", "epochs"),
    [
        (30, None, (3, 6, 9, 12, 15, 18, 21, 24, 27, 30)),
        (30, 7, (7, 14, 21, 28, 30)),
        (30, 29, (29, 30)),
        (30, 15, (15, 30)),
        (5, None, (1, 2, 3, 4, 5)),
        (2, None, (1, 2)),
    ],
)
def test_the_population_stops_together_every_few_epochs(space, horizon, min_epochs, epochs):
    assert PopulationBased(horizon, space, FIXED, min_epochs).epochs == epochs


def test_the_worst_fifth_copies_from_the_best_fifth(scheduler, at_first_copy):
    history = at_first_copy([number / 100 for number in range(21)])
    decisions = scheduler.decide(history, seed=0)
    copied = copies(decisions)
    assert sorted(copied) == [17, 18, 19, 20]
    assert {decision.source.trial for decision in copied.values()} <= {0, 1, 2, 3}
    assert {decision.source.epoch for decision in copied.values()} == {3}
    assert [decision for decision in decisions if isinstance(decision, GoOn)] == [GoOn(n, 6) for n in range(17)]
    assert {decision.until for decision in decisions} == {6}


def test_each_of_the_best_is_drawn_from(scheduler, at_first_copy):
    history = at_first_copy([number / 100 for number in range(20)])
    drawn = [copy.source.trial for seed in range(50) for copy in copies(scheduler.decide(history, seed)).values()]
    counts = np.bincount(drawn)
    assert len(counts) == 4
    assert counts.min() > 30  # Of 200, 50 are to be expected.


def test_tie_breaks_decide_between_equals_and_then_the_number(scheduler, at_first_copy):
    history = at_first_copy([0.5] * 6, scores=[0.5, 0.1, 0.5, 0.9, 0.1, 0.2])
    assert {n: copy.source.trial for n, copy in copies(scheduler.decide(history, seed=0)).items()} == {4: 3}


def test_the_copy_has_the_sources_configuration_with_free_values_changed(scheduler, space, at_first_copy):
    changed = set()
    history = at_first_copy([number / 100 for number in range(30)])
    for seed in range(20):
        for copy in copies(scheduler.decide(history, seed)).values():
            source = history.config(copy.source.trial)
            space.check(copy.config)
            assert copy.config.keys() == source.keys()
            changed |= {name for name in source if copy.config[name] != source[name]}
    # What conditions ask for is not changed, nor what is fixed.
    assert changed == set(space.names) - {"batch_size", "optimizer", "layers", "tuned"} == scheduler.free


def test_a_copy_of_a_copy_takes_the_configuration_as_it_is_now(scheduler, at_first_copy, reach):
    history = at_first_copy([0.1, 0.2, 0.3, 0.4, 0.5])
    [first] = copies(scheduler.decide(history, seed=0)).values()
    assert (first.trial, first.source) == (4, Source(0, 3))
    history = history.with_decisions(scheduler.decide(history, seed=0))
    history = reach(history, {0: 0.2, 1: 0.3, 2: 0.4, 3: 0.5, 4: 0.1})
    [second] = copies(scheduler.decide(history, seed=0)).values()
    assert (second.trial, second.source) == (3, Source(4, 6))
    fixed = set(second.config) - scheduler.free
    assert {name: second.config[name] for name in fixed} == {name: first.config[name] for name in fixed}
    assert second.config.keys() == first.config.keys()


def test_copies_differ_by_seed_round_epoch_and_trial(empty, begun, reach):
    space = Space(**{f"x{i}": Float(0, 1) for i in range(5)})
    scheduler, config, found = PopulationBased(30, space, FIXED), dict.fromkeys(space.names, 0.5), []
    history = begun(begun(empty(30), [config] * 10), [config] * 10)
    for _ in range(2):
        history = history.with_decisions(scheduler.decide(history, seed=0))
        # The first eight of each round stay as they began, so that all copies are of the same configuration.
        history = reach(history, {number: number % 10 / 100 for number in range(20)})
        found += [copy.config for seed in (0, 1) for copy in copies(scheduler.decide(history, seed)).values()]
    assert len(found) == 2 * 2 * 4
    assert len({repr(each) for each in found}) == len(found)


@pytest.mark.parametrize(("trials", "copying"), [(1, 0), (2, 1), (3, 1), (4, 1), (9, 1), (10, 2)])
def test_in_a_small_population_one_copies(scheduler, at_first_copy, trials, copying):
    assert len(copies(scheduler.decide(at_first_copy([0.5] * trials), seed=0))) == copying


def test_a_member_that_is_lost_stays_lost(scheduler, at_first_copy):
    history = at_first_copy([NAN, 0.3, NAN, 0.2, 0.1])
    decisions = scheduler.decide(history, seed=0)
    assert history.numbers(TrialState.DIVERGED) == [0, 2]
    assert sorted(decision.trial for decision in decisions) == [1, 3, 4]
    assert {n: copy.source.trial for n, copy in copies(decisions).items()} == {1: 4}


def test_nobody_copies_before_all_are_there(scheduler, space, empty, begun, reach):
    configs = RandomSampler().propose(space, empty(30), 3, seed=0).configs
    history = begun(empty(30), configs)
    history = history.with_decisions(scheduler.decide(history, seed=0))
    history = reach(history, {0: 0.1, 2: 0.3})
    assert scheduler.decide(history, seed=0) == []
    assert len(scheduler.decide(reach(history, {1: 0.2}), seed=0)) == 3


def test_nobody_copies_at_the_horizon(scheduler, space, empty, begun, formula, drive):
    configs = RandomSampler().propose(space, empty(30), 20, seed=0).configs
    history, decisions = drive(scheduler, begun(empty(30), configs), formula())
    assert history.count(TrialState.COMPLETE) == 20
    assert {copy.source.epoch for copy in decisions if isinstance(copy, CopyFrom)} == set(range(3, 30, 3))
    assert len(copies(decisions)) > 4


class Falling:
    """A surface on which the best rate falls with time, so that no rate is good throughout."""

    def train(self, job, horizon):
        gains, gain = [], 0.0
        for epoch in range(job.stop):
            rate = next(leg.config["rate"] for leg in job.legs if epoch < leg.stop)
            gain += 1 / (1 + np.log(rate / (0.5 * 0.8**epoch)) ** 2)
            gains.append(gain)
        curves = {
            "loss": -np.array(gains[job.start :], np.float32),
            "score": np.zeros(job.stop - job.start, np.float32),
        }
        return JobResult(job, TrialState.COMPLETE if job.stop == horizon else TrialState.PAUSED, curves)


def test_it_finds_a_schedule_that_no_single_value_is_as_good_as(empty, begun, drive):
    space = Space(rate=Float(1e-4, 1.0, scale="log"), width=Int(1, 4))
    gains = []
    for seed in range(5):
        start = begun(empty(30), RandomSampler().propose(space, empty(30), 20, seed).configs)
        for scheduler in (PopulationBased(30, space, {"width"}), FullBudget(30)):
            trained, _ = drive(scheduler, start, Falling())
            gains.append(-trained.final("loss").min())
    assert np.mean(gains[::2]) > 1.3 * np.mean(gains[1::2])
