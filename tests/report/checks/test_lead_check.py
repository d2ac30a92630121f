"""Whether a lead of the finals is told from chance."""

from dataclasses import replace

import numpy as np
import pytest

from ikura.records import Best, Finalist, best_first
from ikura.report.checks import Verdict
from ikura.report.checks.lead_check import lead, seed_variance
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
    verdicts = [lead(drawn(rng, [0.5] * 5), METRIC).verdict for _ in range(FINALS)]
    assert set(verdicts) == {Verdict.OK, Verdict.LOOK}
    assert np.mean([verdict is Verdict.OK for verdict in verdicts]) <= 0.05


def test_a_lead_of_many_deviations_is_more_than_chance():
    rng = np.random.default_rng(0)
    checks = [lead(drawn(rng, [0.5, 0.9, 0.9]), METRIC) for _ in range(FINALS)]
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
    assert lead(finals, METRIC).verdict is Verdict.UNKNOWN
