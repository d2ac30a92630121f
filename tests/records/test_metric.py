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


FEW = st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, np.inf, np.nan])
BOTH = Objective(LOSS, (LATENCY,), (), SCORE)


def dominates(one, other):
    return one != other and one[0] <= other[0] and one[1] >= other[1]


def peeled(rows):
    """The fronts of trials with (loss, score), by the definition: each is what nothing that is left dominates."""
    left, fronts = dict(enumerate(rows)), []
    while left:
        front = [n for n, row in left.items() if not any(dominates(other, row) for other in left.values())]
        fronts.append(front)
        left = {n: row for n, row in left.items() if n not in front}
    return fronts


@given(st.lists(st.tuples(FEW, FEW), max_size=30))
def test_two_objectives_order_by_fronts_and_the_best_by_the_first_one_begins_each(rows):
    known = [n for n, row in enumerate(rows) if not any(map(math.isnan, row))]
    values = columns([(loss, 0.0, score) for loss, score in rows])
    order = BOTH.order(values, range(len(rows))).tolist()
    assert set(order[: len(known)]) == set(known)
    start = 0
    for front in peeled([rows[n] for n in known]):
        members = [known[place] for place in front]
        mine = order[start : start + len(members)]
        assert set(mine) == set(members)
        assert rows[mine[0]] == min((rows[n] for n in members), key=lambda row: (row[0], -row[1]))
        start += len(members)
    if known:
        front = BOTH.front(values).tolist()
        assert front == sorted(
            (known[place] for place in peeled([rows[n] for n in known])[0]), key=lambda n: rows[n][0]
        )


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=25))
def test_within_a_front_those_come_first_whose_neighbours_are_far(rows):
    values = columns([(loss, 0.0, score) for loss, score in rows])
    place = {n: place for place, n in enumerate(BOTH.order(values, range(len(rows))).tolist())}
    for front in peeled(rows):
        points = sorted({rows[n] for n in front})
        widths = [points[-1][axis] - points[0][axis] for axis in (0, 1)]
        far = {points[0]: math.inf, points[-1]: math.inf}
        for before, point, after in zip(points, points[1:], points[2:], strict=False):
            far[point] = sum(abs((after[axis] - before[axis]) / widths[axis]) for axis in (0, 1))
        for one in front:
            for other in front:
                if far[rows[one]] > far[rows[other]] + 1e-9:
                    assert place[one] < place[other]


@given(st.lists(st.tuples(LEVELS, LEVELS, LEVELS), max_size=30))
def test_with_constraints_fronts_are_of_those_that_violate_them_alike(rows):
    objective = Objective(LOSS, (), (FAST,), SCORE)
    order = objective.order(columns(rows), range(len(rows))).tolist()

    def lacks(n):
        return math.isnan(rows[n][0]) or math.isnan(rows[n][2])

    def over(n):
        return math.inf if math.isnan(rows[n][1]) else max(0.0, rows[n][1] - 5)

    keys = [(lacks(n), over(n)) for n in order]
    assert keys == sorted(keys)
    for key in set(keys):
        if not key[0]:
            members = [n for n, own in zip(order, keys, strict=True) if own == key]
            fronts = peeled([(rows[n][0], rows[n][2]) for n in members])
            assert set(fronts[0]) == set(range(len(fronts[0])))


def test_one_number_orders_as_two_objectives_do():
    rng = np.random.default_rng(0)
    values = {name: rng.random(60).astype(np.float32) for name in ("loss", "latency", "score")}
    values["score"][::7] = np.nan
    scalar = BOTH.scalar(values)
    assert np.argsort(scalar).tolist() == BOTH.order(values, range(60)).tolist()
    assert BOTH.depends_on_others


def test_without_a_trial_there_is_no_front():
    nothing = columns([])
    assert BOTH.order(nothing, []).tolist() == BOTH.front(nothing).tolist() == []
