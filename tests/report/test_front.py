"""The front of two objectives, as facts, as a picture and on the page."""

from dataclasses import replace

import numpy as np
import pytest

from ikura.records import AT_LEAST, Constraint, Goal, Metric, Objective
from ikura.report import render
from ikura.report.captions import captions
from ikura.report.facts import gather
from ikura.report.front_line import front_line
from tests.report.conftest import Study

ACCURACY, LOSS = Metric("dev_accuracy", Goal.MAXIMIZE, "share"), Metric("train_loss", Goal.MINIMIZE)


def with_two(study, constraints=()):
    objective = Objective(ACCURACY, (), constraints, LOSS)
    record = replace(study.record, settings=replace(study.record.settings, objective=objective))
    return Study(record, study.space, replace(study.history, objective=objective))


@pytest.fixture
def two(make_study):
    return with_two(make_study(trials=64, epochs=6, rounds=1, status="interrupted"))


def facts_of(study):
    return gather(study.record, study.space, study.history)


def test_the_front_lies_among_all_that_were_measured(two):
    found = facts_of(two).front
    assert found.numbers == two.history.front
    assert len(found.numbers) > 1
    assert sorted([*found.numbers, *found.others]) == sorted(two.history.ranking)
    accuracy, loss = found.values.T
    assert (np.diff(accuracy) < 0).all()
    assert (np.diff(loss) < 0).all()
    assert found.feasible.all()


def test_one_objective_has_none(make_study):
    study = make_study(trials=8, epochs=2, rounds=1, status="interrupted")
    assert facts_of(study).front is None
    assert 'id="front"' not in render(study.record, study.space, study.history)


def test_the_front_is_a_line_and_the_best_has_a_ring(two):
    facts = facts_of(two)
    others, line, ring = front_line(facts.front, facts.best.number).data
    assert line.mode == "lines+markers"
    assert line.customdata.tolist() == list(facts.front.numbers)
    np.testing.assert_allclose(line.y, 100 * facts.front.values[:, 0])
    np.testing.assert_allclose(line.x, facts.front.values[:, 1])
    assert (ring.x[0], ring.y[0]) == (line.x[0], line.y[0])
    assert len(others.x) == len(facts.front.others)


def test_those_that_break_a_constraint_stand_apart(make_study):
    study = make_study(trials=64, epochs=6, rounds=1, status="interrupted")
    middle = float(np.nanmedian(study.history.final("dev_accuracy")))
    study = with_two(study, (Constraint(ACCURACY, AT_LEAST, middle),))
    facts = facts_of(study)
    kept, broken, *_ = front_line(facts.front, None).data
    assert (kept.name, broken.name) == ("not on the front", "breaks a constraint")
    assert min(kept.y) >= 100 * middle > max(broken.y)


def test_both_axes_show_all_of_the_front(two):
    facts = facts_of(two)
    # A value far beyond all others, by which the axis becomes a log scale.
    values = facts.front.values.copy()
    values[0, 1] = 1000 * values[:, 1].max()
    for found in (facts.front, replace(facts.front, values=values)):
        layout = front_line(found, facts.best.number).layout
        ends = np.array(layout.xaxis.range)
        x = np.log10(found.values[:, 1]) if layout.xaxis.type == "log" else found.values[:, 1]
        assert ends[0] < x.min() < x.max() < ends[1]
    assert layout.xaxis.type == "log"


def test_the_page_has_the_front_as_a_picture_a_table_and_in_words(two):
    page = render(two.record, two.space, two.history)
    assert page.index('id="front"') < page.index('id="curves"')
    section = page[page.index('id="front"') : page.index('id="curves"')]
    assert section.count("<tr") == 1 + len(two.history.front)
    assert f'<tr class="winner"><th scope="row">{two.history.front[0]}</th>' in section
    assert 'data-figure="front"' in section
    said = captions(facts_of(two))["front"]
    assert said.startswith("Of two objectives, dev accuracy (more is better) and train loss (less is better), these")
    assert f"The ring is trial {two.history.front[0]}, the best so far" in said


def test_the_table_of_trials_marks_the_front_and_broken_constraints(make_study):
    study = make_study(trials=20, epochs=4, rounds=1, status="interrupted")
    middle = float(np.nanmedian(study.history.final("dev_accuracy")))
    study = with_two(study, (Constraint(ACCURACY, AT_LEAST, middle),))
    table = facts_of(study).table
    columns = [table.columns.index(name) for name in ("trial", "on the front", "constraints")]
    marks = {int(row[columns[0]][0]): [row[column][0] for column in columns[1:]] for row in table.rows}
    assert {number for number, (front, _) in marks.items() if front == "yes"} == set(study.history.front)
    assert [marks[number][1] == "kept" for number in range(20)] == study.history.feasible.tolist()
    assert "on the front" not in facts_of(make_study(trials=8, epochs=2, rounds=1, status="interrupted")).table.columns
