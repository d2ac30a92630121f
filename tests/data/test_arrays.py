import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from ikura.data import load, prepare
from ikura.errors import DataError

X = np.random.default_rng(0).normal(size=(30, 4)).round(3)
Y = np.tile([0, 1, 2], 10)
MASK = np.random.default_rng(1).random(X.shape) < 0.1
MISSING = np.where(MASK, np.nan, X)
FLOATS = [np.float16, np.float32, np.float64, np.longdouble]


def infinite(kind):
    x = X.astype(kind)
    x[4, 3] = np.inf
    return x


@pytest.mark.parametrize("kind", FLOATS)
@pytest.mark.parametrize(
    "source",
    [
        lambda x: (x, Y),
        lambda x: (x.reshape(30, 2, 2), Y),
        lambda x: (x.reshape(30, 2, 1, 2), Y),
        lambda x: (pd.DataFrame(x), Y),
        lambda x: pd.DataFrame(x).assign(y=Y),
        lambda x: {"train": (X.astype(x.dtype), Y), "test": (x, Y)},
        lambda x: (np.ma.array(x, mask=MASK & ~np.isinf(x)), Y),
        lambda x: (x.astype(object), Y),
    ],
)
def test_infinities_of_any_width_are_refused_wherever_they_are(kind, source):
    with pytest.raises(DataError, match=r"column '?3'?.*, row 4 \(counted from 0\): inf is not finite"):
        prepare(source(infinite(kind)))


@pytest.mark.parametrize("kind", FLOATS)
def test_infinities_of_any_width_are_refused_in_files_and_predictions(kind, tmp_path):
    np.savez(tmp_path / "x.npz", x=infinite(kind), y=Y)
    with pytest.raises(DataError, match=r"row 4 .*inf is not finite"):
        prepare(tmp_path / "x.npz")
    preprocessing = prepare((X.astype(kind), Y)).preprocessing
    for features in (infinite(kind), pd.DataFrame(infinite(kind))):
        with pytest.raises(DataError, match=r"row 4 .*inf is not finite"):
            preprocessing.transform(features)
    with pytest.raises(DataError, match="y holds inf"):
        load((X, np.where(Y == 1, np.inf, Y).astype(kind)))


@pytest.mark.parametrize("kind", ["Float32", "Float64", "float[pyarrow]", "double[pyarrow]"])
def test_infinities_of_nullable_columns_are_refused(kind):
    frame = pd.DataFrame({"x": pd.Series([1.0, np.inf, None], dtype=kind), "y": [0, 1, 0]})
    with pytest.raises(DataError, match=r"column 'x', row 1 .*inf is not finite"):
        load(frame)


@pytest.mark.skipif(np.finfo(np.longdouble).max == np.finfo(np.float64).max, reason="no wider floats here")
def test_numbers_beyond_doubles_are_refused():
    x = X.astype(np.longdouble)
    x[4, 3] = np.longdouble("1e4000")
    for source in ((x, Y), pd.DataFrame(x).assign(y=Y)):
        with pytest.raises(DataError, match=r"row 4 \(counted from 0\): .* is not finite in float32"):
            load(source)
    assert all(type(label) is float for label in load((X, Y.astype(np.longdouble))).targets[0].classes)


@pytest.mark.parametrize(
    "masked",
    [
        np.ma.array(X, mask=MASK),
        list(np.ma.array(X, mask=MASK)),
        tuple(np.ma.array(X, mask=MASK)),
        np.ma.array(X, mask=MASK).astype(object),
        pd.DataFrame(np.ma.array(X, mask=MASK)),
        [
            [np.ma.masked if hidden else value for value, hidden in zip(*row, strict=True)]
            for row in zip(X, MASK, strict=True)
        ],
    ],
    ids=["array", "list", "tuple", "objects", "frame", "cells"],
)
def test_what_is_masked_is_missing(masked):
    expected = prepare((MISSING, Y))
    dataset = prepare((masked, Y))
    np.testing.assert_array_equal(dataset.train.x, expected.train.x)
    assert dataset.notes == expected.notes
    np.testing.assert_array_equal(dataset.preprocessing.transform(masked), expected.preprocessing.transform(MISSING))


