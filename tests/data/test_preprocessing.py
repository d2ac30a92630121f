import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ikura.data import Preprocessing, load, prepare
from ikura.data.fitting import fit
from ikura.errors import DataError

ROWS = 60
RNG = np.random.default_rng(0)
LABELS = np.tile(["yes", "no", "no"], ROWS // 3)


def mixed_frame():
    frame = pd.DataFrame(
        {
            "age": RNG.integers(18, 90, ROWS).astype(float),
            "city": RNG.choice(["Oslo", "Ōsaka", "Lima"], ROWS),
            "income": RNG.lognormal(10, 2, ROWS),
            "member": RNG.random(ROWS) < 0.5,
            "label": LABELS,
        }
    )
    frame.loc[::7, "age"] = np.nan
    frame.loc[3::11, "city"] = None
    return frame


FRAME = mixed_frame()


def fitted(frame, rows=None):
    """The preprocessing fitted on all rows, or those given, and its notes."""
    table = load(frame)
    return fit(table, np.arange(len(frame)) if rows is None else rows)


def through_json(preprocessing):
    return Preprocessing.from_json(json.loads(json.dumps(preprocessing.to_json())))


def test_it_agrees_with_scikit_learn():
    preprocessing, _ = fitted(FRAME)
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    reference = make_column_transformer(
        (numbers, ["age"]),
        (OneHotEncoder(sparse_output=False, handle_unknown="ignore"), ["city"]),
        (numbers, ["income", "member"]),
    )
    features = FRAME.drop(columns="label").assign(
        member=FRAME["member"].astype(float), city=FRAME["city"].astype(object)
    )
    expected = reference.fit_transform(features)
    order = [0, 1, 2, 3, 4, 5, 6]  # Lima, Oslo, Ōsaka, missing: the same order in both
    np.testing.assert_allclose(preprocessing.transform(FRAME), expected[:, order], rtol=1e-6, atol=1e-6)


@settings(deadline=None)
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(6, 30), st.integers(1, 5)),
        elements=st.floats(-1e30, 1e30, allow_subnormal=True) | st.just(np.nan),
    )
)
def test_any_numbers_become_finite_centred_and_of_deviation_one(x):
    x[0], x[1] = 0.0, 1.0  # no column is constant or empty
    table = load((x, np.arange(len(x)) % 2))
    preprocessing, _ = fit(table, np.arange(len(x)))
    out = preprocessing.transform(x)
    assert out.dtype == np.float32
    assert out.flags.c_contiguous
    np.testing.assert_allclose(out.mean(axis=0, dtype=np.float64), 0, atol=1e-5)
    np.testing.assert_allclose(out.std(axis=0, dtype=np.float64), 1, rtol=1e-5)
    assert through_json(preprocessing) == preprocessing
    np.testing.assert_array_equal(through_json(preprocessing).transform(x), out)


def test_numbers_too_small_to_square_are_scaled():
    x = np.array([1e-300, 2e-300, 3e-300, 4e-300])[:, None]
    preprocessing, _ = fit(load((x, [0, 1, 0, 1])), np.arange(4))
    np.testing.assert_allclose(
        preprocessing.transform(x)[:, 0], [-1.3416408, -0.4472136, 0.4472136, 1.3416408], rtol=1e-6
    )


def test_the_round_trip_through_json_is_exact_for_mixed_columns():
    preprocessing, _ = fitted(FRAME)
    again = through_json(preprocessing)
    assert again == preprocessing
    assert again.transform(FRAME).tobytes() == preprocessing.transform(FRAME).tobytes()


def test_the_target_is_known_by_its_name_and_older_files_have_none():
    preprocessing, _ = fitted(FRAME)
    assert preprocessing.targets == ("label",)
    older = {key: value for key, value in preprocessing.to_json().items() if key != "targets"}
    assert Preprocessing.from_json(older).targets == ()
    with pytest.raises(DataError, match="names are not texts"):
        Preprocessing.from_json(preprocessing.to_json() | {"targets": "label"})


