import numpy as np
import pytest

from ikura.records import CopyFrom, Goal, GoOn, History, JobResult, Metric, Objective, Source, Stop, Trial, TrialState
from ikura.report.axes import axes
from ikura.report.shown_trials import BANDS, DIVERGED, MOST_EPOCHS, MOST_TRIALS, shown_trials
from ikura.space import Choice, Float, Space
from ikura.tasks import CLASSIFICATION

SPACE = Space(rate=Float(0.0, 1.0), optimizer=Choice("sgd", "adam"), beta=Float(0.0, 1.0, when={"optimizer": ["adam"]}))


def config(at, trials):
    return (
        {"rate": at / trials, "optimizer": "adam", "beta": 0.5} if at % 2 else {"rate": at / trials, "optimizer": "sgd"}
    )


def begun(trials, epochs=2, objective=CLASSIFICATION.objective):
    """Trials in rounds of two, all of them under way."""
    history = History(CLASSIFICATION.metrics, objective, epochs)
    for first in range(0, trials, 2):
        numbers = range(first, min(first + 2, trials))
        history = history.with_round([Trial(at, config(at, trials), first // 2) for at in numbers])
    return history.with_decisions([GoOn(at, epochs) for at in range(trials)])


def history(values, epochs=2, objective=CLASSIFICATION.objective):
    """A trial for each last value of all metrics; None for one that diverged after the first epoch."""
    under_way, results = begun(len(values), epochs, objective), []
    for job, value in zip(under_way.jobs(), values, strict=True):
        curve = np.full(1 if value is None else epochs, 0.1, dtype=np.float32)
        curve[-1] = 0.1 if value is None else value
        state = TrialState.DIVERGED if value is None else TrialState.COMPLETE
        results.append(JobResult(job, state, {metric.name: curve for metric in CLASSIFICATION.metrics}))
    return under_way.with_results(results)


def shown(values, epochs=2, objective=CLASSIFICATION.objective):
    return shown_trials(SPACE, axes(SPACE), history(values, epochs, objective))


def test_the_worst_come_first_and_the_best_last_so_that_they_are_drawn_on_top():
    found = shown([0.7, None, 0.9, 0.8])
    assert found.numbers.tolist() == [1, 0, 3, 2]
    assert found.rounds.tolist() == [0, 0, 1, 1]
    assert found.values[1:].tolist() == pytest.approx([0.7, 0.8, 0.9])
    assert found.ended.tolist() == [1, 2, 2, 2]
    assert found.measured == 4


def test_bands_hold_their_share_of_the_ranks():
    found = shown([None, *np.linspace(0.5, 0.9, 40)])
    of_rank = found.band[::-1]
    assert of_rank.tolist() == [0] * 2 + [1] * 6 + [2] * 12 + [3] * 20 + [DIVERGED]
    assert [name for _, name in BANDS] == ["best 5 %", "next 15 %", "next 30 %", "other half"]


def test_positions_are_the_unit_cube_and_nan_where_a_dimension_is_not_used():
    found = shown([0.5, 0.6])
    assert found.numbers.tolist() == [0, 1]
    assert found.last.positions[:, 0] == pytest.approx([0.0, 0.5])
    assert 0 < found.last.positions[0, 1] < 0.5 < found.last.positions[1, 1] < 1
    assert np.isnan(found.last.positions[0, 2])
    assert found.last.texts == (("0", "sgd", None), ("0.5", "adam", "0.5"))


def test_the_floor_lies_three_times_as_far_below_the_best_as_the_median_where_some_are_far_worse():
    found = shown([0.98, 0.96, 0.96, 0.95, 0.10])
    assert found.extents["dev_accuracy"].edge == pytest.approx(0.92)
    assert found.beyond == 1


def test_where_less_is_better_the_worst_come_first_too_and_the_edge_lies_above():
    objective = Objective(Metric("dev_loss", Goal.MINIMIZE))
    found = shown([0.2, None, 0.1, 0.4], objective=objective)
    assert found.numbers.tolist() == [1, 3, 0, 2]
    assert found.beyond == 0
    found = shown([0.1, 0.2, 0.2, 0.3, 9.0], objective=objective)
    assert found.numbers.tolist() == [4, 3, 2, 1, 0]
    assert found.extents["dev_loss"].edge == pytest.approx(0.4)
    assert found.beyond == 1


def test_without_outliers_nothing_is_cut_off():
    found = shown([0.98, 0.96, 0.94])
    assert found.extents["dev_accuracy"].edge == pytest.approx(0.94)
    assert found.beyond == 0


def test_of_many_trials_the_very_best_and_some_of_every_rank_are_drawn():
    trials = 3000
    found = shown([None if at % 10 == 0 else at / trials for at in range(trials)])
    assert found.measured == trials
    assert len(found.numbers) == MOST_TRIALS
    assert (found.band == DIVERGED).sum() == 100
    ranks = np.sort([at for at in range(trials) if at % 10])[::-1]
    best_first = found.numbers[found.band != DIVERGED][::-1]
    assert best_first[:45].tolist() == ranks[:45].tolist()
    assert best_first[-1] == ranks[-1]
    assert np.diff(np.searchsorted(-ranks, -best_first)).max() <= 4


def test_of_many_epochs_some_are_drawn_with_the_first_and_the_last():
    found = shown([0.5, 0.6], epochs=1000)
    assert len(found.epochs) == MOST_EPOCHS
    assert (found.epochs[0], found.epochs[-1]) == (1, 1000)
    assert found.curves["dev_accuracy"].shape == (2, MOST_EPOCHS)
    assert found.curves["dev_accuracy"][:, -1] == pytest.approx([0.5, 0.6])


def test_a_history_in_which_nothing_was_measured_is_empty():
    waiting = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, 2)
    found = shown_trials(SPACE, axes(SPACE), waiting.with_round([Trial(0, config(0, 1), 0)]))
    assert (len(found.numbers), len(found.epochs), found.measured) == (0, 0, 0)


def test_stopped_trials_rank_below_those_that_were_trained_for_longer_and_end_where_they_ended():
    under_way = begun(3, epochs=4)
    results = []
    for job, end, value in zip(under_way.jobs(), (4, 2, 4), (0.5, 0.9, 0.6), strict=True):
        curve = np.linspace(0.1, value, end, dtype=np.float32)
        state = TrialState.COMPLETE if end == 4 else TrialState.PAUSED
        results.append(JobResult(job, state, {metric.name: curve for metric in CLASSIFICATION.metrics}))
    found = shown_trials(SPACE, axes(SPACE), under_way.with_results(results).with_decisions([Stop(1)]))
    assert found.numbers.tolist() == [1, 0, 2]
    assert found.are(TrialState.STOPPED).tolist() == [True, False, False]
    assert found.ended.tolist() == [2, 4, 4]
    assert found.values.tolist() == found.ends["dev_accuracy"].tolist() == pytest.approx([0.9, 0.5, 0.6])
    assert np.isnan(found.curves["dev_loss"][0, 2:]).all()


def test_a_trial_lies_where_it_was_trained_last_and_was_proposed_where_it_was_proposed():
    copied = begun(2, epochs=1)
    curves = {metric.name: np.array([0.5], np.float32) for metric in CLASSIFICATION.metrics}
    copied = copied.with_results([JobResult(job, TrialState.PAUSED, curves) for job in copied.jobs()])
    copied = copied.with_decisions([CopyFrom(1, Source(0, 1), {"rate": 0.25, "optimizer": "sgd"}, 2)])
    copied = copied.with_results([JobResult(copied.job(1), TrialState.COMPLETE, curves)])
    found = shown_trials(SPACE, axes(SPACE), copied)
    row = found.numbers.tolist().index(1)
    assert found.last.texts[row] == ("0.25", "sgd", None)
    assert found.proposed.texts[row] == ("0.5", "adam", "0.5")
    assert (found.last.positions[row, 0], found.proposed.positions[row, 0]) == pytest.approx((0.25, 0.5))