def test_masks_of_whole_numbers_images_dates_and_text():
    whole = np.arange(120).reshape(30, 4) % 7
    found = load((np.ma.array(whole, mask=MASK), Y)).columns
    np.testing.assert_array_equal(found, np.where(MASK, np.nan, whole))
    assert load((np.ma.array(whole, mask=False), Y)).columns.dtype == whole.dtype
    images = np.ma.array(whole.reshape(30, 2, 2), mask=MASK.reshape(30, 2, 2))
    np.testing.assert_array_equal(load((images, Y)).columns, np.where(MASK, np.nan, whole))
    days = np.ma.array(np.datetime64("2020-01-01") + whole, mask=MASK)
    for index, column in enumerate(load((days, Y)).columns):
        np.testing.assert_array_equal(np.isnan(column.values), MASK[:, index])
    for kind in ("U", "S"):
        words = np.ma.array(np.array(["a", "b", "c"])[whole % 3].astype(kind), mask=MASK)
        for index, column in enumerate(load((words, Y)).columns):
            assert [value is None for value in column.values] == MASK[:, index].tolist()


def test_masked_labels_are_missing():
    for labels in (np.ma.array(Y, mask=Y == 3), list(Y)):
        assert load((X, labels)).targets[0].classes == (0, 1, 2)
    for labels in (np.ma.array(Y, mask=np.arange(30) == 4), np.ma.array(Y.astype("U"), mask=np.arange(30) == 4)):
        with pytest.raises(DataError, match="the label y is missing in 1 of 30 rows, first in row 4"):
            load((X, labels))


@pytest.mark.parametrize("kind", ["csr_matrix", "csc_array", "coo_matrix"])
def test_sparse_matrices_are_made_dense(kind):
    x = np.where(MASK, X, 0)
    sparse = getattr(scipy.sparse, kind)(x)
    dataset = prepare((sparse, Y))
    assert dataset.fingerprint == prepare((x, Y)).fingerprint
    np.testing.assert_array_equal(dataset.preprocessing.transform(sparse), dataset.preprocessing.transform(x))
    assert load((x, scipy.sparse.csr_matrix(Y[:, None]))).targets[0].classes == (0, 1, 2)


def test_a_sparse_matrix_that_would_fill_the_memory_is_refused():
    with pytest.raises(DataError, match=r"a sparse matrix of shape \(30, 50000000\) would take 12,000,000,000 bytes"):
        load((scipy.sparse.csr_matrix((30, 50_000_000)), Y))


def test_labels_go_by_the_index():
    frame = pd.DataFrame(X, index=np.arange(30) + 5)
    labels = pd.Series(Y, index=frame.index)
    expected = load((frame, labels))
    assert expected.notes == ()
    for shuffled in (labels.sample(frac=1, random_state=0), labels.sample(frac=1, random_state=0).to_frame()):
        table = load((frame, shuffled))
        np.testing.assert_array_equal(table.y, expected.y)
        assert table.notes == ("y was put in the order of x's index",)
    np.testing.assert_array_equal(load((frame, Y)).y, Y)
    with pytest.raises(DataError, match=r"x and y have different indexes, 5 and 0 in row 0 .*: if .* give y.to_numpy"):
        load((frame, pd.Series(Y)))
    twice = frame.set_index(np.arange(30) // 2)
    np.testing.assert_array_equal(load((twice, labels.set_axis(twice.index))).y, Y)
    with pytest.raises(DataError, match="have different indexes"):
        load((twice, labels.set_axis(twice.index).iloc[::-1]))
    with pytest.raises(DataError, match="x has 30 examples and y 29 labels"):
        load((frame, labels.iloc[1:]))
