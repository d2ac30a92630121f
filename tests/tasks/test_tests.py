"""What a test says of numbers, counts, labels and several targets."""

import json

import numpy as np
import pytest
from sklearn.metrics import r2_score, root_mean_squared_error

from ikura.records import DamagedError, Kind, Target
from ikura.tasks import make_problem, task_of
from ikura.tasks.intervals import mean_interval

NUMBER = Target("price", Kind.NUMBER, mean=100.0, scale=20.0)
COUNT = Target("visits", Kind.COUNT)
LABELS = Target("labels", Kind.LABELS, ("a", "b"))
CLASS = Target("kind", Kind.CLASS, ("no", "yes"))
RANDOM = np.random.default_rng(0)
TRUE = RANDOM.normal(size=(300, 1)).astype(np.float32)
SAID = (TRUE + 0.5 * RANDOM.normal(size=(300, 1))).astype(np.float32)


def judged(targets, outputs, y, train_y=None, **asked):
    problem = make_problem(targets, **asked)
    return task_of(targets), task_of(targets).judge(outputs, y, problem, y if train_y is None else train_y)


def test_a_number_in_its_own_unit_beside_always_the_mean():
    task, test = judged([NUMBER], SAID, TRUE)
    true, said = TRUE[:, 0] * 20.0 + 100.0, SAID[:, 0] * 20.0 + 100.0
    assert test["rmse"] == pytest.approx(root_mean_squared_error(true, said), rel=1e-5)
    assert test["r2"] == pytest.approx(r2_score(true, said), rel=1e-5)
    assert test["baseline"] == pytest.approx(true.std(), rel=1e-5)
    low, high = test["interval"]
    assert low < test["rmse"] < high
    assert (test["within"], test["pinball"], test["deviance"]) == (None, None, None)
    first, simplest, _, last = task.test_lines(test)
    assert first.what == "test RMSE"
    assert "300 examples, 95 % interval" in first.details
    assert (simplest.what, float(simplest.value)) == ("always mean", pytest.approx(true.std(), rel=1e-3))
    assert last.what == "test R²"
    task.check_test(json.loads(json.dumps(test)))


def test_its_interval_covers_what_it_claims():
    """Of the mean squared error of normal errors, over a thousand tests of 200 examples."""
    random = np.random.default_rng(1)
    errors = random.normal(size=(1000, 200)) ** 2
    bounds = np.array([mean_interval(row) for row in errors])
    covered = ((bounds[:, 0] <= 1) & (bounds[:, 1] >= 1)).mean()
    assert 0.92 < covered < 0.97


def test_quantiles_say_how_many_lie_between_them():
    spread = np.float32([-0.64, 0.0, 0.64])
    task, test = judged([NUMBER], SAID + spread, TRUE, loss="quantile:0.1,0.5,0.9")
    assert test["quantiles"] == [0.1, 0.5, 0.9]
    assert test["within"] == pytest.approx(0.8, abs=0.06)
    assert test["pinball"] > 0
    words = [line.what for line in task.test_lines(test)]
    assert words == ["test pinball", "test RMSE", "always mean", "test MAE", "test R²", "within"]
    task.check_test(json.loads(json.dumps(test)))


def test_a_test_part_of_one_value_explains_no_variance():
    _, test = judged([NUMBER], SAID[:5], np.ones((5, 1), np.float32))
    assert test["r2"] is None


def test_counts_have_a_deviance():
    counts = RANDOM.poisson(3, (100, 1)).astype(np.float32)
    task, test = judged([COUNT], np.full((100, 1), np.log(3.0), np.float32), counts)
    assert test["deviance"] > 0
    assert task.test_lines(test)[0].what == "test deviance"
    task.check_test(json.loads(json.dumps(test)))


def test_labels_one_by_one_and_together():
    y = np.float32([[1, 0], [1, 1], [0, 0], [1, 0]])
    outputs = np.float32([[3, -3], [3, -3], [-3, -3], [3, 3]])
    task, test = judged([LABELS], outputs, y)
    assert (test["correct"], test["examples"], test["exact_match"]) == (2, 4, 0.5)
    assert test["label_accuracy"] == 0.75
    assert test["baseline"] == 0.75  # always a, never b
    assert test["f1_micro"] == pytest.approx(2 * 3 / (4 + 4))
    assert [label["right"] for label in test["labels"]] == [3, 0]
    assert [line.what for line in task.test_lines(test)] == ["test F1", "label accuracy", "exact match"]
    task.check_test(json.loads(json.dumps(test)))


@pytest.mark.parametrize(
    ("targets", "y", "losses"),
    [
        ([CLASS], np.int32([0, 1]), [0.1, 0.3]),
        ([LABELS], np.float32([[1, 0], [0, 1]]), [(0.2 + 0.4) / 2, (0.6 + 0.8) / 2]),
    ],
)
def test_examples_count_in_the_loss_as_they_weigh(targets, y, losses):
    if targets == [CLASS]:
        right = np.exp([-0.1, -0.3])
        outputs = np.log(np.stack([[right[0], 1 - right[1]], [1 - right[0], right[1]]], axis=1))
    else:
        right = np.exp(-np.float64([[0.2, 0.4], [0.6, 0.8]]))
        outputs = np.log(right / (1 - right)) * np.where(y > 0.5, 1, -1)
    problem, weights = make_problem(targets), np.float32([3.0, 1.0])
    for given, expected in ((weights, np.average(losses, weights=weights)), (0 * weights, np.mean(losses))):
        test = task_of(targets).judge(outputs.astype(np.float32), y, problem, y, given)
        assert test["loss"] == pytest.approx(expected, rel=1e-5)


def test_several_targets_have_a_line_each():
    y = np.concatenate([TRUE, (TRUE > 0).astype(np.float32)], axis=1)
    outputs = np.concatenate([SAID, -SAID, SAID], axis=1)
    task, test = judged([NUMBER, CLASS], outputs, y)
    assert [each["name"] for each in test["numbers"]] == ["price"]
    assert test["classes"][0]["accuracy"] == pytest.approx(((SAID > 0) == (TRUE > 0)).mean())
    assert [line.what for line in task.test_lines(test)] == ["test kind", "test price"]
    task.check_test(json.loads(json.dumps(test)))


def test_another_metric_than_every_test_tells_comes_first():
    def own_loss(truth, said):
        return float(np.abs(truth - said).max())

    task, test = judged([NUMBER], SAID, TRUE, metric=own_loss)
    assert task.test_lines(test)[0].what == "test own loss"


@pytest.mark.parametrize(
    ("targets", "changes"),
    [
        ([NUMBER], {"rmse": "x"}),
        ([NUMBER], {"interval": [2.0, 1.0]}),
        ([NUMBER], {"sample": {"true": [1.0], "predicted": []}}),
        ([NUMBER], {"within": 0.5}),
        ([NUMBER], {"examples": -1}),
        ([LABELS], {"exact_match": 2}),
        ([LABELS], {"interval": [0.9, 1.0]}),
        ([LABELS], {"labels": [{"name": "a"}]}),
        ([NUMBER, NUMBER], {"numbers": [{}]}),
    ],
)
def test_what_nobody_judged_is_damaged(targets, changes):
    columns = sum(target.columns for target in targets)
    y = np.concatenate([(TRUE[:4] > 0).astype(np.float32)] * columns, axis=1)
    task, test = judged(targets, np.concatenate([SAID[:4]] * columns, axis=1), y)
    with pytest.raises(DamagedError):
        task.check_test(test | changes)
