import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ikura.records import AT_LEAST, AT_MOST, Constraint, Goal, Metric, Objective


def test_one_number_orders_as_the_metric_and_then_its_tie_break_do():
    score, loss = Metric("score", Goal.MAXIMIZE), Metric("loss", Goal.MINIMIZE)
    rng = np.random.default_rng(0)
    levels = np.array([0, 0.5, np.nextafter(np.float32(0.5), np.float32(1)), 1, -1, 3e38, np.nan], np.float32)
    values = {
        "score": rng.choice(levels, 400),
        "loss": rng.choice(np.array([0.1, 2, 1e6, -3, np.nan], np.float32), 400),
    }
    for first, others in ((score, (loss,)), (loss, (score,)), (loss, ())):
        objective = Objective(first, others)
        scalar = objective.scalar(values)
        np.testing.assert_array_equal(scalar.astype(np.float32), values[first.name])
        known = np.flatnonzero(~np.isnan(scalar))
        best_first = known[np.argsort(first.loss(scalar[known]), kind="stable")]
        assert [n for n in objective.order(values, range(400)) if n in set(known)] == best_first.tolist()


LOSS, LATENCY, SCORE = Metric("loss", Goal.MINIMIZE), Metric("latency", Goal.MINIMIZE), Metric("score", Goal.MAXIMIZE)
FAST, GOOD = Constraint(LATENCY, AT_MOST, 5.0), Constraint(SCORE, AT_LEAST, 0.1)
LEVELS = st.sampled_from([0.0, 0.1, 0.5, 1.0, 5.0, 7.0, -3.0, np.nan])


def columns(rows):
    names = ("loss", "latency", "score")
    return {name: np.array([row[place] for row in rows], np.float32) for place, name in enumerate(names)}


def violation(row):
    """How far a trial is from what it must keep to, in plain words of Python's."""
    _, latency, score = map(float, row)
    if math.isnan(latency) or math.isnan(score):
        return math.inf
    return max(0.0, latency - 5) / 5 + max(0.0, float(np.float32(0.1)) - float(np.float32(score))) / float(
        np.float32(0.1)
    )


@given(st.lists(st.tuples(LEVELS, LEVELS, LEVELS), max_size=30))
def test_those_that_keep_to_the_constraints_come_first_then_those_that_violate_them_least(rows):
    order = Objective(LOSS, (), (FAST, GOOD)).order(columns(rows), range(len(rows)))
    expected = sorted(
        range(len(rows)),
        key=lambda n: (math.isnan(rows[n][0]), violation(rows[n]), 0.0 if math.isnan(rows[n][0]) else rows[n][0], n),
    )
    assert order.tolist() == expected


@given(st.lists(st.tuples(LEVELS, LEVELS, LEVELS), max_size=30))
def test_one_number_orders_as_the_constraints_do(rows):
    for first in (LOSS, SCORE):
        objective, values = Objective(first, (), (FAST, GOOD)), columns(rows)
        scalar = objective.scalar(values)
        assert np.isnan(scalar).tolist() == np.isnan(values[first.name]).tolist()
        known = [n for n in objective.order(values, range(len(rows))) if not np.isnan(scalar[n])]
        assert np.all(np.diff(first.loss(scalar[known])) > 0)


def test_a_value_of_32_bits_that_is_the_bound_keeps_to_it():
    assert Constraint(LATENCY, AT_MOST, 0.1).violation(np.array([0.1], np.float32)) == [0]
    assert Constraint(LATENCY, AT_LEAST, 0.1).violation(np.array([0.1], np.float32)) == [0]
