import math

import pytest

from ikura.records import Best, Finalist, Goal, Metric, Objective, Outcome
from ikura.report.finals import finals
from ikura.tasks import CLASSIFICATION

SECONDS = {"total": 1.0, "search": 1.0, "finals": 0.0, "compile": 0.0}


def row(number, search, accuracy, loss):
    replicates = {"dev_accuracy": tuple(accuracy), "dev_loss": tuple(loss)}
    return Finalist(number, {}, {"dev_accuracy": search}, replicates)


def told(winner, *rows, objective=CLASSIFICATION.objective):
    best = Best(winner, {}, {})
    return finals(
        Outcome(best, rows, None, 9, 0, 0, 0, 1, 9, SECONDS, 0, 9.0, 0, None, False, (), None),
        objective,
    )


def plain(text):
    return text.replace("\u00a0", " ")


def test_the_winner_comes_first_then_by_mean_over_the_seeds():
    found = told(
        5,
        row(1, 0.99, [0.90, 0.92], [0.3, 0.3]),
        row(5, 0.98, [0.97, 0.95], [0.1, 0.2]),
        row(9, 0.97, [0.94, 0.92], [0.2, 0.2]),
    )
    assert [one.number for one in found.finalists] == [5, 9, 1]
    assert found.finalists[0].mean("dev_accuracy") == pytest.approx(0.96)
    assert found.finalists[0].mean("dev_loss") == pytest.approx(0.15)
    assert plain(found.verdict) == (
        "Trial 5 won with the highest mean dev accuracy over 2 seeds, 96.00 %; trial 9 came second with 93.00 %. "
        "In the search, under a single seed, trial 1 had looked best (99.00 %). The search had measured 98.00 % of "
        "trial 5; but who looks best of 9 trials was lucky, too: expect what the finals found, 96.00 % (95 % interval "
        "83.29 % to 100.00 %)."
    )


def test_a_tie_is_decided_by_the_loss():
    verdict = plain(told(1, row(1, 0.9, [0.9], [0.1]), row(2, 0.9, [0.9], [0.2])).verdict)
    assert verdict == (
        "Trials 1 and 2 have the same mean dev accuracy over 1 seed, 90.00 %; trial 1 won by the lower mean dev loss."
    )


def test_a_tie_in_everything_was_decided_by_nothing():
    verdict = plain(told(1, row(1, 0.9, [0.9], [0.1]), row(2, 0.9, [0.9], [0.1])).verdict)
    assert verdict == "Trials 1 and 2 have the same mean dev accuracy over 1 seed, 90.00 %."


def test_a_seed_that_diverged_is_counted_and_left_out_of_the_mean():
    found = told(
        1,
        row(1, 0.9, [0.9, 0.8], [0.1, 0.1]),
        row(2, 0.9, [0.95, None], [0.1, None]),
        row(3, 0.9, [None, None], [None, None]),
    )
    _, once, twice = found.finalists
    assert (once.number, once.diverged, once.mean("dev_accuracy")) == (2, 1, 0.95)
    assert (twice.number, twice.diverged) == (3, 2)
    assert math.isnan(twice.mean("dev_accuracy"))
    assert "trial 2 diverged under 1 of them" in found.verdict


def test_a_single_finalist_won_nothing():
    assert plain(told(4, row(4, 0.9, [0.8, 0.9], [0.1, 0.1])).verdict) == (
        "Only trial 4 went to the finals: 85.00 % on average over 2 seeds. The search had measured 90.00 % of trial 4; "
        "but who looks best of 9 trials was lucky, too: expect what the finals found, 85.00 % (95 % interval "
        "21.47 % to 100.00 %)."
    )


def test_a_winner_that_did_no_better_in_the_search_was_not_lucky_there():
    assert plain(told(4, row(4, 0.8, [0.8, 0.9], [0.1, 0.1])).verdict).endswith("85.00 % on average over 2 seeds.")


def test_where_less_is_better_the_lowest_mean_wins():
    objective = Objective(Metric("time", Goal.MINIMIZE, "s"))
    rows = [
        Finalist(at, {}, {"time": search}, {"time": means})
        for at, search, means in [(1, 1.5, (3.0, 3.5)), (2, 2.5, (2.0, 2.5))]
    ]
    found = told(2, *rows, objective=objective)
    assert [one.number for one in found.finalists] == [2, 1]
    assert plain(found.verdict) == (
        "Trial 2 won with the lowest mean time over 2 seeds, 2.25 s; trial 1 came second with 3.25 s. "
        "In the search, under a single seed, trial 1 had looked best (1.5 s)."
    )


def test_without_finalists_there_were_no_finals():
    assert told(4) is None
