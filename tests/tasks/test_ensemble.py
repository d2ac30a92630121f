"""Which networks are put together, and what they say together."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ikura.records import Kind, Target
from ikura.tasks import heads_of, number_loss, predictions_of
from ikura.tasks.ensemble import mean_said, outputs_saying, select_members

CLASSES = Target("c", Kind.CLASS, ("a", "b", "c"))
LABELS = Target("l", Kind.LABELS, ("x", "y"))
NUMBER = Target("n", Kind.NUMBER, mean=3.0, scale=2.5)
COUNT = Target("k", Kind.COUNT)


def score(truth):
    """The mean squared error, in steps so coarse that many are equal, and then the largest error."""

    def of(said):
        errors = np.abs(said[0] - truth)
        return float(np.round((errors**2).mean(), 1)), float(np.round(errors.max(), 1))

    return of


def brute(said, score, first, most):
    """Greedy selection as it is told, with each mean made anew; the shares of the best mean on the way."""
    alone = [(score(each), place) for place, each in enumerate(said)]
    members = [place for _, place in sorted(alone)][:first]
    ways = [(score([np.mean([said[each][0] for each in members], axis=0)]), len(members))]
    while len(members) < most:
        means = [score([np.mean([said[each][0] for each in [*members, more]], axis=0)]) for more in range(len(said))]
        members.append(means.index(min(means)))
        ways.append((min(means), len(members)))
    size = min(ways)[1]
    return {member: members[:size].count(member) / size for member in members[:size]}


values = st.integers(-8, 8).map(float)
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(st.lists(st.lists(values, min_size=3, max_size=3), min_size=1, max_size=6), st.integers(1, 3), st.integers(3, 6))
def test_no_greedy_step_that_is_better_is_missed(rows, first, most):
    said = [[np.array(row)] for row in rows]
    measure = score(np.array([1.0, -2.0, 4.0]))
    assert select_members(said, measure, first, most) == pytest.approx(brute(said, measure, first, most))


@unhurried
@given(st.lists(st.lists(values, min_size=3, max_size=3), min_size=1, max_size=6), st.integers(1, 6))
def test_together_they_are_never_behind_the_best_single_one(rows, most):
    said = [[np.array(row)] for row in rows]
    measure = score(np.array([1.0, -2.0, 4.0]))
    shares = select_members(said, measure, 1, most)
    together = mean_said([said[place] for place in shares], list(shares.values()))
    assert sum(shares.values()) == pytest.approx(1.0)
    assert measure([together[0].round(9)]) <= min(map(measure, said))


def test_two_that_err_to_either_side_are_put_together_and_one_that_only_hurts_is_not():
    said = [[np.array([2.0, 0.0])], [np.array([0.0, 2.1])], [np.array([9.0, 9.0])]]
    assert select_members(said, score(np.ones(2)), 1, 5) == {0: 0.5, 1: 0.5}


def test_one_that_counts_more_is_there_more_than_once():
    said = [[np.array([4.0])], [np.array([-8.0])]]
    found = select_members(said, lambda mean: (abs(float(mean[0][0])),), 1, 3)
    assert found == pytest.approx({0: 2 / 3, 1: 1 / 3})


def test_a_worse_step_is_gone_where_a_better_mean_follows():
    """Neither is better than the first alone; both are."""
    said = [[np.array([1.0, 1.0])], [np.array([-4.0, 0.0])], [np.array([0.0, -4.0])]]
    found = select_members(said, lambda mean: (float(np.abs(mean[0]).max()),), 1, 5)
    assert set(found) == {0, 1, 2}


def test_of_equal_means_the_smallest_and_of_equal_networks_the_first():
    said = [[np.zeros(2)], [np.zeros(2)]]
    assert select_members(said, score(np.ones(2)), 1, 4) == {0: 1.0}


def test_the_best_few_are_there_whatever_comes_after():
    said = [[np.array([3.0])], [np.array([0.0])], [np.array([1.0])], [np.array([2.0])]]
    measure = score(np.zeros(1))
    assert select_members(said, measure, 3, 3) == pytest.approx(dict.fromkeys((1, 2, 3), 1 / 3))
    # What is added after them is the best one again.
    assert select_members(said, measure, 3, 4) == pytest.approx({1: 1 / 2, 2: 1 / 4, 3: 1 / 4})
    assert set(select_members(said, measure, 9, 9)) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("targets", "loss"),
    [
        ([CLASSES], None),
        ([LABELS], None),
        ([NUMBER], None),
        ([NUMBER], "quantile:0.1,0.5,0.9"),
        ([COUNT], None),
        ([NUMBER, CLASSES, COUNT], "quantile:0.2,0.8"),
    ],
)
def test_outputs_say_what_they_are_to_say(targets, loss):
    heads = heads_of(targets, number_loss(loss))
    outputs = [np.random.default_rng(seed).normal(0, 3, (7, sum(head.outputs for head in heads))) for seed in range(3)]
    said = [predictions_of(each, targets, heads) for each in outputs]
    together = mean_said(said, [0.5, 0.25, 0.25])
    again = predictions_of(outputs_saying(together, targets, heads), targets, heads)
    for one, other, *parts in zip(together, again, *said, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(one, np.average(parts, axis=0, weights=[0.5, 0.25, 0.25]), rtol=1e-6)


def test_certainty_has_finite_outputs():
    for target, said in ((CLASSES, [[1.0, 0.0, 0.0]]), (LABELS, [[1.0, 0.0]])):
        heads = heads_of([target], number_loss(None))
        outputs = outputs_saying([np.array(said)], [target], heads)
        assert np.isfinite(outputs).all()
        np.testing.assert_allclose(predictions_of(outputs, [target], heads)[0], said, atol=1e-30)
