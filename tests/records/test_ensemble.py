"""Whether several networks are better than one: under the seeds of the finals, on the mean and under most."""

import pytest

from ikura.records import Comparison, Goal, Metric, mean_of

SCORE, COST = Metric("score", Goal.MAXIMIZE), Metric("cost", Goal.MINIMIZE)


@pytest.mark.parametrize(
    ("winner", "together", "wins"),
    [
        ((0.5, 0.5, 0.5, 0.5), (0.6, 0.6, 0.6, 0.4), True),
        ((0.5, 0.5, 0.5, 0.5), (0.6, 0.6, 0.4, 0.4), False),  # on no more than half of them
        ((0.5, 0.5, 0.5, 0.5), (0.9, 0.9, 0.5, 0.5), False),  # better on the mean, and no more often than equal
        ((0.5, 0.5, 0.5, 0.5), (0.6, 0.6, 0.6, 0.1), False),  # better under most, and worse on the mean
        ((0.5, 0.5, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5), False),
        ((0.5, 0.5, 0.5, 0.5), (0.9, 0.9, 0.9, None), False),  # one divergence outweighs all
        ((0.5, 0.5, 0.5, None), (0.6, 0.6, 0.6, 0.1), True),  # the winner's is no evidence against them
        ((None, None, None, 0.5), (0.6, 0.6, 0.6, 0.6), False),  # better under one seed of four is little evidence
        ((None, None), (0.6, 0.6), False),
        ((), (), False),
    ],
)
def test_who_wins(winner, together, wins):
    assert Comparison(winner, together).wins(SCORE) is wins
    turned = [tuple(None if value is None else -value for value in values) for values in (winner, together)]
    assert Comparison(*turned).wins(COST) is wins


def test_a_mean_is_over_what_there_is():
    assert mean_of((0.5, None, 1.0)) == 0.75
    assert mean_of((None, None)) is None
    assert mean_of(()) is None
