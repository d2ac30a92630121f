import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ikura.space import Choice, Float, Int


def test_a_linear_integer_gives_each_level_the_same_share():
    units = (np.arange(1000) + 0.5) / 1000
    values, counts = np.unique(Int(2, 8, step=2).from_unit(units), return_counts=True)
    assert values.tolist() == [2, 4, 6, 8]
    assert counts.tolist() == [250, 250, 250, 250]


def test_a_log_integer_gives_each_level_its_share_of_the_logarithm():
    dimension = Int(1, 8, scale="log")
    units = (np.arange(100_000) + 0.5) / 100_000
    _, counts = np.unique(dimension.from_unit(units), return_counts=True)
    expected = np.diff(np.log(np.arange(9) + 0.5)) / np.log(8.5 / 0.5)
    np.testing.assert_allclose(counts / 100_000, expected, atol=1e-4)


@pytest.mark.parametrize(
    "dimension", [Int(1, 13, scale="log", step=4), Int(-(2**40), 2**40), Int(1, 2**40, scale="log")]
)
def test_the_bounds_of_an_integer_are_reached(dimension):
    assert dimension.from_unit(np.array([0.0, 1.0])).tolist() == [dimension.low, dimension.high]


@st.composite
def integers(draw):
    scale = draw(st.sampled_from(["linear", "log"]))
    low = draw(st.integers(1 if scale == "log" else -(2**40), 2**40))
    step = draw(st.integers(1, 1000))
    steps = draw(st.integers(0, max(0, (2**40 - low) // step)))
    return Int(low, low + steps * step, scale=scale, step=step)


@given(integers(), st.data())
@settings(deadline=None)
def test_every_level_of_an_integer_survives_the_way_to_the_unit_interval_and_back(dimension, data):
    level = data.draw(st.integers(0, dimension.levels - 1))
    value = dimension.low + level * dimension.step
    unit = dimension.to_unit([value])
    assert 0 <= unit[0] <= 1
    assert dimension.from_unit(unit).tolist() == [value]


def test_options_that_are_numbers_lie_in_the_order_of_their_values():
    dimension = Choice(128, 32, 64.5)
    assert dimension.ordinal
    assert dimension.from_unit(np.array([0.0, 0.5, 1.0])).tolist() == [32, 64.5, 128]
    assert dimension.to_unit([128, 32]).tolist() == [2.5 / 3, 0.5 / 3]


@pytest.mark.parametrize("options", [("sgd", "adam"), (True, False), ("auto", 1)])
def test_other_options_keep_their_order_and_are_nominal(options):
    dimension = Choice(*options)
    assert not dimension.ordinal
    assert [repr(option) for option in dimension.from_unit(np.array([0.2, 0.8]))] == [repr(o) for o in options]


def test_levels_count_the_values():
    assert (Float(0, 1).levels, Int(1, 9, step=4).levels, Choice("a", "b").levels) == (None, 3, 2)


def test_scalars_of_numpy_become_pythons():
    assert repr(Float(np.float32(0.5), np.float64(1))) == repr(Float(0.5, 1.0))
    assert repr(Int(np.int64(1), 3, step=np.int32(2))) == repr(Int(1, 3, step=2))
    assert repr(Choice(np.int64(1), np.str_("a"), np.bool_(True))) == repr(Choice(1, "a", True))


@pytest.mark.parametrize(
    ("dimension", "good", "bad"),
    [
        (Float(0, 1), [0, 0.5, 1.0, np.float32(0.5)], [-0.1, 1.1, True, "0.5", float("nan")]),
        (Int(1, 7, step=2), [1, 7, np.int64(3)], [0, 2, 9, 3.0, True, "3"]),
        (Choice(1, 2), [1, 2, 1.0], [True, 3, "1"]),
        (Choice(True, "x"), [True, "x"], [1, False, "y"]),
    ],
)
def test_accepts_its_own_values_only(dimension, good, bad):
    assert all(map(dimension.accepts, good))
    assert not any(map(dimension.accepts, bad))
