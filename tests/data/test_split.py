import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ikura.data import Untested, prepare
from ikura.data.naming import Naming
from ikura.data.split import stratified_split, untested_parts
from ikura.data.targets import Labels, encode_targets
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


@pytest.mark.parametrize("examples", [10, 14, 20, 25, 29, 30, 43, 60])
@pytest.mark.parametrize("task", ["regression", "counts"])
def test_few_numbers_are_split_in_the_right_shares(examples, task):
    y = np.random.default_rng(0).permutation(examples)
    dataset = prepare((y[:, None].astype(float), y), task=task)
    sizes = [len(part.y) for part in (dataset.train, dataset.dev, dataset.test)]
    assert sum(sizes) == examples
    np.testing.assert_allclose(sizes, np.array([0.6, 0.2, 0.2]) * examples, atol=1.0)


def test_labels_that_are_rare_are_put_together_with_others():
    y = np.eye(12, dtype=int)[np.arange(30) % 12]  # two or three of each
    y[0] = 1
    dataset = prepare((np.arange(30.0)[:, None], y))
    assert dataset.targets[0].kind == "labels"
    sizes = [len(part.y) for part in (dataset.train, dataset.dev, dataset.test)]
    np.testing.assert_allclose(sizes, [18, 6, 6], atol=6)


@settings(deadline=None)
@given(sizes=st.lists(st.integers(1, 40), min_size=2, max_size=12).filter(lambda sizes: max(sizes) > 1))
def test_without_a_test_part_every_class_is_trained_on_and_dev_gets_its_share(sizes):
    y = shuffled_labels(sizes, 0)
    train, dev, test = untested(y, "classification")
    np.testing.assert_array_equal(np.sort(np.concatenate([train, dev])), np.arange(len(y)))
    assert len(test) == 0
    assert len(np.unique(y[train])) == len(sizes)
    spare = len(y) - len(sizes)
    assert len(dev) == min(max(round(len(y) / 4), 1), spare)
    for size, found in zip(sizes, np.bincount(y[dev], minlength=len(sizes)), strict=True):
        assert abs(found - (size - 1) * len(dev) / spare) < 1


@pytest.mark.parametrize("examples", [2, 3, 10, 11, 500])
def test_without_a_test_part_numbers_are_split_by_size(examples):
    y = np.random.default_rng(0).permutation(examples).astype(float)
    train, dev, test = untested(y, "regression")
    assert (len(train), len(dev), len(test)) == (examples - len(dev), max(round(examples / 4), 1), 0)
    if examples == 500:
        assert np.bincount((y[dev] // 50).astype(int)).tolist() == pytest.approx([12.5] * 10, abs=0.5)


def test_without_a_test_part_one_example_of_each_class_is_too_few():
    with pytest.raises(DataError, match="arrays: there are 3 examples, and none can be kept"):
        prepare(Untested(np.arange(3.0)[:, None], ["a", "b", "c"]))
    with pytest.raises(DataError, match="arrays: there is 1 example, and none can be kept"):
        prepare(Untested(np.ones((1, 1)), [1.0]), task="regression")


def untested(y, task):
    targets, encoded, _ = encode_targets(Labels((y,), ("y",), ("y",)), task, Naming("arrays"))
    return untested_parts(targets, encoded, (0.6, 0.2, 0.2), 0, Naming("arrays"))
