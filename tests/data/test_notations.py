"""Numbers, dates and words as people write them: from the table to the model's inputs, and the same for new data."""

import json

import numpy as np
import pandas as pd
import pytest

from ikura.data import Preprocessing, prepare, read_features
from ikura.errors import DataError

ROWS = 30
AMOUNTS = np.arange(ROWS) * 137.25 + 900
LABELS = ["yes", "no"] * (ROWS // 2)
PLAIN = prepare(pd.DataFrame({"x": AMOUNTS, "y": LABELS}))


def european(amount):
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


WRITTEN = {
    "thousands": ([f"{amount:,}" for amount in AMOUNTS], "numbers such as 1,000.5 were read as 1000.5"),
    "money": ([f"${amount:,.2f}" for amount in AMOUNTS], "money ($) was read as numbers"),
    "euros": ([f"{european(amount)} €" for amount in AMOUNTS], "money (€) was read as numbers"),
    "percent": ([f"{amount * 100}%" for amount in AMOUNTS], "percentages were read as numbers, 12% as 0.12"),
    "text": ([str(amount) for amount in AMOUNTS], "numbers written as text were read as numbers"),
    "objects": (
        [amount if row % 2 else str(amount) for row, amount in enumerate(AMOUNTS.tolist())],
        "numbers and numbers written as text were read as numbers",
    ),
}


@pytest.mark.parametrize("way", WRITTEN)
def test_numbers_are_read_as_what_they_mean_and_noted(way):
    values, note = WRITTEN[way]
    frame = pd.DataFrame({"x": pd.Series(values, dtype=object), "y": LABELS})
    dataset = prepare(frame)
    np.testing.assert_allclose(dataset.train.x, PLAIN.train.x, rtol=1e-5, atol=1e-6)
    assert dataset.notes == (f"'x': {note}",)
    again = Preprocessing.from_json(json.loads(json.dumps(dataset.preprocessing.to_json())))
    assert again == dataset.preprocessing
    np.testing.assert_array_equal(again.transform(frame), dataset.preprocessing.transform(frame))
    np.testing.assert_array_equal(again.transform(frame.tail(1)), dataset.preprocessing.transform(frame)[-1:])


@pytest.mark.parametrize("sign", ["", "-", "\u2212"])
def test_texts_of_three_decimals_are_plain_numbers(sign):
    numbers = pd.DataFrame({"x": (AMOUNTS / 1000 + 1.2).round(3) * (1 if sign == "" else -1), "y": LABELS})
    written = numbers.assign(x=[f"{number:.3f}".replace("-", sign) for number in numbers["x"]])
    for source in (written, (written[["x"]].to_numpy().astype("U"), LABELS)):
        dataset = prepare(source)
        np.testing.assert_array_equal(dataset.train.x, prepare(numbers).train.x)
        new = dataset.preprocessing.transform(numbers[["x"]])
        np.testing.assert_array_equal(new, dataset.preprocessing.transform(written[["x"]]))


@pytest.mark.parametrize("way", ["thousands", "money", "euros", "percent"])
def test_files_are_read_in_the_same_way_in_training_and_predicting(way, tmp_path):
    frame = pd.DataFrame({"x": WRITTEN[way][0], "y": LABELS})
    frame.to_csv(tmp_path / "train.csv", index=False)
    dataset = prepare(tmp_path / "train.csv")
    np.testing.assert_allclose(dataset.train.x, PLAIN.train.x, rtol=1e-5, atol=1e-6)
    frame.head(1).to_csv(tmp_path / "new.csv", index=False)  # 900,00 €: nothing in it tells how it is written
    new = dataset.preprocessing.transform(read_features(tmp_path / "new.csv", dataset.preprocessing).values)
    np.testing.assert_array_equal(new, dataset.preprocessing.transform(frame)[:1])


def test_a_file_of_few_numbers_is_not_read_in_another_way(tmp_path):
    frame = pd.DataFrame({"x": [european(amount) for amount in AMOUNTS], "y": LABELS})
    preprocessing = prepare(frame).preprocessing
    (tmp_path / "new.csv").write_text("x\n1.013\n")  # to pandas a number
    new = preprocessing.transform(read_features(tmp_path / "new.csv", preprocessing).values)
    np.testing.assert_array_equal(new, PLAIN.preprocessing.transform(pd.DataFrame({"x": [1013.0]})))


def test_plain_numbers_are_refused_where_percentages_were_learned():
    preprocessing = prepare(pd.DataFrame({"x": WRITTEN["percent"][0], "y": LABELS})).preprocessing
    for new in (pd.DataFrame({"x": [0.5]}), pd.DataFrame({"x": ["0.5"]}), np.array([[0.5]])):
        with pytest.raises(DataError, match=r"row 0 .* is not a percentage such as 12%"):
            preprocessing.transform(new)


@pytest.mark.parametrize("words", [("true", "false"), ("Yes", "No"), ("T", "F"), ("y", "n")])
def test_words_for_true_and_false(words):
    frame = pd.DataFrame({"x": [*words, words[1]] * 10, "z": AMOUNTS, "y": LABELS})
    dataset = prepare(frame)
    flags = prepare(frame.assign(x=frame["x"] == words[0]))
    np.testing.assert_array_equal(dataset.train.x, flags.train.x)
    assert dataset.notes == ("'x': words for true and false were read as 1 and 0",)
    # Whatever training had, new data may have the other, or numbers.
    for each in (dataset, flags):
        for new in ([True, False], list(words), ["1", "0"], [1, 0], ["TRUE", "False"]):
            out = each.preprocessing.transform(pd.DataFrame({"x": new, "z": [0, 0]}))
            assert out[0, 0] > 0 > out[1, 0]


def test_booleans_of_an_array_may_be_words_later():
    x = np.random.default_rng(0).random((ROWS, 3)) < 0.5
    preprocessing = prepare((x, LABELS)).preprocessing
    words = np.where(x, "yes", "no")
    np.testing.assert_array_equal(preprocessing.transform(words), preprocessing.transform(x))


def test_a_word_alone_is_a_category():
    frame = pd.DataFrame({"x": ["yes", None] * 15, "y": LABELS})
    assert prepare(frame).preprocessing.width == 2


@pytest.mark.parametrize(("form", "order"), [("%d/%m/%Y", "day/month/year"), ("%m/%d/%Y", "month/day/year")])
def test_dates_go_by_the_order_that_training_showed(form, order):
    days = pd.date_range("2012-01-01", periods=ROWS)
    dataset = prepare(pd.DataFrame({"d": days.strftime(form), "y": LABELS}))
    np.testing.assert_array_equal(dataset.train.x, prepare(pd.DataFrame({"d": days, "y": LABELS})).train.x)
    assert f"'d': dates were read as {order}" in dataset.notes
    again = Preprocessing.from_json(json.loads(json.dumps(dataset.preprocessing.to_json())))
    first = pd.DataFrame({"d": [days[2].strftime(form), "2012-01-03", "3 January 2012"]})
    assert len(np.unique(again.transform(first))) == 1
    with pytest.raises(DataError, match=rf"is not a date such as 2026-01-31 or {order}"):
        again.transform(pd.DataFrame({"d": ["13/13/2012"]}))


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        ([f"{row % 12 + 1}/{row % 11 + 1}/2012" for row in range(ROWS)], "may have the day or the month first: write"),
        ([f"{row + 1}.500 €" for row in range(ROWS)], "looks like a number, and not all are written in one way"),
        ([f"{'$€'[row % 2]}{row}" for row in range(ROWS)], "looks like a number, and not all are written in one way"),
    ],
)
def test_what_can_mean_two_things_is_left_as_it_is_with_advice(values, hint):
    dataset = prepare(pd.DataFrame({"x": values, "z": AMOUNTS, "y": LABELS}))
    assert hint in dataset.notes[0]


