import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ikura.space.scales import SCALES

BOUNDS = {"linear": (-3.0, 5.0), "log": (1e-4, 1.0), "one-minus-log": (0.9, 0.999999)}


@pytest.mark.parametrize("name", SCALES)
def test_the_bounds_are_exact_and_never_left(name):
    low, high = BOUNDS[name]
    values = SCALES[name].from_unit(np.array([-0.1, 0.0, 1e-300, 1 - 1e-16, 1.0, 1.1]), low, high)
    assert values[[0, 1]].tolist() == [low, low]
    assert values[[4, 5]].tolist() == [high, high]
    assert ((low <= values) & (values <= high)).all()


@pytest.mark.parametrize("name", SCALES)
@given(unit=st.floats(0, 1))
@settings(deadline=None)
def test_the_way_to_a_value_and_back_ends_where_it_began(name, unit):
    low, high = BOUNDS[name]
    value = SCALES[name].from_unit(unit, low, high)
    again = SCALES[name].from_unit(SCALES[name].to_unit(value, low, high), low, high)
    assert again == pytest.approx(value, rel=1e-12, abs=1e-12 * (high - low))


def test_log_gives_every_decade_the_same_share():
    values = SCALES["log"].from_unit(np.array([0.25, 0.5, 0.75]), 1e-4, 1.0)
    np.testing.assert_allclose(values, [1e-3, 1e-2, 1e-1], rtol=1e-14)


def test_one_minus_log_gives_every_decade_of_the_rest_to_one_the_same_share():
    values = SCALES["one-minus-log"].from_unit(np.array([0.2, 0.4, 0.6, 0.8, 1.0]), 0.0, 0.99999)
    np.testing.assert_allclose(values, [0.9, 0.99, 0.999, 0.9999, 0.99999], rtol=1e-12)


@pytest.mark.parametrize("value", [0.999999, 1 - 1e-9, 1 - 1e-12])
def test_one_minus_log_keeps_the_digits_of_one_minus_x(value):
    scale = SCALES["one-minus-log"]
    high = 1 - 1e-13
    again = scale.from_unit(scale.to_unit(value, 0.0, high), 0.0, high)
    assert 1 - again == pytest.approx(1 - value, rel=1e-3 if value > 1 - 1e-11 else 1e-6)
    assert again == pytest.approx(value, rel=3e-16)
