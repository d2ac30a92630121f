from dataclasses import replace

from ikura.records import Kind, Target
from ikura.report.worst import worst_tables
from tests.records.test_documents import SETTINGS

CLASS, NUMBER = Target("kind", Kind.CLASS, ("no", "yes")), Target("price", Kind.NUMBER)
LABELS = Target("labels", Kind.LABELS, ("late", "paid"))


def mistake(row, true, predicted, confidence=None, label=None):
    return {"row": row, "label": label, "true": true, "predicted": predicted, "confidence": confidence}


def tables(*told):
    settings = replace(SETTINGS, targets=tuple(target for target, _ in told))
    return worst_tables({"worst": [{"target": of.name, "mistakes": list(found)} for of, found in told]}, settings)


def test_a_table_of_classes_has_the_confidence():
    (table,) = tables((CLASS, [mistake("line 7", "no", "yes", 0.9)]))
    assert (table.target, table.heading) == (None, ("row", "true", "predicted", "confidence"))
    assert table.rows == (("line 7", "no", "yes", "90.0\u00a0%"),)
    assert "labelled wrongly" in table.words


def test_a_table_of_labels_names_them():
    (table,) = tables((LABELS, [mistake("line 7", "there", "not there", 0.9, "paid")]))
    assert table.heading == ("row", "label", "true", "predicted", "confidence")
    assert table.rows == (("line 7", "paid", "there", "not there", "90.0\u00a0%"),)


def test_of_several_targets_each_has_its_own_and_none_without_mistakes():
    several = tables((CLASS, []), (NUMBER, [mistake("id 3", 10.0, 12.5)]))
    assert [(table.target, table.heading, table.rows) for table in several] == [
        ("price", ("row", "true", "predicted", "off by"), (("id 3", "10", "12.5", "2.5"),))
    ]


def test_tests_of_before_have_none():
    assert worst_tables({}, SETTINGS) == ()
