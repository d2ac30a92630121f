"""The loop, with an evaluator that needs no engine."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from ikura.errors import SettingError, StudyStopped
from ikura.records import JobResult, Proposal, TrialState, Wait
from ikura.samplers import CoarseToFineSampler, GridSampler, RandomSampler
from ikura.space import Choice, Space
from ikura.store import open_store
from ikura.study import ResultsStored, RoundBegan, control
from ikura.study import search as search_module
from ikura.study.search import search
from tests.study.rehearsal import Rehearsed, rehearse

IN_ANY_ORDER = ("full", "halving", "hyperband", "median", "patience", "pbt")
"""What these decide does not depend on the order in which results come in."""

SCHEDULES = (*IN_ANY_ORDER, "asha")


def run(store, **options):
    return search(rehearse(store, **options))


def same(one, other):
    assert one.trials == other.trials
    assert one.states == other.states
    assert one.regions == other.regions
    assert one.edits == other.edits
    assert one.targets == other.targets == {}
    for metric, curve in one.curves.items():
        assert curve.tobytes() == other.curves[metric].tobytes()


def test_rounds_follow_until_the_budget_is_spent(store):
    evaluator, seen = Rehearsed(), []
    history = run(store, evaluator=evaluator, seen=seen)
    assert [len(numbers) for numbers in evaluator.asked] == [5, 5, 5, 5]
    assert [number for numbers in evaluator.asked for number in numbers] == list(range(20))
    assert [trial.number for trial in history.trials] == list(range(20))
    assert [trial.round for trial in history.trials] == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5
    rounds = [event for event in seen if isinstance(event, RoundBegan)]
    assert [r.round for r in rounds] == [0, 1, 2, 3]
    assert [r.region for r in rounds if r.region] == list(history.regions)


def test_the_last_news_is_the_truth(store):
    seen = []
    history = run(store, seen=seen)
    news = [event for event in seen if isinstance(event, ResultsStored)]
    assert sorted(trial.number for each in news for trial, _ in each.results) == list(range(20))
    best = int(history.ranking[0])
    assert replace(news[-1], results=(), given_up=()) == ResultsStored(
        over=20,
        trials=20,
        paused=0,
        stopped=0,
        diverged=1,
        failed=0,
        epochs=19 * 9 + 1,
        best=best,
        best_value=pytest.approx(float(np.nanmax(history.final("score")))),
    )


def test_what_is_told_has_been_stored(store):
    told = []

    class Watching(list):
        def append(self, event):
            if isinstance(event, ResultsStored):
                told.append((event.over, sum(state.is_over for state in store.history("s").states)))

    run(store, sampler=RandomSampler(), trials=6, seen=Watching())
    assert told
    assert all(said == stored for said, stored in told)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_history_in_hand_is_the_one_in_the_store(store, schedule):
    same(run(store, schedule=schedule), store.history("s"))


def test_results_are_written_together(store, monkeypatch):
    writes = []
    write = store.write
    monkeypatch.setattr(store, "write", lambda name, *given: (writes.append(len(given[0])), write(name, *given)))
    run(store, sampler=RandomSampler(), trials=50)
    # While no slot stands idle they wait for each other.
    assert writes == [49, 1]


def test_a_slow_evaluator_is_written_as_it_goes(store, monkeypatch):
    monkeypatch.setattr(search_module, "WRITE_SECONDS", 0.0)
    seen = []
    run(store, sampler=RandomSampler(), trials=5, seen=seen)
    assert [event.over for event in seen if isinstance(event, ResultsStored)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("schedule", IN_ANY_ORDER)
@pytest.mark.parametrize("stop_after", [0, 1, 7, 19])
def test_an_interrupted_study_goes_on_where_it_stood_and_ends_the_same(store, tmp_path, schedule, stop_after):
    with pytest.raises(KeyboardInterrupt):
        run(store, evaluator=Rehearsed(stop_after), schedule=schedule)
    begun = store.history("s")
    running = begun.numbers(TrialState.RUNNING)
    evaluator = Rehearsed()
    resumed = run(store, evaluator=evaluator, schedule=schedule)
    # What was under way comes first, and nothing that was measured is trained again.
    assert evaluator.asked[0] == running
    with open_store(str(tmp_path / "other.db")) as other:
        same(resumed, run(other, schedule=schedule))


def check_promotions(history, reduction, rungs):
    """Whoever is among the best of a rung has gone on, and of the others only some who once were."""
    for rung, after in pairwise(rungs):
        there = np.flatnonzero(history.epochs >= rung)
        values = {metric.name: history.at(metric.name, rung)[there] for metric in history.objective.metrics}
        best = there[history.objective.order(values, there.tolist())[: len(there) // reduction]]
        lost = [number for number in best if history.states[number].is_lost]
        assert (history.epochs[best] >= after).sum() + len(lost) == len(best)
        assert len(best) <= (history.epochs >= after).sum() <= len(there)
    assert sorted({*history.epochs.tolist()} - {*rungs}) in ([], [1])


@pytest.mark.parametrize("sampler", [RandomSampler(), CoarseToFineSampler()], ids=["random", "coarse-to-fine"])
@pytest.mark.parametrize("stop_after", [1, 13, None])
def test_asha_promotes_the_best_that_have_come_and_a_resumed_study_keeps_what_was_decided(store, sampler, stop_after):
    evaluator, options = Rehearsed(), {"schedule": "asha", "sampler": sampler, "trials": 40}
    begun = None
    if stop_after is not None:
        with pytest.raises(KeyboardInterrupt):
            run(store, evaluator=Rehearsed(stop_after), **options)
        begun = store.history("s")
    history = run(store, evaluator=evaluator, **options)
    same(history, store.history("s"))
    assert len(history.trials) == 40
    assert history.count(TrialState.COMPLETE) >= 4
    assert all(state.is_over for state in history.states)
    check_promotions(history, 3, (1, 3, 9))
    if begun is not None:
        assert evaluator.asked[0] == sorted(begun.targets)
        assert all(history.epochs[number] >= until for number, until in begun.targets.items() if number != 3)
    # Nobody waits for a round of which others are under way.
    assert set(history.numbers(TrialState.STOPPED)) <= set(evaluator.cancelled)


def test_halving_stops_most_and_tells_the_evaluator(store):
    evaluator, seen = Rehearsed(), []
    history = run(store, evaluator=evaluator, schedule="halving", sampler=RandomSampler(), trials=18, seen=seen)
    stopped = history.numbers(TrialState.STOPPED)
    # 18 are started; one in three goes on from 1 epoch, and from 3: of those that were started, one has diverged.
    assert sorted(history.epochs[stopped].tolist()) == [1] * 11 + [3] * 4
    assert history.epochs[history.numbers(TrialState.COMPLETE)].tolist() == [9, 9]
    assert set(stopped) <= set(evaluator.cancelled)
    assert seen[-1].stopped == len(stopped)
    assert seen[-1].epochs == history.epochs.sum()


def test_a_population_copies_and_each_copy_is_trained_the_way_of_its_source(store):
    history = run(store, schedule="pbt", sampler=RandomSampler(), trials=10)
    assert history.edits
    evaluator = Rehearsed()
    for number in history.edits:
        legs = history.legs(number, history.horizon)
        assert legs[-1].number == number
        last = np.float32(evaluator.score(legs[-1], history.horizon - 1, None))
        assert history.curves["score"][number, -1] == last


def test_a_space_that_is_exhausted_ends_the_search(store):
    small = Space(optimizer=Choice("adam", "sgd"), learning_rate=Choice(0.1, 0.2))
    history = run(store, space=small, sampler=GridSampler(), trials=50)
    assert len(history.trials) == 4
    assert [event.kind for event in store.events("s")] == ["exhausted"]


class OneByOne:
    """Proposes one configuration at a time, without waiting for what is in flight."""

    def propose(self, space, history, limit, seed):
        return Proposal([{"learning_rate": 1e-3 * (1 + len(history.trials)), "optimizer": "adam"}])


def test_what_stands_idle_is_filled_from_the_sampler(store):
    evaluator = Rehearsed()
    history = run(store, evaluator=evaluator, sampler=OneByOne(), trials=6)
    assert [trial.round for trial in history.trials] == list(range(6))
    assert evaluator.asked == [[number] for number in range(6)]


class Waiting:
    """Waits for nothing."""

    def propose(self, space, history, limit, seed):
        return Wait()


def test_a_sampler_that_waits_for_nothing_is_told(store):
    with pytest.raises(SettingError, match="sampler: Waiting waits, and no trial is under way; it must propose then"):
        run(store, sampler=Waiting())


class Straying:
    """Leaves the space."""

    def propose(self, space, history, limit, seed):
        return Proposal([{"learning_rate": 7.0, "optimizer": "adam"}])


class Odd:
    """Returns something else."""

    def __init__(self, returned):
        self._returned = returned

    def propose(self, space, history, limit, seed):
        return self._returned


@pytest.mark.parametrize("returned", [None, Wait, [], {"learning_rate": 0.1}])
def test_a_sampler_that_proposes_nothing_of_the_kind_is_told(store, returned):
    with pytest.raises(SettingError, match=r"sampler: Odd returns .*; propose must return a Proposal or Wait\(\)"):
        run(store, sampler=Odd(returned))


def test_a_sampler_that_proposes_too_much_is_told(store):
    configs = [{"learning_rate": 1e-3 * (1 + number), "optimizer": "adam"} for number in range(7)]
    with pytest.raises(SettingError, match=r"sampler: Odd proposes 7 configurations; .* at most the 6 that it is"):
        run(store, sampler=Odd(Proposal(configs)), trials=6)


def test_a_sampler_that_leaves_the_space_is_told(store):
    with pytest.raises(SettingError, match="sampler: Straying proposes what the space does not hold"):
        run(store, sampler=Straying())
    assert store.history("s").trials == ()


def test_a_command_stops_the_search_and_what_has_come_is_kept(store, monkeypatch):
    monkeypatch.setattr(control, "LOOK_SECONDS", 0.0)

    class Sending(Rehearsed):
        def result(self, job):
            if job.number == 2:
                store.send("s", "stop", {})
            return super().result(job)

    with pytest.raises(StudyStopped):
        run(store, evaluator=Sending(), sampler=RandomSampler())
    assert store.history("s").numbers(TrialState.COMPLETE) == [0, 1, 2]


class Failing(Rehearsed):
    """Its trials fail, each for a reason of its own from some number on."""

    def __init__(self, same):
        super().__init__()
        self._same = same

    def result(self, job):
        nothing = {metric.name: np.zeros(0, np.float32) for metric in self.metrics}
        reason = "ValueError: always" if job.number < self._same else f"ValueError: {job.number}"
        return JobResult(job, TrialState.FAILED, nothing, f"Traceback\n{reason}\n")


def test_a_search_whose_trials_all_fail_in_the_same_way_is_given_up(store, monkeypatch):
    monkeypatch.setattr(search_module, "WRITE_SECONDS", 0.0)
    with pytest.raises(SettingError, match="all of the first 10 trials failed with ValueError: always; some must"):
        run(store, sampler=RandomSampler(), evaluator=Failing(same=20))
    history = store.history("s")
    assert history.count(TrialState.FAILED) == 10
    assert history.errors[0] == "Traceback\nValueError: always\n"


def test_a_few_trials_are_all_there_are(store):
    with pytest.raises(SettingError, match="all of the first 4 trials failed"):
        run(store, sampler=RandomSampler(), evaluator=Failing(same=4), trials=4)


def test_failures_of_other_kinds_do_not_end_a_search(store):
    seen = []
    history = run(store, sampler=RandomSampler(), evaluator=Failing(same=9), seen=seen)
    assert len(history.errors) == 20
    assert seen[-1].failed == 20


class Slow(Rehearsed):
    """Takes a second of the clock for each result."""

    def __init__(self, clock, **options):
        super().__init__(**options)
        self._clock = clock

    def collect(self, seconds):
        self._clock.now += 1.0
        return super().collect(seconds)


class Clock:
    now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(search_module, "time", clock)
    return clock


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_search_whose_time_is_over_ends_with_the_numbers_that_it_has(store, clock, schedule):
    whole = run(store, schedule=schedule, name="whole")
    evaluator, seen = Slow(clock), []
    study = replace(rehearse(store, evaluator, seen=seen, schedule=schedule), timeout=7.0)
    history = search(study)
    assert clock.now == 7.0
    assert all(state.is_over for state in history.states)
    assert 5 <= len(history.trials) < 20
    assert set(evaluator.cancelled) >= set(history.numbers(TrialState.STOPPED))
    trained = [number for number in range(len(history.trials)) if history.epochs[number]]
    assert history.trials == whole.trials[: len(history.trials)]
    for number in trained:
        same_epochs = slice(0, int(history.epochs[number]))
        for metric, curve in history.curves.items():
            assert curve[number, same_epochs].tobytes() == whole.curves[metric][number, same_epochs].tobytes()
    same(store.history("s"), history)
    (message,) = [event.message for event in store.events("s") if event.kind == search_module.TIMEOUT]
    over = sum(bool(epochs) for epochs in history.epochs)
    assert message.startswith("the search ended when its time of 7 s was over: ")
    ended, *more = [int(number) for number in re.findall("([0-9]+) (?:of 20|more)", message)]
    assert ended + sum(more) == over == len(history.trials) - history.untried
    assert ended == 7 or schedule != "full"
    assert seen[-1].stopped == history.count(TrialState.STOPPED) - history.untried
    assert seen[-1].over == over


def test_a_search_whose_time_was_over_does_not_begin_again(store, clock):
    history = search(replace(rehearse(store, Slow(clock)), timeout=7.0))
    evaluator = Rehearsed()
    same(search(rehearse(store, evaluator)), history)
    assert evaluator.asked == []


def test_a_search_goes_on_to_its_first_result(store, clock):
    class Late(Slow):
        def collect(self, seconds):
            return super().collect(seconds) if self._clock.now >= 3 else self._wait()

        def _wait(self):
            self._clock.now += 1.0
            return []

    history = search(replace(rehearse(store, Late(clock)), timeout=1.0))
    assert len(history.ranking) == 1


def test_a_search_that_ends_before_its_time_says_nothing_of_it(store, clock):
    same(search(replace(rehearse(store, Slow(clock)), timeout=1000.0)), run(store, name="whole"))
    assert not [event for event in store.events("s") if event.kind == search_module.TIMEOUT]
