import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from ikura.data import load, prepare
from ikura.data.fitting import fit
from ikura.errors import DataError

DAYS = pd.date_range("2026-01-01", periods=6)


def features(**columns):
    frame = pd.DataFrame({**columns, "y": [0, 1] * 3})
    table = load(frame)
    preprocessing, notes = fit(table, np.arange(6))
    return preprocessing.transform(frame.drop(columns="y")), notes


def standardised(values):
    values = np.asarray(values, dtype=np.float64)
    return ((values - values.mean()) / values.std()).astype(np.float32)


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (np.array([True, False, False, True, True, True]), [1, 0, 0, 1, 1, 1]),
        (pd.array([1, 5, 3, 4, 4, 9], dtype="Int64"), [1, 5, 3, 4, 4, 9]),
        (pd.array([True, False, True, True, True, False], dtype="boolean"), [1, 0, 1, 1, 1, 0]),
        (np.array([True, False, True, True, True, False], dtype=object), [1, 0, 1, 1, 1, 0]),
        (np.array([1, 2.5, 3, 4, 5, 9], dtype=object), [1, 2.5, 3, 4, 5, 9]),
        ([Decimal(1), Decimal("2.5"), Decimal(3), Decimal(4), Decimal(5), Decimal(9)], [1, 2.5, 3, 4, 5, 9]),
        (pd.to_timedelta([1, 2, 3, 4, 5, 9], unit="h"), [1, 2, 3, 4, 5, 9]),
        (pd.array([1, 5, 3, 4, 4, 9], dtype="float64[pyarrow]"), [1, 5, 3, 4, 4, 9]),
        (DAYS, np.arange(6)),
        (DAYS.tz_localize("Asia/Tokyo"), np.arange(6)),
        (DAYS.strftime("%Y-%m-%d"), np.arange(6)),
        (DAYS.strftime("%Y-%m-%dT%H:%M:%S+09:00"), np.arange(6)),
        ([dt.date(2026, 1, day) for day in range(1, 7)], np.arange(6)),
    ],
)
def test_numbers_and_dates_of_any_type_are_standardised(values, numbers):
    out, _ = features(x=values)
    np.testing.assert_allclose(out[:, 0], standardised(numbers), rtol=1e-6)


@pytest.mark.parametrize(
    "values",
    [
        ["b", "a", "b", "a", "b", "b"],
        pd.Series(["b", "a", "b", "a", "b", "b"], dtype="str"),
        pd.Series(["b", "a", "b", "a", "b", "b"], dtype=object),
        pd.Series(["b", "a", "b", "a", "b", "b"], dtype="string"),
        pd.Series(["b", "a", "b", "a", "b", "b"], dtype="category"),
        pd.Series([2, 1, 2, 1, 2, 2], dtype="category"),
        ["2026-01-01", "2025-01-01 or so", "2026-01-01", "2025-01-01 or so", "2026-01-01", "2026-01-01"],
    ],
)
def test_text_of_any_type_is_one_hot_encoded(values):
    out, _ = features(x=values)
    assert out[:, 0].tolist() in ([0, 1, 0, 1, 0, 0], [1, 0, 1, 0, 1, 1])
    np.testing.assert_array_equal(out.sum(axis=1), 1)


def test_booleans_may_be_missing():
    out, notes = features(x=np.array([True, None, False, True, True, False], dtype=object))
    np.testing.assert_allclose(out[:, 0], standardised([1, 1, 0, 1, 1, 0]), rtol=1e-6)
    assert notes == ("'x': 1 missing value replaced by the training median 1",)


def test_dates_are_said():
    assert features(x=DAYS)[1] == ("'x': dates were turned into days since 1970-01-01",)


@pytest.mark.parametrize(
    ("values", "name"),
    [([[1], [2]] * 3, "list"), ([1j, 2j] * 3, "complex128"), ([b"a", b"b"] * 3, "bytes"), ([{}, 1] * 3, "dict")],
)
def test_what_is_no_data_is_refused(values, name):
    with pytest.raises(DataError, match=f"frame: column 'x' holds values of type {name}; Ikura learns from numbers"):
        features(x=values)


def test_constant_columns_are_dropped_and_said():
    out, notes = features(x=[0.1] * 6, z=["a"] * 6, w=[1, 2, 3, 4, 5, 6])
    assert out.shape == (6, 1)
    assert notes == (
        "'x': dropped: constant (0.1) in the training part",
        "'z': dropped: constant ('a') in the training part",
    )


def test_nothing_but_constants_is_refused():
    with pytest.raises(DataError, match=r"no feature is left to learn from: 'x': dropped: constant .* add columns"):
        features(x=[3] * 6)


def test_a_column_without_a_value_in_the_training_part_is_dropped():
    frame = pd.DataFrame({"x": [np.nan] * 4 + [1, 2], "t": [None] * 4 + ["a", "b"], "w": range(6), "y": [0, 1] * 3})
    preprocessing, notes = fit(load(frame), np.arange(4))
    assert preprocessing.width == 1
    assert notes == tuple(f"'{name}': dropped: no value in the training part" for name in "xt")


def test_missing_values_are_counted_and_said():
    out, notes = features(x=[1.0, np.nan, 3, 4, np.nan, 9], z=["a", None, "b", "a", "b", "b"])
    assert notes == (
        "'x': 2 missing values replaced by the training median 3.5",
        "'z': 1 missing value made a category of their own",
    )
    assert np.isfinite(out).all()


def test_only_a_few_columns_are_named():
    _, notes = features(**{f"c{number}": [np.nan, *range(5)] for number in range(8)})
    assert len(notes) == 6
    assert notes[-1] == "3 more columns changed likewise"


