import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ikura.data import prepare
from ikura.data.split import stratified_split
from ikura.errors import DataError

SIZES = st.lists(st.integers(3, 60), min_size=1, max_size=12)
FRACTIONS = st.tuples(st.integers(1, 20), st.integers(1, 20), st.integers(1, 20)).map(
    lambda weights: tuple(weight / sum(weights) for weight in weights)
)


def shuffled_labels(sizes, seed):
    y = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    return np.random.default_rng(seed).permutation(y)


@settings(deadline=None)
@given(sizes=SIZES, fractions=FRACTIONS, seed=st.integers(0, 2**40))
def test_parts_are_disjoint_complete_and_deterministic(sizes, fractions, seed):
    y = shuffled_labels(sizes, 0)
    parts = stratified_split(y, fractions, seed)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(len(y)))
    for part, again in zip(parts, stratified_split(y, fractions, seed), strict=True):
        np.testing.assert_array_equal(part, again)
        assert (np.diff(part) > 0).all()


@settings(deadline=None)
@given(sizes=SIZES, fractions=FRACTIONS, seed=st.integers(0, 2**40))
def test_each_class_is_split_within_one_example(sizes, fractions, seed):
    y = shuffled_labels(sizes, 1)
    counts = np.array([np.bincount(y[part], minlength=len(sizes)) for part in stratified_split(y, fractions, seed)]).T
    exact = np.outer(sizes, fractions)
    assert (counts >= 1).all()
    for counted, wanted in zip(counts, exact, strict=True):
        if (wanted >= 1).all():  # else the promise of one example in each part goes first
            assert (np.abs(counted - wanted) < 1).all()


@pytest.mark.parametrize("seed", range(3))
def test_what_rounding_leaves_over_is_spread_over_the_parts(seed):
    y = np.repeat(np.arange(40, dtype=np.int32), 7)
    parts = stratified_split(y, (0.6, 0.2, 0.2), seed)
    assert [len(part) for part in parts] == [168, 56, 56]


@pytest.mark.parametrize("size", [3, 4, 5])
def test_the_smallest_classes_are_in_every_part(size):
    parts = stratified_split(np.zeros(size, dtype=np.int32), (0.8, 0.1, 0.1), 0)
    assert [len(part) for part in parts] == [size - 2, 1, 1]


def test_another_seed_gives_another_split():
    y = np.zeros(100, dtype=np.int32)
    assert len({tuple(stratified_split(y, (0.6, 0.2, 0.2), seed)[2]) for seed in range(20)}) == 20


@pytest.mark.parametrize(
    ("fractions", "message"),
    [
        ((0.6, 0.2, 0.3), r"fractions: \(0.6, 0.2, 0.3\) sum to 1.1; they must sum to 1: give three"),
        ((0.8, 0.2), r"fractions: \(0.8, 0.2\) are not three positive numbers"),
        ((0.8, 0.2, 0.0), r"fractions: \(0.8, 0.2, 0.0\) are not three positive numbers"),
        ((float("nan"), 0.5, 0.5), "are not three positive numbers"),
    ],
)
def test_wrong_fractions_are_refused(fractions, message):
    with pytest.raises(DataError, match=message):
        prepare("iris", fractions=fractions)


def test_a_class_too_small_to_split_is_named_with_its_count():
    x = np.arange(24.0).reshape(12, 2)
    with pytest.raises(
        DataError, match=r"class 'rare' has 2 examples; splitting into train, dev and test needs at least 3"
    ):
        prepare((x, ["often"] * 10 + ["rare"] * 2))


def test_further_small_classes_are_counted():
    x = np.arange(24.0).reshape(12, 2)
    with pytest.raises(DataError, match=r"class 'b' has 1 example \(and 1 more of the 3 classes too few\)"):
        prepare((x, ["a"] * 10 + ["b", "c"]))
