import pytest

from ikura.records import GoOn, Stop, TrialState
from ikura.schedulers import SuccessiveHalving

NAN = float("nan")


@pytest.mark.parametrize(
    ("horizon", "reduction", "min_epochs", "rungs"),
    [
        (30, 3, None, (3, 10, 30)),
        (81, 3, 1, (1, 3, 9, 27, 81)),
        (81, 3, 3, (3, 9, 27, 81)),
        (30, 3, 4, (10, 30)),
        (30, 3, 10, (10, 30)),
        (30, 2, None, (7, 15, 30)),
        (10, 3, None, (1, 3, 10)),
        (5, 3, None, (1, 5)),
        (2, 2, None, (1, 2)),
        (100, 4, 2, (6, 25, 100)),
    ],
)
def test_rungs_are_the_horizon_divided_again_and_again(horizon, reduction, min_epochs, rungs):
    assert SuccessiveHalving(horizon, reduction, min_epochs).rungs == rungs


def test_the_default_is_written_out():
    assert SuccessiveHalving(30) == SuccessiveHalving(30, reduction=3, min_epochs=3)


@pytest.fixture
def at_rung(empty, begun, reach):
    """The history of a round after its first rung, 3 of 30 epochs."""

    def make(losses, scores=None):
        history = begun(empty(30), [{"x": number} for number in range(len(losses))])
        history = history.with_decisions(SuccessiveHalving(30).decide(history, seed=0))
        return reach(history, dict(enumerate(losses)), dict(enumerate(scores or [0.0] * len(losses))))

    return make


def going_on(history):
    decisions = SuccessiveHalving(30).decide(history, seed=0)
    assert {type(decision) for decision in decisions} <= {GoOn, Stop}
    assert {decision.until for decision in decisions if isinstance(decision, GoOn)} <= {10}
    assert len(decisions) == history.count(TrialState.PAUSED)
    return [decision.trial for decision in decisions if isinstance(decision, GoOn)]


def test_all_begin_with_the_first_rung(empty, begun):
    history = begun(empty(30), [{}, {}])
    assert SuccessiveHalving(30).decide(history, seed=0) == [GoOn(0, 3), GoOn(1, 3)]


def test_a_third_goes_on_and_the_others_are_stopped(at_rung):
    assert going_on(at_rung([0.9, 0.1, 0.5, 0.4, 0.2, 0.8, 0.7])) == [1, 4]


@pytest.mark.parametrize("trials", [1, 2, 3, 5])
def test_one_goes_on_at_least(at_rung, trials):
    assert going_on(at_rung([0.5] * trials)) == [0]


def test_tie_breaks_decide_between_equals_and_then_the_number(at_rung):
    assert going_on(at_rung([0.5] * 6, scores=[0.1, 0.3, 0.2, 0.3, 0.2, 0.3])) == [1, 3]


def test_those_that_were_lost_count_as_started_and_never_go_on(at_rung):
    assert going_on(at_rung([NAN, 0.9, NAN, 0.3, 0.4, NAN])) == [3, 4]
    assert going_on(at_rung([NAN, 0.9, NAN, NAN, NAN, NAN])) == [1]
    assert going_on(at_rung([NAN, NAN, NAN])) == []


def test_a_rung_counts_only_those_that_were_started_towards_it(at_rung, reach):
    # Of 18, the first 6 go on, of which 2 diverge at once: one third of 6, not of 4 and not of 18.
    history = at_rung([number / 100 for number in range(18)])
    history = history.with_decisions(SuccessiveHalving(30).decide(history, seed=0))
    assert history.numbers(TrialState.RUNNING) == [0, 1, 2, 3, 4, 5]
    history = reach(history, {0: NAN, 1: 0.9, 2: NAN, 3: 0.2, 4: 0.1, 5: 0.3})
    decisions = SuccessiveHalving(30).decide(history, seed=0)
    assert decisions == [GoOn(4, 30), GoOn(3, 30), Stop(5), Stop(1)]


def test_those_that_were_lost_below_the_rung_before_are_not_counted_again(at_rung, reach):
    # Of 12, 6 diverge before the first rung; 4 go on: one third of these is 1, of these and the lost it would be 3.
    history = at_rung([NAN] * 6 + [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    history = history.with_decisions(SuccessiveHalving(30).decide(history, seed=0))
    history = reach(history, {6: 0.4, 7: 0.3, 8: 0.2, 9: 0.1})
    assert SuccessiveHalving(30).decide(history, seed=0) == [GoOn(9, 30), Stop(8), Stop(7), Stop(6)]


def test_nobody_is_judged_before_the_whole_round_is_there(empty, begun, reach):
    history = begun(begun(empty(30), [{}] * 3), [{}] * 3)
    history = history.with_decisions(SuccessiveHalving(30).decide(history, seed=0))
    history = reach(history, {1: 0.5, 2: 0.4, 3: 0.1, 5: 0.2})
    assert SuccessiveHalving(30).decide(history, seed=0) == []
    # The other round, which is still under way, does not matter.
    history = reach(history, {0: 0.45})
    assert SuccessiveHalving(30).decide(history, seed=0) == [GoOn(2, 10), Stop(0), Stop(1)]


def test_those_that_other_rounds_lost_are_not_counted(empty, begun, reach):
    history = begun(begun(empty(30), [{}] * 3), [{}] * 6)
    history = history.with_decisions(SuccessiveHalving(30).decide(history, seed=0))
    history = reach(history, {0: 0.2, 1: 0.1, 2: 0.3} | dict.fromkeys(range(3, 9), NAN))
    assert SuccessiveHalving(30).decide(history, seed=0) == [GoOn(1, 10), Stop(0), Stop(2)]


def test_planned_epochs_count_each_round_for_itself():
    scheduler = SuccessiveHalving(30)
    assert scheduler.planned_epochs([9]) == 9 * 3 + 3 * 7 + 1 * 20
    assert scheduler.planned_epochs([1]) == 30
    assert scheduler.planned_epochs([9, 1]) == scheduler.planned_epochs([9]) + 30
    assert scheduler.planned_epochs([64] * 4) == 4 * (64 * 3 + 21 * 7 + 7 * 20)
