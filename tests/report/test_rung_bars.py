import numpy as np
import pytest

from ikura.records import TrialState
from ikura.report.facts import gather
from ikura.report.rung_bars import MOST_LANES, rung_bars, shown_lanes


def test_each_trial_is_a_bar_as_long_as_it_was_trained_in_the_colour_of_its_fate(make_study):
    study = make_study(trials=120, epochs=27, rounds=2, schedule="halving")
    facts = gather(study.record, study.space, study.history)
    figure = rung_bars(facts.elimination, facts.objective.metric)
    assert [bar.name for bar in figure.data] == ["diverged", "stopped", "to the last epoch"]
    assert [len(bar.x) for bar in figure.data] == [
        sum(study.history.epochs[number] > 0 for number in study.history.numbers(state))
        for state in (TrialState.DIVERGED, TrialState.STOPPED, TrialState.COMPLETE)
    ]
    assert set(figure.data[1].x) == {3, 9}
    assert set(figure.data[2].x) == {27}
    heights = np.concatenate([bar.y for bar in figure.data])
    assert np.diff(np.sort(heights)).min() >= 1
    assert figure.layout.yaxis.ticktext == ("round 1", "round 2")
    first = figure.data[2].text[0]
    assert first.startswith("trial ")
    assert "27 epochs, to the last epoch, dev accuracy" in first


@pytest.mark.parametrize(
    ("schedule", "rounds", "names"),
    [
        ("hyperband", 1, ("bracket 1", "bracket 2", "bracket 3")),
        ("hyperband", 2, ("round 1", "round 2")),
        ("asha", 2, ()),
        ("patience", 2, ()),
        ("median", 2, ("round 1", "round 2")),
    ],
)
def test_bars_stand_by_what_is_compared(make_study, schedule, rounds, names):
    study = make_study(trials=60, epochs=27, rounds=rounds, schedule=schedule)
    found = gather(study.record, study.space, study.history).elimination
    figure = rung_bars(found, study.history.objective.metric)
    assert figure.layout.yaxis.ticktext == names
    assert figure.layout.xaxis.tickvals == ((3, 9, 27) if found.has_ladder else None)
    heights = np.sort(np.concatenate([bar.y for bar in figure.data]))
    blocks = len({(lane.round, lane.bracket) for lane in found.lanes})
    assert (np.diff(heights) > 1.1).sum() == blocks - 1


def test_of_very_many_trials_an_even_choice_is_drawn(make_study):
    study = make_study(trials=1500, epochs=3, rounds=1, schedule="halving")
    found = gather(study.record, study.space, study.history).elimination
    lanes = shown_lanes(found)
    assert len(lanes) == MOST_LANES < len(found.lanes)
    assert (lanes[0], lanes[-1]) == (found.lanes[0], found.lanes[-1])