def test_only_the_training_rows_count():
    rows = np.arange(0, ROWS, 2)
    others = np.setdiff1d(np.arange(ROWS), rows)
    changed = FRAME.copy()
    changed.loc[others, ["age", "income"]] = [1e6, -1e6]
    changed.loc[others, "city"] = "Atlantis"
    changed.loc[others, "member"] = True
    assert fitted(changed, rows)[0].to_json() == fitted(FRAME, rows)[0].to_json()
    changed.loc[rows[0], "age"] = 1e6
    assert fitted(changed, rows)[0].to_json() != fitted(FRAME, rows)[0].to_json()


@pytest.mark.parametrize("source", ["arrays", "own split"])
def test_changing_dev_and_test_rows_leaves_the_preprocessing(source):
    x, y = RNG.normal(size=(90, 3)), np.tile([0, 1, 2], 30)
    if source == "arrays":
        whole = prepare((x, y))
        inside = {row.tobytes() for row in whole.train.x}
        mean = whole.preprocessing.transform(x)
        changed = np.array([row if out.tobytes() in inside else row + 100 for row, out in zip(x, mean, strict=True)])
        assert (changed != x).any(axis=1).sum() == 36
        again = prepare((changed, y))
    else:
        whole = prepare({"train": (x[:60], y[:60]), "dev": (x[60:75], y[60:75]), "test": (x[75:], y[75:])})
        again = prepare({"train": (x[:60], y[:60]), "dev": (-x[60:75], y[60:75]), "test": (x[75:] * 9, y[75:])})
    assert again.preprocessing.to_json() == whole.preprocessing.to_json()
    np.testing.assert_array_equal(again.train.x, whole.train.x)
    assert again.fingerprint != whole.fingerprint


def test_columns_go_by_name_in_any_order_among_others():
    preprocessing, _ = fitted(FRAME)
    shuffled = FRAME.assign(extra=1.0)[["income", "extra", "label", "city", "member", "age"]]
    np.testing.assert_array_equal(preprocessing.transform(shuffled), preprocessing.transform(FRAME))


def test_columns_without_names_go_by_position_and_may_include_the_target():
    frame = pd.DataFrame(RNG.normal(size=(20, 4))).assign(**{"1": 0})
    frame.columns = range(5)
    frame[1] = np.arange(20) % 2
    table = load(frame, target=1)
    preprocessing, _ = fit(table, np.arange(20))
    features = frame.drop(columns=1).to_numpy()
    expected = preprocessing.transform(features)
    np.testing.assert_array_equal(preprocessing.transform(frame), expected)
    np.testing.assert_array_equal(preprocessing.transform(frame.drop(columns=1)), expected)
    np.testing.assert_array_equal(preprocessing.transform(frame.to_numpy()), expected)
    assert preprocessing.remarks(None, 5, preprocessing.find_columns(None, 5, "x")) == (
        "column 1 (counted from 0) was taken for the target and left out",
    )
    for width in (3, 6):
        with pytest.raises(DataError, match=f"there are {width} columns, and there were 4 features in training"):
            preprocessing.transform(np.zeros((2, width)))


def test_arrays_have_no_target_to_leave_out():
    preprocessing, _ = fit(load((RNG.normal(size=(6, 2)), [0, 1] * 3)), np.arange(6))
    with pytest.raises(DataError, match="there are 3 columns, and there were 2 features in training; there must be as"):
        preprocessing.transform(np.zeros((2, 3)))


def test_missing_columns_are_named():
    preprocessing, _ = fitted(FRAME)
    with pytest.raises(DataError, match=r"1 column of training not there: 'age'; .*: did you mean 'Age'"):
        preprocessing.transform(FRAME.rename(columns={"age": "Age"}))
    with pytest.raises(DataError, match="2 columns of training not there: 'age', 'city'"):
        preprocessing.transform(FRAME[["income", "member"]])


