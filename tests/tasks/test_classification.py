"""What is measured of a classifier, and what a test says of it."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_curve, roc_curve

from ikura.records import Best, DamagedError, Kind, Objective, Outcome, Target
from ikura.tasks import CLASSIFICATION
from ikura.tasks.intervals import wilson_interval
from ikura.tasks.measures import calibration_error
from ikura.tasks.problem import make_problem

PROBABILITIES = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]], np.float32)
TRUTH = np.array([0, 1, 1, 1], np.int32)
TRAINED_ON = np.array([0, 0, 0, 1], np.int32)
PROBLEM = make_problem((Target("y", Kind.CLASS, ("a", "b")),))


@pytest.fixture
def test_document():
    return CLASSIFICATION.judge(np.log(PROBABILITIES), TRUTH, PROBLEM, TRAINED_ON)


def test_the_metrics_and_the_objective():
    assert [metric.name for metric in CLASSIFICATION.metrics] == ["train_loss", "dev_loss", "dev_accuracy"]
    assert [metric.is_share for metric in CLASSIFICATION.metrics] == [False, False, True]
    objective: Objective = CLASSIFICATION.objective
    assert [metric.name for metric in objective.metrics] == ["dev_accuracy", "dev_loss"]
    worse_and_worse = {"dev_accuracy": [0.9, 0.9, 0.8], "dev_loss": [0.3, 0.4, 0.1], "train_loss": [9.0, 0.0, 0.0]}
    values = {name: np.array(column[::-1]) for name, column in worse_and_worse.items()}
    assert objective.order(values, range(3)).tolist() == [2, 1, 0]


def test_facts_of_the_test(test_document):
    facts = test_document
    assert facts["accuracy"] == 0.75
    assert (facts["correct"], facts["examples"]) == (3, 4)
    assert facts["confusion"] == [[1, 0], [1, 2]]
    assert facts["classes"] == ["a", "b"]
    assert facts["loss"] == pytest.approx(-np.log([0.9, 0.4, 0.8, 0.7]).mean(), rel=1e-6)
    interval = binomtest(3, 4).proportion_ci(0.95, method="wilson")
    assert facts["interval"] == pytest.approx([interval.low, interval.high], rel=1e-9)


def test_the_test_in_a_line(test_document):
    (what, value, sure), (_, balanced, compared) = CLASSIFICATION.test_lines(test_document)
    assert balanced == "83.3\u00a0%"
    assert compared == "to compare: always 'a' has 25.0\u00a0% accuracy"
    assert (what, value, sure) == (
        "test accuracy",
        "75.0\u00a0%",
        "3 of 4 correct, 95 % interval 30.1\u00a0% to 95.4\u00a0%",
    )
    many = test_document | {"correct": 6789, "examples": 10_000, "accuracy": 0.6789, "interval": [0.6697, 0.688]}
    assert CLASSIFICATION.test_lines(many)[0][1:] == (
        "67.89\u00a0%",
        "6,789 of 10,000 correct, 95 % interval 66.97\u00a0% to 68.80\u00a0%",
    )


def test_an_accuracy_of_all_or_none_lies_in_its_interval():
    for examples in range(1, 500):
        assert wilson_interval(examples, examples)[1] == 1.0
        assert wilson_interval(0, examples)[0] == 0.0


def test_a_probability_of_zero_for_the_truth_stays_finite():
    facts = CLASSIFICATION.judge(np.array([[-900.0, 900.0]], np.float32), TRUTH[:1], PROBLEM, TRAINED_ON)
    assert math.isfinite(facts["loss"])


def test_what_was_judged_is_read_back(test_document):
    CLASSIFICATION.check_test(json.loads(json.dumps(test_document)))
    # Bounds of before they were exact lie beyond the accuracy by a rounding error.
    CLASSIFICATION.check_test(test_document | {"accuracy": 1.0, "interval": [0.4, 1.0 - 1e-12]})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"accuracy": 1.5}, r"outcome\.test\.accuracy is not what it must be"),
        ({"accuracy": None}, r"outcome\.test\.accuracy"),
        ({"interval": [0.1]}, r"outcome\.test\.interval"),
        ({"interval": [0.1, "x"]}, r"outcome\.test\.interval\[1\]"),
        ({"correct": -1}, r"outcome\.test\.correct"),
        ({"examples": True}, r"outcome\.test\.examples"),
        ({"loss": "x"}, r"outcome\.test\.loss"),
        ({"confusion": [[1, 0], [1, 2.5]]}, r"outcome\.test\.confusion\[1\]"),
        ({"confusion": [[1, 0]]}, "do not agree"),
        ({"confusion": [[1, 0], [1]]}, "do not agree"),
        ({"classes": ["a", "b", "c"]}, "do not agree"),
        ({"classes": [1, 2]}, r"outcome\.test\.classes\[0\]"),
        ({"accuracy": 0.1}, "do not agree"),
        ({"baseline": {"class": "a"}}, r"outcome\.test\.baseline"),
        ({"calibration": {"confidence": [2.0], "accuracy": [0.5], "examples": [1]}}, r"outcome\.test\.calibration"),
        ({"curves": {"roc": {"x": [0.0], "y": ["1"]}}}, r"outcome\.test\.curves"),
        ({"measured": {"name": "f1", "value": "x", "unit": ""}}, r"outcome\.test\.measured"),
        ({"accuracy": 1.0, "interval": [1.0, 1.0]}, "do not agree"),
    ],
)
def test_what_nobody_judged_is_damaged(test_document, changes, words):
    with pytest.raises(DamagedError, match=words):
        CLASSIFICATION.check_test(test_document | changes)


def test_tests_of_before_there_were_baselines_and_curves_are_read(test_document):
    old = ("accuracy", "interval", "correct", "examples", "loss", "confusion", "classes")
    before = {name: test_document[name] for name in old}
    CLASSIFICATION.check_test(before)
    assert len(CLASSIFICATION.test_lines(before)) == 1


def test_a_test_with_a_part_missing_is_damaged(test_document):
    for name in ("accuracy", "interval", "correct", "examples", "loss", "confusion", "classes"):
        with pytest.raises(DamagedError, match=name):
            CLASSIFICATION.check_test({each: value for each, value in test_document.items() if each != name})
    with pytest.raises(DamagedError, match=r"outcome\.test is not"):
        CLASSIFICATION.check_test([])


def test_a_test_is_told_in_a_line(test_document):
    what, value, evidence = CLASSIFICATION.test_lines(test_document)[0]
    assert (what, value) == ("test accuracy", "75.0\u00a0%")
    assert evidence == "3 of 4 correct, 95 % interval 30.1\u00a0% to 95.4\u00a0%"
    many = test_document | {"accuracy": 0.9876, "correct": 9876, "examples": 10_000}
    assert CLASSIFICATION.test_lines(many)[0][1] == "98.76\u00a0%"


def test_the_headline_is_the_winners_accuracies(test_document):
    outcome = Outcome(
        best=Best(3, {}, {"dev_accuracy": 0.5, "dev_loss": 1.0}),
        finalists=(),
        test=test_document,
        trials=4,
        diverged=0,
        failed=0,
        stopped=0,
        epochs=2,
        epochs_trained=8,
        seconds={},
        resumed=0,
        trials_per_second=1.0,
        programs=0,
        planned=None,
        short_of_memory=False,
        troubles=(),
        model=None,
    )
    interval = test_document["interval"]
    assert CLASSIFICATION.headline(outcome) == {
        "dev_accuracy": 0.5,
        "test_accuracy": 0.75,
        "test_interval": interval,
    }
    untested = replace(outcome, best=Best(3, {}, {}), test=None)
    assert set(CLASSIFICATION.headline(untested).values()) == {None}


def test_the_metric_that_was_optimised_comes_first():
    problem = make_problem(PROBLEM.targets, metric="f1")
    facts = CLASSIFICATION.judge(np.log(PROBABILITIES), TRUTH, problem, TRAINED_ON)
    assert facts["measured"] == {"name": "f1", "value": pytest.approx(0.8), "unit": "share"}
    assert CLASSIFICATION.test_lines(facts)[0][:2] == ("test f1", "80.0\u00a0%")
    one_class = CLASSIFICATION.judge(
        np.log(PROBABILITIES), np.ones(4, np.int32), make_problem(PROBLEM.targets, metric="roc_auc"), TRAINED_ON
    )
    assert one_class["measured"]["value"] is None
    assert one_class["curves"] is None
    CLASSIFICATION.check_test(one_class)


def test_curves_of_two_classes_are_scikit_learns():
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 150).astype(np.int32)
    outputs = (random.normal(size=(150, 2)) + 0.8 * np.eye(2)[truth]).astype(np.float32)
    facts = CLASSIFICATION.judge(outputs, truth, PROBLEM, truth)
    scores = softmax(outputs, axis=1)[:, 1]
    wrong, right, _ = roc_curve(truth, scores, drop_intermediate=False)
    np.testing.assert_allclose(facts["curves"]["roc"]["x"], wrong)
    np.testing.assert_allclose(facts["curves"]["roc"]["y"], right)
    precision, recall, _ = precision_recall_curve(truth, scores)
    np.testing.assert_allclose(facts["curves"]["precision_recall"]["x"], recall[-2::-1])
    np.testing.assert_allclose(facts["curves"]["precision_recall"]["y"], precision[-2::-1])
    found = facts["calibration"]
    assert sum(found["examples"]) == 150
    gaps = [abs(c - a) * n for c, a, n in zip(found["confidence"], found["accuracy"], found["examples"], strict=True)]
    error = calibration_error(truth, softmax(outputs, axis=1))
    assert sum(gaps) / 150 == pytest.approx(error, rel=1e-6)