def test_codes_with_leading_zeros_and_few_numbers_of_text_are_categories():
    few = pd.DataFrame({"x": [str(row % 3) for row in range(ROWS)], "y": LABELS})
    assert prepare(few).preprocessing.width == 3
    codes = pd.DataFrame({"x": [f"{row * 7 % ROWS:05}" for row in range(ROWS)], "z": AMOUNTS, "y": LABELS})
    assert prepare(codes).notes == ()


def test_a_word_among_numbers_of_any_notation_is_a_mistake():
    values = [f"${row}.50" for row in range(2 * ROWS - 1)]
    with pytest.raises(DataError, match="column 'x' has 'unknown' among numbers"):
        prepare(pd.DataFrame({"x": [*values, "unknown"], "z": [*AMOUNTS] * 2, "y": LABELS * 2}))


def test_spaces_around_texts_and_labels_are_left_out_and_said(tmp_path):
    frame = pd.DataFrame({"t": ["a", "a ", "b", " b"] * 6, "y": ["yes", "yes ", "no", "no"] * 6})
    dataset = prepare(frame)
    assert dataset.classes == ("no", "yes")
    assert dataset.notes == ("spaces around labels were left out", "'t': spaces around its texts were left out")
    assert dataset.preprocessing.width == 2
    assert dataset.preprocessing.transform(pd.DataFrame({"t": ["a  ", "b"]})).tolist() == [[1, 0], [0, 1]]
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert prepare(tmp_path / "t.csv").fingerprint == dataset.fingerprint
    for labels in (frame["y"], frame["y"].to_numpy(), frame["y"].to_numpy().astype("U"), frame["y"].to_list()):
        assert prepare((AMOUNTS[:24, None], labels)).classes == ("no", "yes")


def test_numbers_as_labels_may_have_spaces(tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{row}.5,{row % 2}{' ' * (row % 3)}\n" for row in range(12)))
    assert prepare(tmp_path / "t.csv").classes == (0, 1)


@pytest.mark.parametrize("notation", ["furlongs", 3, "$", "day/month/year"])
def test_a_notation_that_is_none_is_damage(notation):
    column = {"kind": "number", "mean": 0.0, "scale": 1.0, "fill": 0.0, "notation": notation}
    with pytest.raises(DataError, match=r"preprocessing: it is damaged .*unknown notation"):
        Preprocessing.from_json({"names": None, "target_index": None, "columns": [column]})


def test_models_of_before_there_were_notations_are_read():
    column = {"kind": "number", "mean": 1.0, "scale": 2.0, "fill": 0.0}
    words = {"kind": "text", "categories": ["a ", "b"]}
    old = Preprocessing.from_json({"names": ["x", "t"], "target_index": None, "columns": [column, words]})
    assert old.transform(pd.DataFrame({"x": [3, 5], "t": ["a ", "b"]})).tolist() == [[1, 1, 0], [2, 0, 1]]


def test_the_parts_of_a_split_must_be_written_alike():
    percent, plain = pd.DataFrame({"x": WRITTEN["percent"][0]}), pd.DataFrame({"x": AMOUNTS})
    with pytest.raises(DataError, match="column 'x' is written in another way in test than in train"):
        prepare({"train": (percent, LABELS), "test": (plain, LABELS)})
    thousands = pd.DataFrame({"x": WRITTEN["thousands"][0]})
    parts = prepare({"train": (plain, LABELS), "test": (thousands, LABELS)})
    np.testing.assert_array_equal(parts.test.x, PLAIN.preprocessing.transform(plain) * 0 + parts.test.x)
    np.testing.assert_array_equal(parts.preprocessing.transform(thousands), parts.test.x)
