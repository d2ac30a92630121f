from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from ikura.records import Goal, GoOn, History, JobResult, Metric, Objective, Stop, Trial, TrialState
from ikura.report.rungs import Lane, Rung, elimination
from ikura.report.stopping import elimination_of

LOSS = Metric("loss", Goal.MINIMIZE)


def halving(history, planned):
    """What successive halving did, of which each round has one bracket."""
    return elimination("halving", history, [(trial.round, 0) for trial in history.trials], {0: planned})


def begun(trials, *, until=2, horizon=8, goal=Goal.MINIMIZE):
    metric = Metric("loss", goal)
    history = History((metric,), Objective(metric), horizon)
    return further(history, trials, until)


def further(history, trials, until=2):
    """One more round, whose trials are under way."""
    first, number = len(history.trials), history.next_round
    history = history.with_round([Trial(first + at, {}, number) for at in range(trials)])
    return history.with_decisions([GoOn(first + at, until) for at in range(trials)])


def trained(history, losses, lost=()):
    """The running trials come to where they were to go: to these losses; the lost ones measure one epoch fewer."""
    results = []
    for job in history.jobs():
        state = TrialState.COMPLETE if job.stop == history.horizon else TrialState.PAUSED
        length = job.stop - job.start - (job.number in lost)
        curve = np.full(length, losses[job.number], np.float32)
        results.append(JobResult(job, TrialState.DIVERGED if job.number in lost else state, {"loss": curve}))
    return history.with_results(results)


def test_each_rung_says_who_entered_went_on_stopped_and_was_lost():
    history = trained(begun(7), [0.9, 0.1, 0.5, 0.2, 0.3, 0.8, 0.4], lost=[5])
    history = history.with_decisions([GoOn(1, 4), GoOn(3, 4), GoOn(4, 4), Stop(0), Stop(2), Stop(6)])
    history = trained(history, {1: 0.09, 3: 0.05, 4: 0.5}, lost=[1])
    history = trained(history.with_decisions([GoOn(3, 8), Stop(4)]), {3: 0.01})
    found = halving(history, (2, 4, 8))
    assert found.rungs == (
        Rung(0, 0, 2, 7, 3, 3, 1, 0, pytest.approx(0.1)),
        Rung(0, 0, 4, 3, 1, 1, 1, 0, pytest.approx(0.05)),
        Rung(0, 0, 8, 1, 0, 0, 0, 0, pytest.approx(0.01)),
    )
    assert found.epochs == (2, 4, 8)
    assert not found.failed


def test_a_trial_that_is_lost_right_after_a_rung_was_on_the_way_to_the_next():
    history = trained(begun(3), [0.1, 0.2, 0.3]).with_decisions([GoOn(0, 4), GoOn(1, 4), Stop(2)])
    results = [JobResult(job, TrialState.DIVERGED, {"loss": np.empty(0, np.float32)}) for job in history.jobs()[:1]]
    first, second = halving(trained(history.with_results(results), {1: 0.2}), (2, 4, 8)).rungs
    assert (first.entered, first.went_on, first.lost) == (3, 2, 0)
    assert (second.entered, second.lost, second.under_way) == (2, 1, 1)


def test_the_best_value_is_the_highest_where_more_is_better():
    history = trained(begun(3, goal=Goal.MAXIMIZE), [0.9, 0.1, 0.5])
    assert halving(history, (2, 4, 8)).rungs[0].best == pytest.approx(0.9)


def test_rounds_are_told_apart_and_an_unfinished_one_has_trials_under_way():
    history = trained(begun(3), [0.3, 0.1, 0.2]).with_decisions([GoOn(1, 8), Stop(0), Stop(2)])
    history = further(trained(history, {1: 0.05}), 3)
    history = history.with_results(
        [JobResult(history.job(3), TrialState.PAUSED, {"loss": np.array([1, 0.5], np.float32)})]
    )
    history = history.with_round([Trial(6, {}, 2)])
    assert halving(history, (2, 8)).rungs == (
        Rung(0, 0, 2, 3, 1, 2, 0, 0, pytest.approx(0.1)),
        Rung(0, 0, 8, 1, 0, 0, 0, 0, pytest.approx(0.05)),
        Rung(1, 0, 2, 3, 0, 0, 0, 3, pytest.approx(0.5)),
    )


def test_a_rung_that_all_were_lost_on_the_way_to_is_told_too():
    history = trained(begun(2), [0.1, 0.2], lost=[0, 1])
    assert halving(history, (2, 4, 8)).rungs == (Rung(0, 0, 2, 2, 0, 0, 2, 0, None),)


def test_a_rung_of_which_the_settings_do_not_know_is_seen_in_the_history():
    history = trained(begun(2), [0.1, 0.2]).with_decisions([GoOn(0, 8), Stop(1)])
    assert halving(history, (8,)).epochs == (2, 8)


def test_a_rung_that_nobody_has_come_to_has_no_best_value():
    assert halving(begun(2), (2, 4, 8)).rungs == (Rung(0, 0, 2, 2, 0, 0, 0, 2, None),)


