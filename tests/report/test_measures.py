import math

import numpy as np
import pytest

from ikura.records import Goal, Metric
from ikura.report.measures import comparative, drawn, extent, is_beyond, superlative, ticks, written

SHARE = Metric("accuracy", Goal.MAXIMIZE, "share")
ERROR = Metric("error", Goal.MINIMIZE, "share")
LOSS = Metric("loss", Goal.MINIMIZE)
REWARD = Metric("reward", Goal.MAXIMIZE)
TIME = Metric("time", Goal.MINIMIZE, "s")


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [(SHARE, 0.97512, "97.51 %"), (LOSS, 0.0123456, "0.01235"), (TIME, 12.3456, "12.35 s"), (LOSS, math.nan, "–")],
)
def test_a_value_is_written_with_its_unit(metric, value, text):
    assert written(metric, value, 2).replace("\u00a0", " ") == text


def test_axes_are_in_percent_for_shares_alone():
    assert drawn(SHARE, np.array([0.5])).tolist() == [50.0]
    assert drawn(LOSS, np.array([0.5])).tolist() == [0.5]
    assert ticks(SHARE, 0.9, 1.0)[0] == (0.9, "90\u00a0%")
    assert ticks(TIME, 1.0, 3.0)[-1] == (3.0, "3\u00a0s")


def test_what_is_best_is_named_by_the_goal():
    assert [(superlative(metric), comparative(metric)) for metric in (SHARE, LOSS)] == [
        ("highest", "higher"),
        ("lowest", "lower"),
    ]


@pytest.mark.parametrize(
    ("metric", "values", "best", "edge", "ends"),
    [
        (SHARE, [0.98, 0.96, 0.96, 0.95, 0.10], 0.98, 0.92, (0.92, 0.98)),
        (SHARE, [0.98, 0.96, 0.94], 0.98, 0.94, (0.94, 0.98)),
        (ERROR, [0.02, 0.04, 0.04, 0.05, 0.90], 0.02, 0.08, (0.02, 0.08)),
        (LOSS, [2.0, 4.0, 4.0, 5.0, 900.0], 2.0, 8.0, (2.0, 8.0)),
        (REWARD, [-2.0, -4.0, -4.0, -5.0, -900.0], -2.0, -8.0, (-8.0, -2.0)),
        # Where all are the same, the axis reaches a little to the worse side.
        (SHARE, [0.5], 0.5, 0.5, (0.49, 0.5)),
        (LOSS, [2.0, 2.0], 2.0, 2.0, (2.0, 2.02)),
        (LOSS, [0.0], 0.0, 0.0, (0.0, 0.01)),
        (REWARD, [-2.0], -2.0, -2.0, (-2.02, -2.0)),
        (SHARE, [], 1.0, 0.0, (0.0, 1.0)),
        (LOSS, [], 0.0, 1.0, (0.0, 1.0)),
    ],
)
def test_an_axis_runs_from_the_best_to_the_worst_that_is_not_far_out(metric, values, best, edge, ends):
    found = extent(metric, np.array(values))
    assert (found.best, found.edge) == (pytest.approx(best), pytest.approx(edge))
    assert found.ends == pytest.approx(ends)
    assert found.room == pytest.approx(ends[1] - ends[0])


def test_beyond_the_edge_is_what_is_worse():
    values = np.array([0.1, 0.2, 0.2, 0.3, 9.0, np.nan], np.float32)
    assert is_beyond(LOSS, values, extent(LOSS, values[:5])).tolist() == [False] * 4 + [True, False]
    # The edge itself, where nothing lies far out, is not beyond itself.
    assert not is_beyond(LOSS, values[:4], extent(LOSS, values[:4])).any()
    assert not is_beyond(SHARE, values[:4], extent(SHARE, values[:4])).any()
