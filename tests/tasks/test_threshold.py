"""Thresholds that the dev examples choose, against scikit-learn and by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score

from ikura.errors import SettingError
from ikura.records import Kind, Target
from ikura.tasks import called, make_problem, part, task_of, worst_mistakes
from ikura.tasks.measures import MEASURES
from ikura.tasks.threshold import best_threshold, moved

TARGET = Target("y", Kind.CLASS, ("no", "yes"))
F1 = MEASURES[Kind.CLASS]["f1"]


def pairs(scores):
    scores = np.asarray(scores, float)
    return np.stack([1 - scores, scores], axis=1)


@given(
    st.lists(st.floats(0, 1, width=32), min_size=1, max_size=30),
    st.floats(0.001, 0.999),
)
def test_what_is_moved_lies_on_the_same_side(scores, threshold):
    found = moved(pairs(scores), threshold)
    np.testing.assert_array_equal(found.argmax(axis=1), np.asarray(scores) > threshold)
    assert ((found >= 0) & (found <= 1)).all()


def test_it_is_the_best_of_all_thresholds():
    random = np.random.default_rng(0)
    truth = (random.random(40) < 0.2).astype(int)
    scores = np.round(np.clip(0.3 * truth + 0.4 * random.random(40), 0, 1), 3)
    for name, theirs in (("f1", f1_score), ("balanced_accuracy", balanced_accuracy_score)):
        threshold, value = best_threshold(MEASURES[Kind.CLASS][name], truth, pairs(scores))
        everywhere = max(theirs(truth, scores > each) for each in [0.5, *((scores[:, None] + scores) / 2).ravel()])
        assert value == pytest.approx(everywhere)
        assert theirs(truth, scores > threshold) == pytest.approx(value)


def test_of_equal_ones_a_half_stays():
    assert best_threshold(F1, np.array([0, 1]), pairs([0.2, 0.9])) == (0.5, 1.0)


def test_examples_are_called_by_it():
    said = pairs([0.2, 0.3, 0.6])
    assert called(said, TARGET).tolist() == [0, 0, 1]
    assert called(said, Target("y", Kind.CLASS, ("no", "yes"), threshold=0.25)).tolist() == [0, 1, 1]


def test_the_search_is_after_the_best_that_can_be_chosen():
    outputs = np.log(np.float32([[0.8, 0.2], [0.7, 0.3], [0.65, 0.35]]))
    truths = [np.array([0, 1, 1])]
    assert make_problem([TARGET], metric="f1").measure(outputs, truths) == 0.0
    problem = make_problem([TARGET], metric="f1", threshold="dev")
    assert problem.measure(outputs, truths) == 1.0
    assert problem.threshold(outputs, truths) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("target", "asked", "words"),
    [
        (TARGET, {"threshold": "0.3", "metric": "f1"}, "threshold: '0.3' is given; it must be 'dev'"),
        (TARGET, {"threshold": "dev"}, "the metric is dev_accuracy, which does not depend on one"),
        (TARGET, {"threshold": "dev", "metric": "roc_auc"}, "the metric is dev_roc_auc, which does not depend"),
        (Target("y", Kind.CLASS, (1, 2, 3)), {"threshold": "dev", "metric": "f1_macro"}, "it is for two classes"),
        (Target("y", Kind.NUMBER), {"threshold": "dev"}, "it is for two classes"),
    ],
)
def test_where_there_is_none_to_choose(target, asked, words):
    with pytest.raises(SettingError, match=words):
        make_problem([target], **asked)


def test_examples_that_did_not_choose_the_threshold_are_called_by_it():
    """Neither a test nor a part chooses a better one, nor does a jackknife group."""
    random = np.random.default_rng(0)
    truth = (random.random(200) < 0.2).astype(int)
    scores = np.clip(0.3 * truth + 0.4 * random.random(200), 0.01, 0.99)
    outputs = np.log(pairs(scores)).astype(np.float32)
    problem = make_problem([replace(TARGET, threshold=0.15)], metric="f1", threshold="dev")
    fixed = f1_score(truth, scores > 0.15)
    assert problem.measure(outputs, [truth]) > fixed + 0.2
    test = task_of(problem.targets).judge(outputs, truth, problem, truth)
    assert test["measured"]["value"] == pytest.approx(fixed)
    found = part(problem, outputs, truth, lambda: truth)
    assert found["value"] == pytest.approx(fixed)
    # As of a metric that has the threshold in it.
    by_hand = make_problem([TARGET], metric=lambda y, y_prob: f1_score(y == "yes", y_prob > 0.15), direction="maximize")
    assert found["interval"] == pytest.approx(part(by_hand, outputs, truth, lambda: truth)["interval"])


class TestATestOfCalls:
    """Probabilities that are as sure as they should be, and a threshold far from a half."""

    TARGET = replace(TARGET, threshold=0.15)
    POSITIVE = np.repeat([0.1, 0.3, 0.9], 100)
    TRUTH = np.concatenate([np.arange(100) < share for share in (10, 30, 90)]).astype(int)
    OUTPUTS = np.log(pairs(POSITIVE)).astype(np.float32)
    PROBLEM = make_problem([TARGET], metric="f1", threshold="dev")

    def test_its_calibration_is_of_the_probabilities(self):
        test = task_of([self.TARGET]).judge(self.OUTPUTS, self.TRUTH, self.PROBLEM, self.TRUTH)
        assert test["calibration"]["confidence"] == pytest.approx([0.7, 0.9])
        assert test["calibration"]["accuracy"] == pytest.approx([0.7, 0.9])
        assert test["confusion"] == [[90, 80], [10, 120]]

    def test_its_worst_mistakes_are_those_of_its_confusion(self):
        (told,) = worst_mistakes(self.OUTPUTS, self.TRUTH, self.PROBLEM, str)
        # Ten called yes at 0.9, and ten no at 0.9: of equal confidence the first in the table.
        rows = [(each["row"], each["predicted"]) for each in told["mistakes"]]
        assert rows == [(str(row), "no") for row in range(10)]
        few = slice(130, 140)  # all negative, at 0.3
        (told,) = worst_mistakes(self.OUTPUTS[few], self.TRUTH[few], self.PROBLEM, str)
        assert len(told["mistakes"]) == 10
        assert {(each["true"], each["predicted"]) for each in told["mistakes"]} == {("no", "yes")}
        assert [each["confidence"] for each in told["mistakes"]] == pytest.approx([0.3] * 10)
