"""Cross-validation: every example but those of the test part is in one fold."""

import numpy as np
import pandas as pd
import pytest

from ikura.data import Roles, prepare, prepare_folds
from ikura.errors import DataError

ROWS = 150
X = np.arange(2.0 * ROWS).reshape(ROWS, 2)
Y = np.array(["a", "b", "b"])[np.arange(ROWS) % 3]


def rows(part, data):
    encoder = data.preprocessing.columns[0]
    return np.rint((part.x[:, 0] * encoder.scale + encoder.mean) / 2).astype(int)


def test_folds_are_disjoint_complete_and_by_class():
    folded = prepare_folds((X, Y), 5)
    test = rows(folded.whole.test, folded.whole)
    devs = [rows(fold.dev, fold) for fold in folded.folds]
    assert sorted(np.concatenate([*devs, test]).tolist()) == list(range(ROWS))
    for fold, dev in zip(folded.folds, devs, strict=True):
        assert not set(dev) & set(rows(fold.train, fold))
        assert sorted(np.concatenate([dev, rows(fold.train, fold), test]).tolist()) == list(range(ROWS))
        assert np.bincount(fold.dev.y).tolist() == [8, 16]
        assert fold.train.x.mean(axis=0) == pytest.approx(0, abs=1e-5)
        np.testing.assert_array_equal(rows(fold.test, fold), test)
    assert set(test) == set(rows(prepare((X, Y)).test, prepare((X, Y))))


def test_the_whole_is_preprocessed_by_what_all_folds_show():
    folded = prepare_folds((X, Y), 5)
    whole, first = folded.whole, folded.folds[0]
    together = np.concatenate([whole.train.x, whole.dev.x])
    assert together.mean(axis=0) == pytest.approx(0, abs=1e-5)
    np.testing.assert_array_equal(rows(whole.dev, whole), rows(first.dev, first))
    assert whole.fingerprint != first.fingerprint


def test_each_fold_standardises_numbers_by_its_own_training_part():
    y = 10 + X[:, 0] / 7
    folded = prepare_folds((X, y), 4)
    means = {fold.targets[0].mean for fold in folded.folds}
    assert len(means) == 4
    for fold in folded.folds:
        assert fold.train.y.mean() == pytest.approx(0, abs=1e-5)


def test_no_group_is_in_two_folds():
    groups = np.arange(ROWS) // 5
    folded = prepare_folds((X, Y), 4, roles=Roles(groups=groups))
    parts = [*(rows(fold.dev, fold) for fold in folded.folds), rows(folded.whole.test, folded.whole)]
    owners = [set(groups[part]) for part in parts]
    assert sum(map(len, owners)) == len(set.union(*owners)) == 30


@pytest.mark.parametrize(
    ("source", "folds", "roles", "words"),
    [
        ((X, Y), 41, Roles(), "there are 41 folds, and class 'a' has 40 examples besides the test part"),
        ((X, X[:, 1]), 200, Roles(), "there are 200 folds, and 120 examples besides the test part"),
        ((X, Y), 4, Roles(groups=np.arange(ROWS) % 4), "there are 4 folds, and [23] groups besides the test part"),
        ((X, Y), 4, Roles(time=np.arange(ROWS)), "folds are given, and time as well"),
    ],
)
def test_too_many_folds_are_one_line(source, folds, roles, words):
    with pytest.raises(DataError, match=words):
        prepare_folds(source, folds, roles=roles)


def test_a_table_in_folds(tmp_path):
    pd.DataFrame(X, columns=["p", "q"]).assign(kind=Y).to_csv(tmp_path / "t.csv", index=False)
    assert len(prepare_folds(str(tmp_path / "t.csv"), 3).folds) == 3
