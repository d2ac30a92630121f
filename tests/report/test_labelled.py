import numpy as np
import pytest

from ikura.records import Kind, Target
from ikura.report.labelled import LabelSections, SeveralSections
from ikura.tasks import make_problem, task_of
from tests.records.test_documents import SETTINGS

LABELS = Target("labels", Kind.LABELS, ("late", "paid"))
NUMBER, CLASS = Target("price", Kind.NUMBER, mean=100.0, scale=20.0), Target("kind", Kind.CLASS, ("no", "yes"))


def plain(text):
    return text.replace("\u00a0", " ")


def judged(targets, outputs, y):
    outputs, y = np.array(outputs, np.float32), np.array(y, np.float32)
    return task_of(targets).judge(outputs, y, make_problem(targets), y)


def test_labels_have_a_row_each_the_weakest_first():
    # late is there once and said once, both right; paid is there twice, and said once.
    test = judged([LABELS], [[2, 2], [-2, -2], [-2, -2], [-2, -2]], [[1, 1], [0, 1], [0, 0], [0, 0]])
    found = LabelSections().judgement(test)
    rows = [tuple(map(plain, row)) for row in found.section.values["rows"]]
    assert rows == [("paid", "2", "1", "1", "66.7 %"), ("late", "1", "1", "1", "100.0 %")]
    assert found.section.values["heading"] == ("label", "there", "said", "both", "F1")
    assert found.score.title == "Test F1 micro"
    assert plain(found.score.value) == "80.0 %"
    assert "if each were always what it mostly is" in found.score.detail
    assert found.sentence == "has every label right in 3 of 4 unseen examples"


def test_several_targets_have_a_row_each_beside_the_simplest_answer():
    test = judged([NUMBER, CLASS], [[0, 0, 2], [0, 0, 2], [1, 2, 0], [0, 0, 2]], [[0, 1], [0, 1], [0, 0], [0, 0]])
    found = SeveralSections().judgement(test)
    (name, metric, value, *_), (other, accuracy, share, _, usual) = found.section.values["rows"]
    assert (name, metric, value) == ("price", "RMSE", "10")
    assert (other, accuracy, plain(share), plain(usual)) == ("kind", "accuracy", "75.0 %", "50.0 %")
    assert found.score.title == "Test RMSE of price"
    assert found.sentence == "tells 2 targets of 4 unseen examples"


def test_a_test_of_before_does_not_know_the_most_frequent_class():
    test = judged([NUMBER, CLASS], [[0, 0, 2]], [[0, 1]])
    del test["classes"][0]["baseline"]
    task_of([NUMBER, CLASS]).check_test(test)
    assert SeveralSections().judgement(test).section.values["rows"][1][-1] == "–"


@pytest.mark.parametrize("sections", [LabelSections(), SeveralSections()])
def test_what_is_learned_stands_with_the_data(sections):
    assert sections.data(SETTINGS)
