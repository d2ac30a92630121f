from ikura.records import GoOn, TrialState
from ikura.schedulers import FullBudget


def test_everyone_goes_on_to_the_horizon(empty, begun):
    history = begun(empty(30), [{}] * 3).with_decisions([GoOn(1, 5)])
    assert FullBudget(30).decide(history, seed=0) == [GoOn(0, 30), GoOn(2, 30)]


def test_whoever_is_paused_goes_on_too(empty, begun, reach):
    history = reach(begun(empty(30), [{}] * 2).with_decisions([GoOn(0, 5), GoOn(1, 30)]), {0: 0.1, 1: 0.2})
    assert history.states == (TrialState.PAUSED, TrialState.COMPLETE)
    assert FullBudget(30).decide(history, seed=0) == [GoOn(0, 30)]
