"""What is learned of a target: by what it holds, and by what the user says of it."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from ikura.data import load, prepare
from ikura.data.split import FEWEST
from ikura.errors import DataError
from ikura.records import Kind

ROWS = 60
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(ROWS, 2))
QUANTITY = 50 + 10 * RANDOM.normal(size=ROWS)
WORDS = np.array(["no", "yes"])[np.arange(ROWS) % 2]
FLAGS = (RANDOM.random((ROWS, 3)) < 0.5).astype(int)
ONE_HOT = np.eye(3)[np.arange(ROWS) % 3]


def kinds(y, task=None):
    return [str(target.kind) for target in load((X, y), task=task).targets]


@pytest.mark.parametrize(
    ("y", "task", "expected"),
    [
        (QUANTITY, None, ["number"]),
        (QUANTITY.astype(np.float16), None, ["number"]),
        (np.arange(ROWS), None, ["number"]),
        (list(QUANTITY), None, ["number"]),
        (pd.Series(QUANTITY), None, ["number"]),
        (np.linspace(0, 1, ROWS), None, ["number"]),
        (WORDS, None, ["class"]),
        (np.arange(ROWS) % 7, None, ["class"]),
        (np.arange(ROWS) % 7, "regression", ["number"]),
        (np.arange(ROWS) % 7, "counts", ["count"]),
        (np.arange(ROWS) % 30, "classification", ["class"]),
        (np.arange(ROWS) % 2 == 0, None, ["class"]),
        (FLAGS, None, ["labels"]),
        (FLAGS.tolist(), None, ["labels"]),
        (FLAGS.astype(bool), None, ["labels"]),
        (pd.DataFrame(FLAGS, columns=["a", "b", "c"]), None, ["labels"]),
        (FLAGS, "regression", ["number"] * 3),
        (FLAGS, "counts", ["count"] * 3),
        (ONE_HOT, None, ["class"]),
        (ONE_HOT, "multilabel", ["labels"]),
        (np.stack([QUANTITY, QUANTITY**2], axis=1), None, ["number"] * 2),
        (pd.DataFrame({"price": QUANTITY, "sold": WORDS}), None, ["number", "class"]),
    ],
)
def test_the_kind_of_a_target(y, task, expected):
    assert kinds(y, task) == expected


def test_a_quantity_is_noted_and_one_hot_and_labels_too():
    assert "60 different numbers in 60 rows and is learned as a quantity" in " ".join(load((X, QUANTITY)).notes)
    assert "a 1 in one of the 3 columns" in " ".join(load((X, ONE_HOT)).notes)
    assert "may have any number (multilabel)" in " ".join(load((X, FLAGS)).notes)
    assert load((X, QUANTITY), task="regression").notes == ()


CENTS = np.round(QUANTITY * 100).astype(int)
WRITTEN = {
    "money": [f"${cents / 100:,.2f}" for cents in CENTS],
    "thousands": [f"{cents:,}" for cents in CENTS],
    "percent": [f"{cents}%" for cents in CENTS],
    "text": [f"{cents / 1000:.3f}" for cents in CENTS],
    "mixed": [cents / 100 if row % 2 else str(cents / 100) for row, cents in enumerate(CENTS.tolist())],
    "decimal": [Decimal(int(cents)) / 100 for cents in CENTS],
    "durations": [pd.Timedelta(seconds=int(cents)) for cents in CENTS],
}


@pytest.mark.parametrize("task", [None, "regression"])
@pytest.mark.parametrize("way", WRITTEN)
def test_numbers_of_a_target_are_read_however_they_are_written(way, task):
    values = WRITTEN[way]
    whole = load((X, pd.Series(values)), task=task)
    assert [str(target.kind) for target in whole.targets] == ["number"]
    np.testing.assert_allclose(whole.y[:, 0] / whole.y[0, 0], CENTS / CENTS[0], rtol=1e-12)
    assert any(" read as " in note for note in whole.notes) == (way != "decimal")
    np.testing.assert_array_equal(load((X, values), task=task).y, whole.y)


def test_a_file_may_write_its_target_as_money(tmp_path):
    pd.DataFrame({"x": X[:, 0], "price": WRITTEN["money"]}).to_csv(tmp_path / "t.csv", index=False)
    assert load(tmp_path / "t.csv").notes[0] == "column 'price': money ($) was read as numbers"
    np.testing.assert_allclose(load(tmp_path / "t.csv").y[:, 0], CENTS / 100)


@pytest.mark.parametrize(
    ("pair", "words"),
    [(("Yes", "yes"), "'Yes' and 'yes'"), ((0, "0"), "0 and '0'"), ((True, "true"), "True and 'true'")],
)
def test_classes_that_are_nearly_one_stay_apart_and_are_noted(pair, words):
    table = load((X, [*pair, "no"] * (ROWS // 3)))
    assert len(table.targets[0].classes) == 3
    assert any(f"y has the classes {words}, which differ only" in note for note in table.notes)


def test_few_numbers_of_text_and_codes_are_classes():
    assert kinds(["1", "2", "3"] * (ROWS // 3)) == ["class"]
    assert kinds(["$1", "$2", "$3"] * (ROWS // 3)) == ["class"]
    assert kinds([f"{row:05}" for row in range(ROWS)]) == ["class"]


def test_one_hot_columns_are_classes_by_their_names():
    table = load((X, pd.DataFrame(ONE_HOT, columns=["red", "green", "blue"])))
    assert table.targets[0].classes == ("red", "green", "blue")
    np.testing.assert_array_equal(table.y, np.arange(ROWS) % 3)


@pytest.mark.parametrize(
    ("y", "task", "words"),
    [
        (WORDS, "regression", "holds 'no' in row 0 .*; a quantity is a number"),
        (np.where(np.arange(ROWS) == 3, np.inf, QUANTITY), None, "y is inf in row 3"),
        (np.where(np.arange(ROWS) == 3, 1e39, QUANTITY), None, "y is 1e.39 in row 3 .* 32-bit"),
        (QUANTITY, "counts", r"y is [\d.]+ in row 0 .*; a count is a whole number"),
        (np.arange(ROWS) - 1, "counts", "y is -1 in row 0"),
        (np.zeros(ROWS, int), "counts", "y is 0 in all 60 rows"),
        (QUANTITY, "multilabel", "is one column; of several labels"),
        (np.stack([WORDS == "no", QUANTITY], axis=1), "multilabel", "a label is there .1. or not"),
        (np.stack([np.ones(ROWS), WORDS == "no"], axis=1), "multilabel", "label 'y0' is there in all 60 rows"),
        (FLAGS, "labels", "task: 'labels' is none; .*"),
        (np.full(ROWS, 3), "regression", "is 3 in all 36 training examples; a number must vary"),
    ],
)
def test_what_cannot_be_learned_so_is_one_line(y, task, words):
    with pytest.raises(DataError, match=words) as raised:
        prepare((X, y), task=task)
    assert "\n" not in str(raised.value)


def test_numbers_are_standardised_by_the_training_part():
    data = prepare((X, QUANTITY))
    (target,) = data.targets
    assert data.train.y.dtype == np.float32
    assert data.train.y.shape == (len(data.train.x), 1)
    assert data.train.y.mean() == pytest.approx(0, abs=1e-6)
    assert data.train.y.std() == pytest.approx(1, rel=1e-5)
    back = [part.y[:, 0] * target.scale + target.mean for part in (data.train, data.dev, data.test)]
    np.testing.assert_allclose(np.sort(np.concatenate(back)), np.sort(QUANTITY), rtol=1e-5)


def test_every_part_has_its_share_of_small_and_large_numbers():
    y = np.arange(200.0)
    data = prepare((np.arange(400.0).reshape(200, 2), y))
    (target,) = data.targets
    for part, share in ((data.train, 12), (data.dev, 4), (data.test, 4)):
        tenths = np.rint(part.y[:, 0] * target.scale + target.mean) // 20
        assert np.bincount(tenths.astype(int)).tolist() == [share] * 10


def test_every_part_has_its_share_of_a_rare_label():
    flags = np.zeros((300, 2), int)
    flags[::2, 0] = 1
    flags[::20, 1] = 1
    data = prepare((RANDOM.normal(size=(300, 2)), flags))
    assert [int(part.y[:, 1].sum()) for part in (data.train, data.dev, data.test)] == [9, 3, 3]


def test_too_few_examples_are_refused():
    few = FEWEST - 1
    with pytest.raises(DataError, match=f"there are {few} examples; .* needs at least {FEWEST}"):
        prepare((X[:few], QUANTITY[:few]))


def test_columns_of_a_table_by_name_or_position(tmp_path):
    frame = pd.DataFrame({"size": X[:, 0], "price": QUANTITY, "age": X[:, 1], "sold": WORDS})
    frame.to_csv(tmp_path / "houses.csv", index=False)
    for source in (frame, str(tmp_path / "houses.csv")):
        table = load(source, target=["price", "sold"])
        assert [(target.name, str(target.kind)) for target in table.targets] == [("price", "number"), ("sold", "class")]
        assert table.target_indices == (1, 3)
        assert table.naming.names == ("size", "age")
        assert table.y[:, 1].tolist() == [0.0, 1.0] * (ROWS // 2)
        data = prepare(source, target=[-1, 1])
        assert [target.name for target in data.targets] == ["sold", "price"]
        assert data.train.x.shape[1] == 2
    with pytest.raises(DataError, match="target names column 'sold' 2 times"):
        load(frame, target=["sold", 3])
    with pytest.raises(DataError, match=r"no column 'prize'; .*did you mean 'price'"):
        load(frame, target=["prize", "sold"])


def test_parts_must_have_the_same_targets():
    def part(names):
        return X, pd.DataFrame(FLAGS[:, : len(names)], columns=names)

    data = prepare({"train": part(["a", "b"]), "test": part(["a", "b"])})
    assert data.classes == ("a", "b")
    with pytest.raises(DataError, match="the targets are 'a' and 'b' in one part and 'a' and 'c' in another"):
        prepare({"train": part(["a", "b"]), "test": part(["a", "c"])})


def test_a_study_of_classes_has_the_fingerprint_that_it_always_had():
    assert prepare("iris").fingerprint == prepare("iris", task="classification").fingerprint
    assert prepare("iris").targets[0].kind is Kind.CLASS
    assert prepare("iris").train.y.dtype == np.int32


def ages(rows):
    return np.random.default_rng(0).integers(18, 90, rows)


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        *((ages(rows), "number") for rows in (300, 1000, 20_000)),
        (np.round(np.random.default_rng(1).normal(300, 90, 5000)) * 1000, "number"),  # prices, of thousands
        (np.random.default_rng(2).poisson(4, 600), "number"),  # counts, the largest once
        (np.random.default_rng(3).integers(2, 21, 600) / 2, "number"),  # ratings in half steps
        (np.arange(600) % 10, "class"),
        (np.arange(600) % 100, "class"),
        (np.arange(600) % 12 + 1, "class"),
        (np.arange(600) % 5 / 2, "class"),
        (np.arange(600) % 30 * 2, "number"),
    ],
)
def test_numbers_are_classes_or_a_quantity_however_many_rows_there_are(y, expected):
    table = load((np.zeros((len(y), 1)), y))
    assert [target.kind.value for target in table.targets] == [expected]
    other = "regression" if expected == "class" else "classification"
    many = len(np.unique(y)) > 10
    assert any(f"--task {other}, in Python task='{other}'" in note for note in table.notes) is many


def test_of_numbers_too_rare_for_classes_a_quantity_is_offered():
    y = np.where(np.arange(60) == 0, 9, np.arange(60) % 5)
    with pytest.raises(DataError, match=r"class 9 has 1 example; .*--task regression .or counts., in Python task="):
        prepare((X, y))
