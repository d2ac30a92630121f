import numpy as np
import pytest

from ikura.records import Leg
from ikura.report.facts import gather
from ikura.report.family import Family, Schedule
from ikura.report.family_tree import COLOURS, MOST_MEMBERS, family_tree, schedule_steps, shown_members


def drawn(study):
    facts = gather(study.record, study.space, study.history)
    return facts, family_tree(facts.family, facts.objective.metric, facts.best.number)


def split(trace):
    """The lines [line][point] of a trace with gaps."""
    x, y = np.asarray(trace.x, float).reshape(-1, 3), np.asarray(trace.y, float).reshape(-1, 3)
    return [((a, c), (b, d)) for (a, b, _), (c, d, _) in zip(x, y, strict=True)]


@pytest.mark.parametrize("loss", [False, True])
def test_links_lead_from_the_one_that_was_copied_to_the_one_that_took_over(make_study, loss):
    facts, figure = drawn(make_study(trials=20, epochs=10, rounds=1, schedule="pbt", loss=loss))
    rows = dict(zip(map(int, figure.layout.yaxis.ticktext), figure.layout.yaxis.tickvals, strict=True))
    links = split(figure.data[0])
    copies = facts.family.copies
    assert len(links) == len(copies) > 10
    for ((start, above), (stop, below)), copy in zip(links, copies, strict=True):
        assert start == copy.epoch < stop < copy.epoch + 1
        assert (above, below) == (rows[copy.source], rows[copy.member])
    way = next(trace for trace in figure.data if trace.name == f"trial {facts.best.number}")
    assert list(way.y) == [rows[leg.number] for leg in facts.family.way for _ in range(2)]
    # The best is at the top, in the colour of the best.
    points = figure.data[-1]
    assert rows[facts.family.members[0][1]] == 0
    assert points.marker.reversescale is loss
    assert [colour for _, colour in points.marker.colorscale] == COLOURS
    assert len(points.text) == len(facts.family.stretches)
    taken = [text for text in points.text if "took over trial" in text]
    assert taken
    assert all("→" in text for text in taken)


def test_the_best_values_have_the_best_colour_whichever_way_they_lie(make_study):
    _, figure = drawn(make_study(trials=20, epochs=10, rounds=1, schedule="pbt", loss=True))
    points = figure.data[-1]
    place = int(np.argmin(points.marker.color))
    at = (points.x[place], points.y[place])
    colours = {trace.line.color for trace in figure.data[1:-2] for _, end in split(trace) if end == at}
    assert colours == {COLOURS[-1]}


def test_of_many_members_those_on_the_way_and_the_best_of_each_round_are_drawn():
    members = (*((0, at) for at in range(100)), *((1, at) for at in range(100, 200)))
    found = Family(members, (), (), (Leg(99, {}, 0, 1), Leg(150, {}, 1, 2)), ())
    shown = shown_members(found)
    assert len(shown) == MOST_MEMBERS
    assert {(0, 99), (1, 150), (0, 0), (1, 100), (0, 28), (1, 128)} <= set(shown)
    assert shown == tuple(sorted(shown))


def test_several_rounds_lie_under_one_another(make_study):
    _, figure = drawn(make_study(trials=20, epochs=10, rounds=2, schedule="pbt"))
    axis = figure.layout.yaxis
    rows = dict(zip(axis.ticktext, axis.tickvals, strict=True))
    assert rows["round 1"] == 0
    assert sorted(axis.tickvals) == list(range(len(axis.tickvals)))
    assert "round 2" in rows


def test_a_schedule_is_drawn_in_steps_on_the_scale_of_its_dimension(make_study):
    study = make_study(trials=20, epochs=10, rounds=1, schedule="pbt")
    facts = gather(study.record, study.space, study.history)
    found = Schedule("learning_rate", ((0, 4, 0.01), (4, 6, 0.1), (6, 10, None)), (0.5, 0.75, float("nan")))
    figure = schedule_steps(found, facts.axes[0])
    (line,) = figure.data
    assert line.line.shape == "hv"
    assert list(line.x) == [0, 4, 6, 10]
    assert list(line.y)[:2] == [0.5, 0.75]
    assert list(line.text) == ["0.01", "0.1", "", "not used"]
    assert list(line.customdata)[:2] == ["epochs 1 to 4: 0.01", "epochs 5 to 6: 0.1"]
    low, high = figure.layout.yaxis.range
    assert -0.04 <= low < 0.5 < 0.75 < high <= 1.04
    assert figure.layout.yaxis.ticktext == tuple(text for _, text in facts.axes[0].ticks)