def test_identifiers_are_dropped_and_said():
    rows = 60
    frame = pd.DataFrame(
        {
            "name": [f"person {row}" for row in range(rows)],
            "age": [str(row) if row % 8 else f"old {row}" for row in range(rows)],
            "x": range(rows),
            "y": [0, 1] * (rows // 2),
        }
    )
    preprocessing, notes = fit(load(frame), np.arange(rows))
    assert preprocessing.width == 1
    assert notes[0].startswith("'name': dropped: 60 distinct texts in 60 training rows")
    assert notes[1].endswith("; 'old 0' is no number, unlike most")


def test_a_word_among_many_numbers_is_a_mistake_in_the_data():
    rows = 60
    ages = [str(row) if row != 7 else "unknown" for row in range(rows)]
    frame = pd.DataFrame({"age": ages, "x": range(rows), "y": [0, 1] * (rows // 2)})
    with pytest.raises(
        DataError, match=r"column 'age' has 'unknown' among numbers in row 7 .*; .* mend that cell, or empty it"
    ):
        fit(load(frame), np.arange(rows))


def test_dates_of_any_year_are_days():
    frame = pd.DataFrame({"d": ["0001-01-01", "9999-12-31", "1970-01-02"] * 2, "y": [0, 1] * 3})
    assert load(frame).columns[0].values.tolist() == [-719162.0, 2932896.0, 1.0] * 2


def test_numbers_are_no_dates_and_the_largest_no_numbers():
    preprocessing = prepare(pd.DataFrame({"d": ["2026-01-31", "2026-02-01"] * 6, "y": [0, 1] * 6})).preprocessing
    with pytest.raises(DataError, match=r"column 'd', row 0 .* is not a date such as 2026-01-31"):
        preprocessing.transform(pd.DataFrame({"d": [5.0, np.inf]}))
    with pytest.raises(DataError, match=r"column 'x', row 1 .*inf is not finite"):
        load(pd.DataFrame({"x": [1, 10**400, None] * 2, "y": [0, 1] * 3}))


def test_decimal_commas_are_noticed():
    _, notes = features(x=["1,5", "2,5", "-3,25", "1,5", "n/a", "2,5"], z=["a,b", "c", "1,5", "c", "c", "c"])
    assert notes[0] == "'x': read as text; '1,5' looks like a number with a decimal comma: write 1.5"
    assert not any("'z': read" in note for note in notes)


def test_text_of_up_to_a_hundred_categories_is_kept():
    def width(distinct):
        rows = 6 * distinct
        frame = pd.DataFrame(
            {"x": [f"t{row % distinct}" for row in range(rows)], "w": range(rows), "y": [0, 1] * (rows // 2)}
        )
        return fit(load(frame), np.arange(rows))[0].width

    assert width(100) == 101
    assert width(101) == 1


def test_pixels_share_one_deviation_and_blank_ones_stay():
    images = np.zeros((40, 8, 8), dtype=np.uint8)
    images[:, 2:6, 2:6] = np.random.default_rng(0).integers(0, 255, (40, 4, 4))
    images[7, 0, 0] = 255
    dataset = prepare((images, np.arange(40) % 2))
    scales = {encoder.scale for encoder in dataset.preprocessing.columns}
    assert len(scales) == 1
    assert dataset.train.x.shape[1] == 64
    assert max(np.abs(split.x).max() for split in (dataset.train, dataset.dev, dataset.test)) < 10
    np.testing.assert_allclose(dataset.train.x.std(axis=0)[9 * 2 :].max() ** 2, 1, atol=5)
    np.testing.assert_allclose(np.mean(dataset.train.x.astype(np.float64) ** 2), 1, rtol=1e-5)
    assert dataset.notes == ("the 64 features are pixels: each was centred, and all divided by one standard deviation",)


@pytest.mark.parametrize(
    ("x", "pixels"),
    [
        (np.tile(np.arange(0, 256, 5), 80)[: 48 * 80].reshape(48, 80), True),
        (np.tile(np.arange(0, 256, 5), 80)[: 48 * 80].reshape(48, 80) + 1, False),
        (np.tile(np.arange(0, 256, 5), 80)[: 48 * 80].reshape(48, 80) / 2, False),
        (np.tile(np.arange(0, 256, 5), 80)[: 48 * 80].reshape(48, 80)[:, :63], False),
        (np.random.default_rng(0).integers(0, 3, (48, 80)) * np.where(np.arange(80) == 5, 100, 1), False),
    ],
)
def test_a_table_is_taken_for_pixels_only_if_it_looks_like_them(x, pixels):
    notes = prepare((x, np.arange(48) % 2)).notes
    assert any("are pixels" in note for note in notes) is pixels


def test_blank_images_are_refused():
    with pytest.raises(DataError, match="no feature is left to learn from"):
        prepare((np.zeros((12, 2, 2), dtype=np.uint8), [0, 1] * 6))


def test_all_columns_that_were_dropped_are_named():
    rows = 60
    frame = pd.DataFrame({f"constant{j}": [j] * rows for j in range(30)})
    for j in range(20):
        frame[f"names{j}"] = [f"somebody {j} {i}" for i in range(rows)]
    frame["x"], frame["y"] = np.arange(rows) * 0.5, np.arange(rows) % 2
    notes = prepare(frame).notes
    assert all(any(repr(name) in note or f"'{name}'" in note for note in notes) for name in frame.columns[:50])
    assert len(notes) == 7  # five of their own, and a line for each kind
    assert notes[-1].endswith("'names19' (too many distinct texts)")


def test_a_word_among_numbers_is_found_by_its_line(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("a,y\n" + "".join(f"{'abc' if i == 70 else i * 0.5},{i % 2}\n" for i in range(200)))
    with pytest.raises(DataError, match="column 'a' has 'abc' among numbers in line 72;"):
        prepare(path)
