"""Every type that a column of a frame can have is read as what it means, or refused in one line."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from ikura.data import load, prepare, read_features
from ikura.errors import DataError

pa = pytest.importorskip("pyarrow")

DAY = dt.date(2020, 1, 1)
MOMENT = dt.datetime(2020, 1, 1)
DAYS = [18262.0, 18263.0]


def arrow(values, kind):
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.array(values, kind)))


def whole(kind):
    return pd.Series([1, 2, None], dtype=kind)


NUMBERS = [
    *[(pd.Series([1, 2, 1], dtype=kind), [1, 2, 1]) for kind in ("int8", "uint8", "int64", "uint64", "float16", "f8")],
    *[(whole(f"{sign}Int{bits}"), [1, 2, None]) for sign in ("", "U") for bits in (8, 16, 32, 64)],
    *[(whole(kind), [1, 2, None]) for kind in ("Float32", "Float64", "int64[pyarrow]", "double[pyarrow]")],
    (pd.Series([1, 2, 1], dtype=np.longdouble), [1, 2, 1]),
    (pd.Series([True, False, None], dtype="boolean"), [1, 0, None]),
    (pd.Series([True, False, None], dtype="bool[pyarrow]"), [1, 0, None]),
    (pd.Series(pd.arrays.SparseArray([0, 1.5, np.nan])), [0, 1.5, None]),
    (pd.Series(pd.arrays.SparseArray([True, False, True])), [1, 0, 1]),
    (pd.Series([dt.timedelta(1), None, dt.timedelta(2)]), [86400, None, 172800]),
    (pd.Series([dt.timedelta(1), None, dt.timedelta(2)], dtype=object), [86400, None, 172800]),
    (pd.Series([dt.time(1, 2, 3), None, dt.time(0)]), [3723, None, 0]),
    (pd.Series([Decimal("1.5"), None, Decimal(2)]), [1.5, None, 2]),
    (arrow([1, 2, None], pa.float16()), [1, 2, None]),
    (arrow([1, 2, None], pa.uint8()), [1, 2, None]),
    (arrow([Decimal("1.5"), None, Decimal(2)], pa.decimal128(5, 2)), [1.5, None, 2]),
    (arrow([Decimal("1.5"), None, Decimal(2)], pa.decimal256(50, 2)), [1.5, None, 2]),
    (arrow([dt.timedelta(1), None, dt.timedelta(2)], pa.duration("ns")), [86400, None, 172800]),
    (arrow([dt.time(1, 2, 3), None, dt.time(0)], pa.time32("s")), [3723, None, 0]),
    (arrow([dt.time(1, 2, 3), None, dt.time(0)], pa.time64("ns")), [3723, None, 0]),
]
DATES = [
    *[arrow([MOMENT, MOMENT + dt.timedelta(1), None], pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")],
    arrow([MOMENT, MOMENT + dt.timedelta(1), None], pa.timestamp("ns", "UTC")),
    arrow([DAY, DAY + dt.timedelta(1), None], pa.date32()),
    arrow([DAY, DAY + dt.timedelta(1), None], pa.date64()),
    pd.Series([DAY, DAY + dt.timedelta(1), None]),
    pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02", None])),
    pd.Series(pd.to_datetime(["2020-01-01T09:00+09:00", "2020-01-02T09:00+09:00", None])),
    pd.Series(pd.PeriodIndex(["2020-01-01", "2020-01-02", None], freq="D")),
    pd.Series([pd.Period("2020-01-01"), pd.Period("2020-01-02"), None], dtype=object),
    pd.Series(["2020-01-01", "2020-01-02", None], dtype="string[pyarrow]"),
]
TEXTS = [
    *[pd.Series(["a", "b", None], dtype=kind) for kind in (object, "str", "string", "string[pyarrow]", "category")],
    *[arrow(["a", "b", None], kind()) for kind in (pa.string, pa.large_string, pa.string_view)],
    pd.Series(pd.arrays.ArrowExtensionArray(pa.array(["a", "b", None]).dictionary_encode())),
]
REFUSED = [
    (arrow([[1], [2], None], pa.list_(pa.int64())), "of type list<item: int64>"),
    (arrow([{"a": 1}, None, {"a": 2}], pa.struct([("a", pa.int64())])), "of type struct<a: int64>"),
    (arrow([[("a", 1)], None, []], pa.map_(pa.string(), pa.int64())), "of type map<string, int64>"),
    (arrow([b"a", b"b", None], pa.binary()), "of type binary"),
    (pd.Series(pd.interval_range(0, 3)), "of type interval"),
    (pd.Series([1j, 2j, 3j]), "of type complex128"),
    (pd.Series([[1], [2], None]), "of type list"),
    (pd.Series([b"a", b"b", None]), "of type bytes"),
    (arrow([None, None, None], pa.null()), "has no value in any of 3 rows"),
    (pd.Series([None, None, None]), "has no value in any of 3 rows"),
]


def name(value):
    return str(value.dtype) if isinstance(value, pd.Series) else None


ROWS_OF_TEXTS = [series for series in TEXTS if "view" not in name(series)]
"""Of string views pandas takes no rows."""


def column(series):
    (found,) = load(pd.DataFrame({"x": series, "y": [0, 1, 0]})).columns
    return found


@pytest.mark.parametrize(("series", "numbers"), NUMBERS, ids=name)
def test_numbers(series, numbers):
    assert column(series).kind == "number"
    np.testing.assert_array_equal(column(series).values, np.array(numbers, dtype=float))


@pytest.mark.parametrize("series", DATES, ids=name)
def test_dates(series):
    assert column(series).kind == "date"
    np.testing.assert_array_equal(column(series).values, [*DAYS, np.nan])


@pytest.mark.parametrize("series", TEXTS, ids=name)
def test_texts(series):
    assert (column(series).kind, column(series).values.tolist()) == ("text", ["a", "b", None])


def test_categories_of_anything_are_texts():
    for values in ([1, 2, 1], pd.cut([1, 2, 1], [0, 1, 2]), [True, False, True]):
        assert column(pd.Series(values, dtype="category")).kind == "text"
    numbers = pd.Series(pd.arrays.ArrowExtensionArray(pa.array([7, 8, None]).dictionary_encode()))
    assert column(numbers).values.tolist() == ["7", "8", None]


@pytest.mark.parametrize(("series", "message"), REFUSED, ids=name)
def test_what_is_no_data_gets_one_line(series, message):
    with pytest.raises(DataError, match=message) as caught:
        column(series)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "series",
    [
        *(
            series
            for series, _ in NUMBERS
            if series.dtype not in (object, np.longdouble) and "Sparse" not in name(series)
        ),
        *(series for series in DATES if series.dtype != object and "period" not in name(series)),
        *ROWS_OF_TEXTS,
    ],
    ids=name,
)
def test_parquet_files_keep_what_a_frame_says(series, tmp_path):
    frame = pd.DataFrame({"x": series, "y": [0, 1, 0]}).iloc[[0, 1, 2] * 4]
    frame.to_parquet(tmp_path / "table.parquet", index=False)
    dataset = prepare(tmp_path / "table.parquet")
    expected = prepare(frame.reset_index(drop=True))
    np.testing.assert_array_equal(dataset.train.x, expected.train.x)
    features = read_features(tmp_path / "table.parquet", dataset.preprocessing)
    np.testing.assert_array_equal(
        dataset.preprocessing.transform(features.values), expected.preprocessing.transform(frame)
    )


@pytest.mark.parametrize("labels", [*(series for series, _ in NUMBERS), *DATES, *ROWS_OF_TEXTS], ids=name)
def test_labels_of_any_type(labels):
    two = labels[labels.notna()].drop_duplicates().iloc[:2]
    frame = pd.concat([pd.DataFrame({"y": two})] * 6, ignore_index=True).assign(x=range(12))
    assert len(load(frame, target="y").targets[0].classes) == 2
