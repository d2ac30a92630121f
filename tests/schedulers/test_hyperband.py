"""Hyperband against the numbers of its paper (Li et al., 2018, table 1)."""

from collections import Counter

from ikura.records import GoOn, TrialState
from ikura.schedulers import Hyperband


def test_brackets_are_those_of_the_paper():
    bands = Hyperband(81, reduction=3, min_epochs=1)
    assert [bracket.rungs for bracket in bands.brackets] == [
        (1, 3, 9, 27, 81),
        (3, 9, 27, 81),
        (9, 27, 81),
        (27, 81),
        (81,),
    ]


def test_trials_are_dealt_out_in_the_proportions_of_the_paper(empty, begun):
    # The paper has 81, 34, 15, 8 and 5 of them, rounded up.
    bands = Hyperband(81, reduction=3, min_epochs=1)
    history = begun(empty(81), [{}] * 143)
    firsts = Counter(decision.until for decision in bands.decide(history, seed=0))
    assert [
        abs(firsts[rung] - wanted) <= 1 for rung, wanted in zip((1, 3, 9, 27, 81), (81, 34, 15, 8, 5), strict=True)
    ] == [True] * 5


def test_a_bracket_waits_for_its_own_trials_alone(empty, begun, reach):
    bands = Hyperband(9, reduction=3, min_epochs=1)
    history = begun(empty(9), [{}] * 8)
    begins = bands.decide(history, seed=0)
    assert {decision.until for decision in begins} == {1, 3, 9}
    history = history.with_decisions(begins)
    early = [decision.trial for decision in begins if decision.until == 1]
    history = reach(history, {number: float(number) for number in early})
    decisions = bands.decide(history, seed=0)
    assert [decision.trial for decision in decisions if isinstance(decision, GoOn)] == early[: len(early) // 3]
    assert history.count(TrialState.RUNNING) == 8 - len(early)


def test_a_constraint_decides_as_the_objective_says(constrained, begun, reach):
    bands = Hyperband(9, reduction=3, min_epochs=1)
    history = begun(constrained(9), [{}] * 12)
    begins = bands.decide(history, seed=0)
    early = [decision.trial for decision in begins if decision.until == 1]
    # The first ones have the lower losses, and do not meet the constraint.
    scores = {number: 0.9 if place >= 3 else 0.1 for place, number in enumerate(early)}
    history = reach(history.with_decisions(begins), {number: float(number) for number in early}, scores)
    going_on = [decision.trial for decision in bands.decide(history, seed=0) if isinstance(decision, GoOn)]
    assert going_on == early[3 : 3 + len(early) // 3] != []
