"""Whether a lead of the finals is told from chance."""

import math
from dataclasses import replace

import numpy as np
import pytest

from ikura.records import AT_MOST, Best, Constraint, Finalist, Goal, Metric, Objective, best_first, told_apart
from ikura.report.checks import Verdict
from ikura.report.checks.lead_check import lead, seed_variance
from ikura.report.finals import finals
from tests.cli.samples import OUTCOME
from tests.report.checks.searches import OBJECTIVE

METRIC = OBJECTIVE.metric
SEEDS, FINALS = 4, 400


def outcome(*runs):
    finalists = [Finalist(number, {}, {}, {"dev_loss": tuple(values)}) for number, values in enumerate(runs)]
    finalists = best_first(finalists, OBJECTIVE)
    winner = finalists[0]
    return replace(OUTCOME, best=Best(winner.number, {}, {"dev_loss": 0.0}), finalists=tuple(finalists))


def drawn(rng, means, deviation=0.1):
    return outcome(*[rng.normal(mean, deviation, SEEDS).tolist() for mean in means])


def test_a_lead_over_equals_is_hardly_ever_taken_for_more_than_chance():
    rng = np.random.default_rng(0)
    verdicts = [lead(drawn(rng, [0.5] * 5), OBJECTIVE).verdict for _ in range(FINALS)]
    assert set(verdicts) == {Verdict.OK, Verdict.LOOK}
    assert np.mean([verdict is Verdict.OK for verdict in verdicts]) <= 0.05


def test_a_lead_of_many_deviations_is_more_than_chance():
    rng = np.random.default_rng(0)
    checks = [lead(drawn(rng, [0.5, 0.9, 0.9]), OBJECTIVE) for _ in range(FINALS)]
    assert np.mean([check.verdict is Verdict.OK for check in checks]) >= 0.95
    assert checks[0].evidence.startswith("trial 0 leads trial")


def test_the_variance_is_that_within_the_finalists_and_what_diverged_is_left_out():
    found = seed_variance(outcome([1.0, 3.0], [11.0, 13.0, None]).finalists, METRIC)
    assert found is not None
    assert (found.deviation, found.freedom) == (pytest.approx(2**0.5), 2)
    # Student's t for 2 degrees of freedom.
    assert found.margin(2, 2) == pytest.approx(4.3026527 * 2**0.5)


@pytest.mark.parametrize("finals", [None, outcome([0.1, 0.2]), outcome([0.1], [0.2])])
def test_without_several_seeds_of_two_nothing_is_said(finals):
    assert lead(finals, OBJECTIVE).verdict is Verdict.UNKNOWN


def test_who_could_not_have_won_is_not_the_second():
    shaky = outcome([0.5, 0.6, 0.5, 0.6], [0.1, 0.2, None, 0.1], [0.7, 0.8, 0.7, 0.8])
    assert shaky.best.number == 0
    check = lead(shaky, OBJECTIVE)
    assert check.evidence.startswith("trial 0 leads trial 2 by 0.2 ")
    alone = lead(outcome([0.5, 0.6, 0.5, 0.6], [0.1, 0.2, None, 0.1]), OBJECTIVE)
    assert (alone.verdict, alone.numbers) == (Verdict.OK, {})
    assert alone.evidence.startswith("no other finalist keeps to the constraints as well")

    size = Metric("size", Goal.MINIMIZE)
    bound = replace(OBJECTIVE, constraints=(Constraint(size, AT_MOST, 5.0),))
    runs = {0: (0.5, 0.6), 1: (0.1, 0.2), 2: (0.7, 0.8)}
    made = [
        Finalist(number, {}, {}, {"dev_loss": values, "size": (9.0 if number == 1 else 4.0,) * 2})
        for number, values in runs.items()
    ]
    made = best_first(made, bound)
    assert [each.number for each in made] == [0, 2, 1]
    kept = replace(OUTCOME, best=Best(0, {}, {}), finalists=tuple(made))
    assert lead(kept, bound).evidence.startswith("trial 0 leads trial 2 by 0.2 ")


def test_means_that_32_bits_cannot_tell_apart_are_no_lead_and_the_tie_break_decides():
    shares = np.float32([28, 28, 28, 29]) / np.float32(30), np.float32([29, 27, 29, 28]) / np.float32(30)
    one, other = (tuple(map(float, values)) for values in shares)
    assert np.mean(one) != np.mean(other)
    accuracy = Objective(Metric("dev_accuracy", Goal.MAXIMIZE, "share"), (METRIC,))
    for first, second in ((one, other), (other, one)):
        made = [
            Finalist(3, {}, {}, {"dev_accuracy": first, "dev_loss": (0.3,) * 4}),
            Finalist(7, {}, {}, {"dev_accuracy": second, "dev_loss": (0.2,) * 4}),
        ]
        made = best_first(made, accuracy)
        assert [each.number for each in made] == [7, 3]
        found = replace(OUTCOME, best=Best(7, {}, {}), finalists=tuple(made))
        assert lead(found, accuracy).numbers["lead"] == 0
        said = finals(found, accuracy)
        assert said is not None
        assert "have the same mean dev accuracy" in said.verdict
        assert "trial 7 won by the lower mean dev loss" in said.verdict


@pytest.mark.parametrize(
    ("means", "equal"),
    [
        ([], []),
        ([0.1], [0.1]),
        ([math.nan, 0.5, math.nan], [math.nan, 0.5, math.nan]),
        ([0.94166666648, 0.2, 0.94166666627], [0.94166666627, 0.2, 0.94166666627]),
        ([0.5, 0.500001], [0.5, 0.500001]),
        ([0.0, 0.0, 1e-9], [0.0, 0.0, 1e-9]),
        ([-2.0, -2.00000001], [-2.00000001, -2.00000001]),
    ],
)
def test_what_32_bits_cannot_tell_apart_is_equal(means, equal):
    assert told_apart(means).tolist() == pytest.approx(equal, abs=0, rel=0, nan_ok=True)
