import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ikura.data import batch_order
from ikura.errors import DataError


@settings(deadline=None)
@given(seed=st.integers(0, 2**64), epoch=st.integers(0, 10_000), examples=st.integers(1, 500))
def test_every_example_comes_once(seed, epoch, examples):
    order = batch_order(seed, epoch, examples)
    assert order.dtype == np.int32
    np.testing.assert_array_equal(np.sort(order), np.arange(examples))
    np.testing.assert_array_equal(order, batch_order(seed, epoch, examples))


def test_each_epoch_and_seed_has_its_own_order():
    orders = [tuple(batch_order(seed, epoch, 50)) for seed in range(5) for epoch in range(20)]
    assert len(set(orders)) == 100


def test_the_order_is_the_same_for_all_time():
    assert batch_order(0, 0, 8).tolist() == [4, 7, 6, 1, 2, 0, 5, 3]


def test_places_are_uniform():
    first = np.array([batch_order(7, epoch, 5)[0] for epoch in range(2000)])
    assert np.abs(np.bincount(first, minlength=5) - 400).max() < 90


def test_a_negative_seed_is_refused():
    with pytest.raises(DataError, match="seed: -3 is negative; a seed must be 0 or more: use 3"):
        batch_order(-3, 0, 10)
