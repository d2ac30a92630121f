import numpy as np
import pandas as pd
import pytest

from ikura.data import load, prepare
from ikura.data.labels import numbers_where_exact
from ikura.errors import DataError


def loaded(y):
    return load((np.arange(2.0 * len(y)).reshape(-1, 2), y))


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (np.array([2, 0, 10]), (0, 2, 10)),
        (np.array([2, 0, 10], dtype=np.uint8), (0, 2, 10)),
        (np.array([2.0, -1.0, 10.0]), (-1.0, 2.0, 10.0)),
        (np.array([True, False, True]), (False, True)),
        (np.array(["b", "a", "ü"]), ("a", "b", "ü")),
        (np.array([b"b", b"a", b"c"]), ("a", "b", "c")),
        (np.array(["grade 10", "grade 2", "grade 1"]), ("grade 1", "grade 2", "grade 10")),
        (np.array(["b", 3, 1], dtype=object), (1, 3, "b")),
        (["no", "yes", "no"], ("no", "yes")),
        ([1, "a", 2], (1, 2, "a")),
        (np.array(["2020-01-02", "2020-01-01", "2020-01-02"], dtype="datetime64[D]"), ("2020-01-01", "2020-01-02")),
        (pd.Series(["b", "a", "a"], dtype="str"), ("a", "b")),
        (pd.Series([3, 1, 1], dtype="Int64"), (1, 3)),
        (pd.Series(["b", "a", "a"], dtype="category"), ("a", "b")),
        (pd.Series([True, False, True], dtype="boolean"), (False, True)),
        (pd.DataFrame({"y": [3, 1, 1]}), (1, 3)),
        (np.array([[3], [1], [1]]), (1, 3)),
    ],
)
def test_classes_come_in_natural_order_as_they_were_given(labels, classes):
    table = loaded(labels)
    assert table.targets[0].classes == classes
    assert [type(label) for label in table.targets[0].classes] == [type(label) for label in classes]
    given = labels.iloc[:, 0] if isinstance(labels, pd.DataFrame) else labels
    np.testing.assert_array_equal(
        [str(table.targets[0].classes[code]) for code in table.y],
        [label.decode() if isinstance(label, bytes) else str(label) for label in np.ravel(np.asarray(given)).tolist()]
        if not isinstance(given, list)
        else [str(label) for label in given],
    )
    assert table.y.dtype == np.int32


def test_labels_of_text_and_number_parts_are_not_mixed_up():
    x = np.arange(12.0).reshape(6, 2)
    parts = {"train": (x, np.array([1, 2] * 3)), "test": (x, np.array(["1", "2"] * 3))}
    with pytest.raises(DataError, match="train part has no example of class '1', '2'"):
        prepare(parts)


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1", "0", "-2"], [1, 0, -2]),
        (["1.5", "2", None], [1.5, 2.0, None]),
        (["01", "02"], ["01", "02"]),
        (["1", "x"], ["1", "x"]),
        (["٣", "٤"], ["٣", "٤"]),
        (["1_0", "2"], ["1_0", "2"]),
    ],
)
def test_text_becomes_numbers_only_where_nothing_is_lost(texts, values):
    converted = numbers_where_exact(texts)
    assert converted == values
    assert [type(value) for value in converted] == [type(value) for value in values]


@pytest.mark.parametrize(
    "labels",
    [
        np.array([0.0, np.nan, 1.0]),
        ["a", None, "b"],
        pd.Series([1, pd.NA, 2], dtype="Int64"),
        pd.Series(["a", None, "b"]),
        np.array(["2020-01-01", "NaT", "2020-01-02"], dtype="datetime64[D]"),
    ],
)
def test_a_missing_label_is_refused(labels):
    with pytest.raises(
        DataError, match=r"arrays: the label y is missing in 1 of 3 rows, first in row 1 \(counted from"
    ):
        loaded(labels)


def test_one_class_only_is_refused():
    with pytest.raises(DataError, match=r"arrays: y has one class, 'a', in all 3 rows; there must be at least two"):
        loaded(["a", "a", "a"])


def test_an_infinite_label_is_refused():
    with pytest.raises(DataError, match="y holds inf; a label must be finite"):
        loaded([1.0, np.inf] * 5)


@pytest.mark.parametrize(
    "labels", [np.tile([0.5, 1.5, 2.5], 10), np.repeat(np.arange(100), 5), np.tile(np.arange(20), 3)]
)
def test_numbers_that_are_classes_are_not_taken_for_a_quantity(labels):
    assert loaded(labels).targets[0].classes == tuple(np.unique(labels).tolist())


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((3, 2, 2)), r"y has rank 3, shape \(3, 2, 2\); it must be \[example\], or \[example, target\]"),
        (np.array(3), r"y has rank 0"),
        ([0, 1], "x has 3 examples and y 2 labels; there must be one label for each example"),
    ],
)
def test_labels_of_the_wrong_shape_are_refused(labels, message):
    with pytest.raises(DataError, match=message):
        load((np.arange(6.0).reshape(3, 2), labels))


def test_too_many_classes_are_refused():
    words = np.array([f"word {number}" for number in range(1001)])
    with pytest.raises(DataError, match="has 1,001 different values; at most 1,000 classes are told apart"):
        loaded(np.repeat(words, 3))
