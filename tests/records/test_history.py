"""Histories: what was measured, what was decided, and the way of a network."""

import numpy as np
import pytest

from ikura.records import (
    AT_LEAST,
    Constraint,
    CopyFrom,
    Goal,
    GoOn,
    History,
    Job,
    JobResult,
    Leg,
    Metric,
    Objective,
    Source,
    Stop,
    Trial,
    TrialState,
)

SCORE = Metric("score", Goal.MAXIMIZE, "share")
COST = Metric("cost", Goal.MINIMIZE)
EMPTY = History((COST, SCORE), Objective(SCORE, (COST,)), horizon=9)


def grown(trials=3, until=3):
    history = EMPTY.with_round([Trial(number, {"x": number}, 0) for number in range(trials)])
    return history.with_decisions([GoOn(number, until) for number in range(trials)])


def result(job, scores, state=TrialState.PAUSED, costs=None, error=None):
    costs = [1.0] * len(scores) if costs is None else costs
    return JobResult(job, state, {"score": np.float32(scores), "cost": np.float32(costs)}, error)


def after_first_rung():
    history = grown()
    first, second, third = history.jobs()
    return history.with_results([result(third, [0.1, 0.2, 0.5]), result(first, [0.3, 0.3, 0.3]), result(second, [0.9])])


def test_a_round_waits_until_something_is_decided():
    history = EMPTY.with_round([Trial(0, {"x": 1}, 0), Trial(1, {"x": 2}, 0)])
    assert history.states == (TrialState.WAITING, TrialState.WAITING)
    assert history.jobs() == []
    history = history.with_decisions([GoOn(1, 4)])
    assert history.states == (TrialState.WAITING, TrialState.RUNNING)
    assert history.jobs() == [Job(1, (Leg(1, {"x": 2}, 0, 4),), 0)]


def test_results_are_put_behind_what_was_measured():
    history = after_first_rung().with_decisions([GoOn(2, 5)])
    (job,) = history.jobs()
    assert (job.start, job.stop) == (3, 5)
    history = history.with_results([result(job, [0.6, -0.0])])
    np.testing.assert_array_equal(history.curves["score"][2], np.float32([0.1, 0.2, 0.5, 0.6, 0.0]))
    assert not np.signbit(history.curves["score"][2, -1])
    assert history.epochs.tolist() == [3, 1, 5]
    assert np.isnan(history.curves["score"][0, 3:]).all()


def test_each_trial_has_its_own_last_epoch():
    history = after_first_rung()
    assert history.final("score").tolist() == pytest.approx([0.3, 0.9, 0.5])
    assert history.values(1) == {"score": pytest.approx(0.9), "cost": 1.0}
    np.testing.assert_array_equal(history.at("score", 1), np.float32([0.3, 0.9, 0.1]))
    np.testing.assert_array_equal(history.at("score", 3), np.float32([0.3, np.nan, 0.5]))


def test_who_was_trained_for_longer_ranks_higher():
    assert after_first_rung().ranking.tolist() == [2, 0, 1]


def test_equal_trials_rank_by_tie_breaks_then_by_number():
    history = grown(4)
    costs = [[2.0] * 3, [1.0] * 3, [2.0] * 3, [0.5] * 3]
    history = history.with_results(
        [result(job, [0.5, 0.5, 0.5], costs=cost) for job, cost in zip(history.jobs(), costs, strict=True)]
    )
    assert history.ranking.tolist() == [3, 1, 0, 2]


def test_a_metric_to_be_minimised_ranks_the_other_way():
    history = History((COST,), Objective(COST), 2).with_round([Trial(number, {}, 0) for number in range(3)])
    history = history.with_decisions([GoOn(number, 2) for number in range(3)])
    results = [
        JobResult(job, TrialState.COMPLETE, {"cost": np.float32([9, value])})
        for job, value in zip(history.jobs(), [3.0, 1.0, 2.0], strict=True)
    ]
    assert history.with_results(results).ranking.tolist() == [1, 2, 0]


def test_lost_trials_are_not_ranked():
    history = grown()
    first, second, third = history.jobs()
    history = history.with_results(
        [
            result(first, [0.9, 0.9], TrialState.DIVERGED),
            result(second, [], TrialState.FAILED, error="Traceback"),
            result(third, [0.1, 0.1, 0.1]),
        ]
    )
    assert history.ranking.tolist() == [2]
    assert np.isnan(history.final("score")[:2]).all()
    assert history.errors == {1: "Traceback"}
    assert history.count(TrialState.DIVERGED, TrialState.FAILED) == 2
    assert history.numbers(TrialState.PAUSED) == [2]


def test_a_stopped_trial_keeps_its_rank():
    history = after_first_rung().with_decisions([Stop(0)])
    assert history.states[0] is TrialState.STOPPED
    assert history.ranking.tolist() == [2, 0, 1]
    assert history.jobs() == []


