"""The worst mistakes: which they are, and what is told of them."""

import json

import numpy as np
import pytest

from ikura.records import DamagedError, Kind, Target
from ikura.tasks import make_problem, task_of, worst_mistakes
from ikura.tasks.worst import MOST_WORST

CLASS = Target("kind", Kind.CLASS, ("no", "yes"))
LABELS = Target("labels", Kind.LABELS, ("late", "paid"))
NUMBER = Target("price", Kind.NUMBER, mean=100.0, scale=20.0)


def worst(targets, outputs, y):
    outputs, y = np.array(outputs, np.float32), np.array(y, np.float32)
    return worst_mistakes(outputs, y, make_problem(targets), lambda place: f"line {place + 2}")


def test_of_classes_those_with_the_most_confidence_come_first():
    logits = np.log([[0.9, 0.1], [0.3, 0.7], [0.2, 0.8], [0.6, 0.4]])
    (found,) = worst([CLASS], logits, [0, 0, 0, 1])
    assert found["target"] == "kind"
    assert found["mistakes"] == [
        {"row": "line 4", "label": None, "true": "no", "predicted": "yes", "confidence": pytest.approx(0.8)},
        {"row": "line 3", "label": None, "true": "no", "predicted": "yes", "confidence": pytest.approx(0.7)},
        {"row": "line 5", "label": None, "true": "yes", "predicted": "no", "confidence": pytest.approx(0.6)},
    ]


def test_of_numbers_those_furthest_off_come_first_in_their_own_unit():
    (found,) = worst([NUMBER], [[0.0], [3.0], [-1.0]], [[0.5], [0.0], [-1.0]])
    told = [(each["row"], each["true"], each["predicted"], each["confidence"]) for each in found["mistakes"]]
    # The third is no mistake.
    assert told == [("line 3", 100.0, 160.0, None), ("line 2", 110.0, 100.0, None)]


def test_of_labels_each_is_told_with_its_example():
    logits = np.log([[19.0, 1 / 4], [1 / 4, 1 / 9]])
    (found,) = worst([LABELS], logits, [[0, 0], [1, 1]])
    told = [(each["row"], each["label"], each["true"], each["predicted"]) for each in found["mistakes"]]
    assert told == [
        ("line 2", "late", "not there", "there"),
        ("line 3", "paid", "there", "not there"),
        ("line 3", "late", "there", "not there"),
    ]
    assert [each["confidence"] for each in found["mistakes"]] == pytest.approx([0.95, 0.9, 0.8])


def test_several_targets_have_a_list_each_and_none_is_longer_than_ten():
    wrong = np.tile([0.0, 1.0, 5.0], (50, 1))
    one, other = worst([CLASS, NUMBER], wrong, np.zeros((50, 2)))
    assert (one["target"], other["target"]) == ("kind", "price")
    assert len(one["mistakes"]) == len(other["mistakes"]) == MOST_WORST


def test_a_prediction_that_no_document_can_hold_is_left_out():
    count = Target("visits", Kind.COUNT)
    (found,) = worst([count], [[700.0], [1.0]], [[1.0], [1.0]])
    assert [each["row"] for each in found["mistakes"]] == ["line 3"]
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("targets", [[CLASS], [LABELS], [NUMBER], [CLASS, NUMBER]], ids=len)
def test_every_task_takes_its_document_back_and_no_other(targets):
    problem = make_problem(targets)
    rng = np.random.default_rng(0)
    y = np.round(rng.random((30, sum(target.columns for target in targets)))).astype(np.float32)
    y = y[:, 0].astype(np.int32) if targets == [CLASS] else y
    outputs = rng.normal(size=(30, problem.outputs)).astype(np.float32)
    test = task_of(targets).judge(outputs, y, problem, y)
    test["worst"] = worst_mistakes(outputs, y, problem, str)
    kept = json.loads(json.dumps(test))
    task_of(targets).check_test(kept)
    kept["worst"][0]["mistakes"][0]["row"] = 3
    with pytest.raises(DamagedError, match=r"outcome\.test\.worst"):
        task_of(targets).check_test(kept)