def test_a_dropped_column_need_not_be_there():
    preprocessing, _ = fitted(FRAME.assign(constant=3.0, label=LABELS)[["constant", "age", "label"]])
    np.testing.assert_array_equal(
        preprocessing.transform(FRAME[["age"]]), preprocessing.transform(FRAME.assign(constant=9))
    )


def test_unseen_text_is_all_zeros_and_missing_text_its_own_category():
    preprocessing, _ = fitted(FRAME)
    rows = FRAME.drop(columns="label").iloc[[0, 0, 0]].assign(city=["Atlantis", None, "Lima"])
    assert preprocessing.transform(rows)[:, 1:5].tolist() == [[0, 0, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]]


def test_missing_text_is_all_zeros_where_training_had_none():
    frame = pd.DataFrame({"city": ["a", "b"] * 3, "y": [0, 1] * 3})
    preprocessing, _ = fitted(frame)
    assert preprocessing.transform(pd.DataFrame({"city": [None, "b"]})).tolist() == [[0, 0], [0, 1]]


def test_missing_numbers_become_the_training_median():
    x = np.array([[1.0], [2.0], [30.0], [np.nan], [3.0]])
    preprocessing, _ = fit(load((x, [0, 1, 0, 1, 0])), np.arange(5))
    out = preprocessing.transform(np.array([[np.nan], [2.5]]))
    assert out[0] == out[1]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("age", "old", r"column 'age', row 1 \(counted from 0\): 'old' is not a number; the column holds nothing else"),
        ("age", np.inf, r"column 'age', row 1 \(counted from 0\): inf is not finite"),
        ("income", 3e38, None),
    ],
)
def test_values_that_do_not_fit_are_refused_by_name_and_row(column, value, message):
    preprocessing, _ = fitted(FRAME)
    rows = FRAME.head(2).astype({column: object})
    rows.loc[1, column] = value
    if message is None:
        assert np.isfinite(preprocessing.transform(rows)).all()
    else:
        with pytest.raises(DataError, match=message):
            preprocessing.transform(rows)


def test_a_value_too_many_deviations_away_is_refused():
    x = np.array([[1e-10], [2e-10], [3e-10], [4e-10]])
    preprocessing, _ = fit(load((x, [0, 1, 0, 1])), np.arange(4))
    with pytest.raises(DataError, match=r"column 0 \(counted from 0\), row 1 .* is not finite in float32"):
        preprocessing.transform(np.array([[1.0], [1e38]]))


def test_messages_name_the_right_column_of_a_reordered_frame():
    frame = pd.DataFrame({"a": [1e-10, 2e-10, 3e-10, 4e-10], "b": [1, 2, 3, 4], "y": [0, 1, 0, 1]})
    with pytest.raises(DataError, match="column 'a', row 1"):
        fitted(frame)[0].transform(pd.DataFrame({"b": [1, 2], "a": [0, 1e38]}))


def test_an_array_of_numbers_is_refused_where_text_was_learned():
    preprocessing, _ = fitted(FRAME[["age", "city", "label"]])
    with pytest.raises(
        DataError, match="an array of float64 holds numbers only, and some columns were text in training"
    ):
        preprocessing.transform(np.zeros((2, 2)))
    mixed = np.array([[30.0, "Lima"], [np.nan, "Oslo"]], dtype=object)
    np.testing.assert_array_equal(
        preprocessing.transform(mixed), preprocessing.transform(pd.DataFrame(mixed, columns=["age", "city"]))
    )


@pytest.mark.parametrize("damaged", [{}, {"names": 3, "columns": [], "target_index": None}, None])
def test_damaged_json_is_refused(damaged):
    with pytest.raises(DataError, match="preprocessing: it is damaged"):
        Preprocessing.from_json(damaged)


@pytest.mark.parametrize("column", [{"kind": "spline"}, {"kind": "number", "mean": 0.0}, {}])
def test_a_damaged_column_is_refused(column):
    with pytest.raises(DataError, match="preprocessing: it is damaged"):
        Preprocessing.from_json({"names": None, "target_index": None, "columns": [column]})