def test_a_copy_goes_the_way_of_its_source():
    history = after_first_rung().with_decisions([CopyFrom(0, Source(2, 3), {"x": 8}, 6), GoOn(2, 6)])
    assert history.legs(0, 3) == (Leg(0, {"x": 0}, 0, 3),)
    assert history.legs(0, 6) == (Leg(2, {"x": 2}, 0, 3), Leg(0, {"x": 8}, 3, 6))
    assert history.legs(2, 6) == (Leg(2, {"x": 2}, 0, 6),)
    assert history.config(0) == {"x": 8}
    assert history.config(2) == {"x": 2}
    copied = next(job for job in history.jobs() if job.number == 0)
    assert (copied.start, copied.stop, copied.config) == (3, 6, {"x": 8})


def test_a_copy_of_a_copy_goes_the_whole_way():
    history = after_first_rung().with_decisions([CopyFrom(0, Source(2, 3), {"x": 8}, 6), GoOn(2, 6)])
    history = history.with_results([result(job, [0.5] * 3) for job in history.jobs()])
    history = history.with_decisions([CopyFrom(2, Source(0, 6), {"x": 7}, 9), GoOn(0, 9)])
    way = (Leg(2, {"x": 2}, 0, 3), Leg(0, {"x": 8}, 3, 6))
    assert history.legs(2, 9) == (*way, Leg(2, {"x": 7}, 6, 9))
    assert history.legs(0, 9) == (Leg(2, {"x": 2}, 0, 3), Leg(0, {"x": 8}, 3, 9))
    # What it was before is still known.
    assert history.legs(2, 6) == (Leg(2, {"x": 2}, 0, 6),)


def test_nothing_changes_a_history():
    history = grown()
    before = history.states, dict(history.targets), history.epochs.copy()
    history.with_results([result(history.jobs()[0], [1.0])]).with_decisions([Stop(1)])
    assert (history.states, dict(history.targets)) == before[:2]
    np.testing.assert_array_equal(history.epochs, before[2])


def test_one_that_was_stopped_and_keeps_to_the_constraints_is_better_than_a_whole_one_that_does_not():
    history = History((COST, SCORE), Objective(COST, (), (Constraint(SCORE, AT_LEAST, 0.5),)), 2)
    history = history.with_round([Trial(number, {}, 0) for number in range(3)])
    history = history.with_decisions([GoOn(0, 2), GoOn(1, 1), GoOn(2, 1)])
    results = []
    for job, score in zip(history.jobs(), (0.4, 0.6, 0.3), strict=True):
        curves = {"cost": np.full(job.stop, job.number, np.float32), "score": np.full(job.stop, score, np.float32)}
        results.append(JobResult(job, TrialState.PAUSED if job.number else TrialState.COMPLETE, curves))
    history = history.with_results(results)
    assert history.feasible.tolist() == [False, True, False]
    assert history.ranking.tolist() == [1, 0, 2]


def two_objectives(rows, constraints=()):
    """Trials of a cost and a score, each trained for its epochs of 3, those with fewer of them stopped."""
    history = History((COST, SCORE), Objective(COST, (), constraints, SCORE), 3)
    history = history.with_round([Trial(number, {}, 0) for number in range(len(rows))])
    history = history.with_decisions([GoOn(number, epochs) for number, (epochs, _, _) in enumerate(rows)])
    results = []
    for job, (epochs, cost, score) in zip(history.jobs(), rows, strict=True):
        curves = {"cost": np.full(epochs, cost, np.float32), "score": np.full(epochs, score, np.float32)}
        state = TrialState.COMPLETE if epochs == 3 else TrialState.PAUSED
        results.append(JobResult(job, TrialState.DIVERGED if np.isnan(cost) else state, curves))
    history = history.with_results(results)
    return history.with_decisions([Stop(number) for number in history.numbers(TrialState.PAUSED)])


def test_fronts_are_of_those_that_were_trained_alike():
    # Trial 0, which was stopped, would be better than all others but the last, and alone on its front.
    history = two_objectives([(1, 0, 5), (3, 2, 4), (3, 1, 2), (3, 3, 3), (3, 1.5, 3), (3, np.nan, 9)])
    assert history.ranking.tolist() == [2, 1, 4, 3, 0]
    assert history.front == (2, 4, 1)
    assert history.able.tolist() == [2, 1, 4, 3]
    assert history.by_first.ranking.tolist() == [2, 4, 1, 3, 0]
    assert after_first_rung().by_first.ranking.tolist() == after_first_rung().ranking.tolist()


def test_the_front_is_of_stopped_trials_where_no_other_came_through_and_keeps_to_the_constraints():
    assert two_objectives([(1, 0, 5), (1, 2, 4), (1, 1, 6)]).front == (0, 2)
    bound = (Constraint(SCORE, AT_LEAST, 4.0),)
    assert two_objectives([(1, 0, 5), (3, 2, 3), (1, 1, 6)], bound).front == (0, 2)
    assert two_objectives([(3, 0, 1), (3, 2, 3), (3, 1, 2)], bound).front == (1,)
    assert two_objectives([]).front == ()
    assert after_first_rung().front == ()


def test_of_trials_that_lack_the_second_objective_the_first_one_decides():
    history = two_objectives([(3, 0, np.nan), (3, 2, 1), (3, 1, np.nan), (3, 3, 2)])
    assert history.ranking.tolist() == [1, 3, 0, 2]
    assert history.front == (1, 3)
