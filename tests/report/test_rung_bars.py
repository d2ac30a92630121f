import numpy as np

from ikura.records import TrialState
from ikura.report.facts import gather
from ikura.report.rung_bars import MOST_LANES, rung_bars, shown_lanes


def test_each_trial_is_a_bar_as_long_as_it_was_trained_in_the_colour_of_its_fate(make_study):
    study = make_study(trials=120, epochs=27, rounds=2, schedule="halving")
    facts = gather(study.record, study.space, study.history)
    figure = rung_bars(facts.halving, facts.objective.metric)
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


def test_of_very_many_trials_an_even_choice_is_drawn(make_study):
    study = make_study(trials=1500, epochs=3, rounds=1, schedule="halving")
    found = gather(study.record, study.space, study.history).halving
    lanes = shown_lanes(found)
    assert len(lanes) == MOST_LANES < len(found.lanes)
    assert (lanes[0], lanes[-1]) == (found.lanes[0], found.lanes[-1])