def test_lanes_come_by_round_the_longest_and_best_first():
    history = trained(begun(4), [0.4, 0.1, 0.3, 0.2], lost=[3])
    history = history.with_decisions([GoOn(1, 8), Stop(0), Stop(2)])
    history = further(trained(history, {1: 0.5}), 1)
    history = trained(history, {4: 0.01})
    lanes = halving(history, (2, 4, 8)).lanes
    assert [(lane.number, lane.epochs, lane.state) for lane in lanes] == [
        (1, 8, TrialState.COMPLETE),
        (2, 2, TrialState.STOPPED),
        (0, 2, TrialState.STOPPED),
        (3, 1, TrialState.DIVERGED),
        (4, 2, TrialState.PAUSED),
    ]
    assert lanes[0] == Lane(1, 0, 0, 8, TrialState.COMPLETE, pytest.approx(0.5))
    assert np.isnan(lanes[3].value)


def test_a_study_without_trials_has_no_rungs():
    found = halving(History((LOSS,), Objective(LOSS), 8), (2, 4, 8))
    assert (found.rungs, found.lanes, found.epochs) == ((), (), ())


def test_a_whole_search_adds_up(make_study):
    history = make_study(trials=120, epochs=27, rounds=2, schedule="halving").history
    rungs = halving(history, (3, 9, 27)).rungs
    assert [(rung.round, rung.epochs) for rung in rungs] == [(0, 3), (0, 9), (0, 27), (1, 3), (1, 9), (1, 27)]
    for rung, after in pairwise(rungs):
        assert rung.under_way == 0
        if rung.epochs < 27:
            assert rung.entered == rung.went_on + rung.stopped + rung.lost
            assert after.entered == rung.went_on
    assert sum(rung.stopped for rung in rungs) == history.count(TrialState.STOPPED)
    assert sum(rung.lost for rung in rungs) == history.count(TrialState.DIVERGED) > 0


def test_a_trial_of_a_bracket_that_begins_late_has_entered_no_earlier_rung(make_study):
    study = make_study(trials=90, epochs=27, rounds=2, schedule="hyperband")
    found = elimination_of(study.record.settings, study.history)
    starts = {}
    for rung in found.rungs:
        starts.setdefault((rung.round, rung.bracket), (rung.epochs, rung.entered))
    assert {group: epochs for group, (epochs, _) in starts.items()} == {
        (number, bracket): epochs for number in (0, 1) for bracket, epochs in enumerate((3, 9, 27))
    }
    assert sum(entered for _, entered in starts.values()) == 90
    for rung, after in pairwise(found.rungs):
        if (rung.round, rung.bracket) == (after.round, after.bracket):
            assert rung.entered == rung.went_on + rung.stopped + rung.lost
            assert after.entered == rung.went_on
    assert sum(rung.stopped for rung in found.rungs) == study.history.count(TrialState.STOPPED)
    assert sum(rung.lost for rung in found.rungs) == study.history.count(TrialState.DIVERGED) > 0
    assert [(lane.round, lane.bracket) for lane in found.lanes] == sorted(
        (lane.round, lane.bracket) for lane in found.lanes
    )


def test_rounds_are_one_to_a_schedule_that_compares_all(make_study):
    study = make_study(trials=60, epochs=27, rounds=2, schedule="asha")
    found = elimination_of(study.record.settings, study.history)
    assert [(rung.round, rung.bracket, rung.epochs) for rung in found.rungs] == [(0, 0, 3), (0, 0, 9), (0, 0, 27)]
    first, second, last = found.rungs
    assert first.entered == 60 - study.history.untried == first.went_on + first.stopped + first.lost
    assert (second.entered, last.entered) == (first.went_on, second.went_on)
    assert last.entered - last.lost == study.history.count(TrialState.COMPLETE)


def test_looks_of_median_stopping_are_rungs(make_study):
    study = make_study(trials=40, epochs=20, rounds=2, schedule="median")
    found = elimination_of(study.record.settings, study.history)
    assert found.epochs == tuple(range(2, 21, 2))
    assert not found.has_ladder
    assert sum(rung.stopped for rung in found.rungs) == study.history.count(TrialState.STOPPED) > 0


def test_patience_has_no_rungs(make_study):
    study = make_study(trials=40, epochs=20, rounds=2, schedule="patience")
    found = elimination_of(study.record.settings, study.history)
    assert found.rungs == found.epochs == ()
    assert {lane.state for lane in found.lanes} >= {TrialState.STOPPED, TrialState.COMPLETE}
    assert {lane.round for lane in found.lanes} == {0}


def test_trials_that_never_began_have_entered_nothing(make_study):
    history = begun(3).with_decisions([Stop(0), Stop(1), Stop(2)])
    assert halving(history, (2, 4, 8)).rungs == ()


@pytest.mark.parametrize("schedule", ["full", "pbt"])
def test_other_schedules_stop_nobody(make_study, schedule):
    study = make_study(trials=10, epochs=4, rounds=1, schedule=schedule)
    assert elimination_of(study.record.settings, study.history) is None


@pytest.mark.parametrize("schedule", ["halving", "hyperband", "asha", "median", "patience"])
def test_settings_that_another_program_changed_are_no_reason_for_no_report(make_study, schedule):
    study = make_study(trials=10, epochs=9, rounds=1, schedule=schedule)
    settings = replace(study.record.settings, reduction=None, min_epochs=100)
    found = elimination_of(settings, study.history)
    assert len(found.lanes) == np.count_nonzero(study.history.epochs)
    assert all(rung.epochs in {1, 3, 9, *study.history.epochs.tolist()} for rung in found.rungs)
