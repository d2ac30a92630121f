"""Who wins the finals, and what is said of the test."""

import math
from typing import ClassVar

import numpy as np
import pytest
from scipy.stats import binomtest

from ikura.data import Split
from ikura.nn import Variables
from ikura.records import METRICS, History, Trial, TrialState
from ikura.study import FinalsBegan, NetworksTrained
from ikura.study.finals import REPLICATES, Finalist, hold_finals
from ikura.study.outcome import test_facts as facts_of_test
from ikura.study.outcome import wilson_interval
from ikura.train import Candidate, Trained


def finalist(number, accuracy, loss=(0.1, 0.1)):
    return Finalist(Trial(number, {}, 0), 0.9, tuple(accuracy), tuple(loss))


def winner(*finalists):
    return max(finalists, key=lambda finalist: finalist.merit).trial.number


def test_the_mean_over_seeds_wins_not_the_luckiest_seed():
    assert winner(finalist(0, [1.0, 0.8]), finalist(1, [0.92, 0.92])) == 1


def test_ties_go_to_the_lower_loss_then_to_the_lower_number():
    assert winner(finalist(0, [0.9, 0.9], [0.3, 0.3]), finalist(1, [0.9, 0.9], [0.2, 0.3])) == 1
    assert winner(finalist(2, [0.9, 0.9]), finalist(1, [0.9, 0.9])) == 1


def test_one_divergence_outweighs_all():
    assert winner(finalist(0, [1.0, math.nan], [0.0, math.nan]), finalist(1, [0.1, 0.1], [9.0, 9.0])) == 1


class Rehearsed:
    """An evaluator whose trial 1 looked best in the search, by luck."""

    DEV_ACCURACY: ClassVar = {0: 0.9, 1: 0.8, 2: 0.7}

    def __init__(self):
        self.asked = []

    def train_again(self, trials, replicates):
        for replicate in replicates:
            for trial in trials:
                self.asked.append((trial.number, replicate))
                curves = dict.fromkeys(METRICS, np.full(2, self.DEV_ACCURACY[trial.number], np.float32))
                yield [Trained(Candidate(trial.number, {}, replicate), TrialState.COMPLETE, curves, Variables({}))]


def test_finalists_are_trained_under_other_seeds_and_these_decide():
    found = np.array([[0.95], [0.99], [0.5]], np.float32)
    trials = tuple(Trial(number, {}, 0) for number in range(3)) + tuple(Trial(n, {}, 0) for n in range(3, 15))
    curves = {metric: np.concatenate([found, np.zeros((12, 1), np.float32)]) for metric in METRICS}
    history = History(trials, (TrialState.COMPLETE,) * 15, curves)
    evaluator, seen = Rehearsed(), []
    first, second = hold_finals(evaluator, history, seen.append)
    assert (first.trial.number, second.trial.number) == (0, 1)
    assert (second.search_dev_accuracy, second.dev_accuracy) == (
        pytest.approx(0.99),
        pytest.approx((0.8,) * REPLICATES),
    )
    assert sorted(evaluator.asked) == [(number, seed) for number in (0, 1) for seed in range(1, REPLICATES + 1)]
    assert seen[0] == FinalsBegan(finalists=2, networks=2 * REPLICATES)
    assert seen[-1] == NetworksTrained(2 * REPLICATES, 2 * REPLICATES)


def test_facts_of_the_test():
    probabilities = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]], np.float32)
    facts = facts_of_test(
        probabilities, Split(np.zeros((4, 1), np.float32), np.array([0, 1, 1, 1], np.int32)), ("a", "b")
    )
    assert facts["accuracy"] == 0.75
    assert (facts["correct"], facts["examples"]) == (3, 4)
    assert facts["confusion"] == [[1, 0], [1, 2]]
    assert facts["loss"] == pytest.approx(-np.log([0.9, 0.4, 0.8, 0.7]).mean(), rel=1e-6)
    interval = binomtest(3, 4).proportion_ci(0.95, method="wilson")
    assert facts["interval"] == pytest.approx([interval.low, interval.high], rel=1e-9)


def test_an_accuracy_of_all_or_none_lies_in_its_interval():
    for examples in range(1, 500):
        assert wilson_interval(examples, examples)[1] == 1.0
        assert wilson_interval(0, examples)[0] == 0.0


def test_a_probability_of_zero_for_the_truth_stays_finite():
    facts = facts_of_test(
        np.array([[0.0, 1.0]], np.float32), Split(np.zeros((1, 1), np.float32), np.array([0])), ("a", "b")
    )
    assert math.isfinite(facts["loss"])
