import pytest

from ikura.records import Goal, Metric
from ikura.report.classification import MOST_DRAWN_CLASSES, ClassificationSections
from ikura.tasks import CLASSIFICATION


def document(*, correct=352, examples=360, interval=(0.956, 0.99), classes=2):
    counts = [[0] * classes for _ in range(classes)]
    counts[0][0], counts[0][1] = correct, examples - correct
    return {
        "accuracy": correct / examples,
        "interval": list(interval),
        "correct": correct,
        "examples": examples,
        "confusion": counts,
        "classes": [str(at) for at in range(classes)],
    }


def plain(text):
    return text.replace("\u00a0", " ")


def test_the_score_is_the_accuracy_with_its_interval():
    found = ClassificationSections().judgement(document())
    assert found.sentence == "classifies 352 of 360 unseen examples correctly"
    assert (found.score.title, plain(found.score.value)) == ("Test accuracy", "97.8 %")
    assert plain(found.score.detail) == "95 % interval 95.6 % to 99.0 % · 352 of 360 correct"


def test_more_examples_give_more_digits():
    found = ClassificationSections().judgement(document(correct=9_775, examples=10_000, interval=(0.9744, 0.9803)))
    assert plain(found.score.value) == "97.75 %"
    assert "97.44 % to 98.03 %" in plain(found.score.detail)


@pytest.mark.parametrize(
    ("correct", "interval", "bar"),
    [
        # Of a line from 85 to 100 %.
        (352, (0.955, 0.985), ("85", "70.00", "20.00", "85.19")),
        (360, (0.99, 1.0), ("95", "80.00", "20.00", "100.00")),
        (0, (0.0, 0.01), ("0", "0.00", "1.00", "0.00")),
    ],
)
def test_the_interval_lies_on_a_line_up_to_100_percent(correct, interval, bar):
    found = ClassificationSections().judgement(document(correct=correct, interval=interval)).score.bar
    assert (plain(found.start), plain(found.end)) == (f"{bar[0]} %", "100 %")
    assert (found.left, found.width, found.at) == bar[1:]


def test_accuracy_on_the_dev_set_is_told_in_examples_and_other_objectives_by_name():
    sections = ClassificationSections()
    assert plain(sections.found(CLASSIFICATION.objective.metric, 0.97)) == "classifies 97.0 % of the dev set correctly"
    assert sections.found(Metric("dev_loss", Goal.MINIMIZE), 0.25) == "has a dev loss of 0.25"


def test_a_matrix_that_nobody_could_read_is_not_drawn_and_its_recalls_are_listed():
    section = ClassificationSections().judgement(document(classes=MOST_DRAWN_CLASSES)).section
    assert list(section.figures) == ["confusion"]
    section = ClassificationSections().judgement(document(classes=MOST_DRAWN_CLASSES + 1)).section
    assert section.figures == {}
    assert len(section.values["recalls"]) == MOST_DRAWN_CLASSES + 1


def test_the_score_is_the_metric_that_the_study_was_for_with_the_accuracy_beside_it():
    measured = {"measured": {"name": "f1_macro", "value": 0.9512, "unit": "share"}}
    found = ClassificationSections().judgement(document() | measured).score
    assert (found.title, plain(found.value), found.bar) == ("Test f1 macro", "95.1 %", None)
    assert plain(found.detail) == "accuracy 97.8 %, 95 % interval 95.6 % to 99.0 % · 352 of 360 correct"
    unknown = {"measured": {"name": "f1_macro", "value": None, "unit": "share"}}
    assert ClassificationSections().judgement(document() | unknown).score.title == "Test accuracy"


def test_the_threshold_is_told_where_it_is_no_half():
    detail = ClassificationSections().judgement(document() | {"threshold": 0.8658}).score.detail
    assert detail.endswith(" · called 1 above a probability of 0.8658")
    assert "called" not in ClassificationSections().judgement(document() | {"threshold": 0.5}).score.detail
