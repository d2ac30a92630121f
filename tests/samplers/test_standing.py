"""Scores of ranks."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm, rankdata

from ikura.records import Goal, History, Metric, Objective, TrialState
from ikura.samplers.standing import newest_first, normal_scores
from ikura.tasks import CLASSIFICATION

LOSS = Metric("loss", Goal.MINIMIZE)
ACCURACY = Metric("dev_accuracy", Goal.MAXIMIZE)


@pytest.mark.parametrize("metric", [LOSS, ACCURACY], ids=["minimized", "maximized"])
def test_they_are_normal_quantiles_of_ranks_in_which_equal_trials_share(metric, append):
    values = np.random.default_rng(0).integers(0, 6, 40).astype(float)
    history = append(
        History((metric,), Objective(metric), horizon=1), [{"x": value} for value in values], lambda config: config["x"]
    )
    numbers, scores = normal_scores(history)
    expected = norm.ppf((rankdata(metric.loss(values)) - 0.5) / 40)
    assert numbers.tolist() == history.ranking.tolist()
    np.testing.assert_allclose(scores, expected[numbers])


def test_what_breaks_ties_breaks_them(append):
    objective = Objective(ACCURACY, (LOSS,))
    history = append(History((ACCURACY, LOSS), objective, horizon=1), [{"x": 1.0}, {"x": 1.0}], lambda config: 1.0)
    assert np.ptp(normal_scores(history)[1]) == 0
    curves = {**history.curves, "loss": np.array([[2.0], [1.0]], np.float32)}
    numbers, scores = normal_scores(replace(history, curves=curves))
    assert numbers.tolist() == [1, 0]
    assert scores[0] < scores[1]


def test_lost_trials_share_the_last_ranks(append):
    nothing = History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=1)
    history = append(nothing, [{"x": value} for value in (0.5, np.nan, 0.9, np.nan)], lambda config: config["x"])
    assert history.count(TrialState.DIVERGED) == 2
    numbers, scores = normal_scores(history)
    assert numbers.tolist() == [2, 0, 1, 3]
    np.testing.assert_allclose(scores, norm.ppf(np.array([0.5, 1.5, 3, 3]) / 4))


def test_who_was_trained_for_longer_is_ahead(append):
    history = append(
        History(CLASSIFICATION.metrics, CLASSIFICATION.objective, horizon=3), [{"x": 0.9}, {"x": 0.5}], lambda c: c["x"]
    )
    curves = {name: np.where([[0, 1, 1], [0, 0, 0]], np.nan, curve) for name, curve in history.curves.items()}
    numbers, scores = normal_scores(replace(history, curves=curves, states=(TrialState.STOPPED, TrialState.COMPLETE)))
    assert numbers.tolist() == [1, 0]
    assert scores[0] < scores[1]


def test_of_equal_trials_the_newest_comes_first(append):
    history = append(
        History((LOSS,), Objective(LOSS), horizon=1), [{"x": x} for x in (2, 1, 2, 0, 1, 2)], lambda config: config["x"]
    )
    assert history.ranking.tolist() == [3, 1, 4, 0, 2, 5]
    assert newest_first(history, history.ranking).tolist() == [3, 4, 1, 5, 2, 0]
    assert newest_first(history, history.ranking[[0, 1, 4]]).tolist() == [3, 1, 2]
    assert newest_first(history, history.ranking[:0]).tolist() == []
