"""Columns that only number the rows are left out: in a table sorted by class they give it away."""

import csv

import numpy as np
import pandas as pd
import pytest

from ikura.data import load, prepare, read_features

ROWS = 30
FRAME = pd.DataFrame({"x": np.random.default_rng(0).normal(size=ROWS), "y": np.arange(ROWS) // 10})
SHUFFLED = FRAME.sample(frac=1, random_state=0)


def as_csv(frame, path, **options):
    frame.to_csv(path / "t.csv", **options)
    return path / "t.csv"


def of_r(frame, path, separator, header):
    """What R's write.csv and write.table write: quoted names of rows, from 1."""
    with (path / "t.csv").open("w", newline="") as file:
        file.write(header)
        rows = csv.writer(file, delimiter=separator, quoting=csv.QUOTE_NONNUMERIC)
        rows.writerows([str(number + 1), *row] for number, *row in frame.itertuples())
    return path / "t.csv"


WAYS = {
    "pandas": lambda path: as_csv(FRAME, path),
    "pandas, shuffled": lambda path: as_csv(SHUFFLED, path),
    "pandas, some rows": lambda path: as_csv(SHUFFLED.iloc[:25], path),
    "pandas, from 1": lambda path: as_csv(FRAME.set_index(FRAME.index + 1), path),
    "pandas, floats": lambda path: as_csv(FRAME.set_index(FRAME.index.astype(float)), path),
    "pandas, two tables": lambda path: as_csv(pd.concat([FRAME, FRAME.iloc[:20]]), path),
    "pandas, written twice": lambda path: as_csv(pd.read_csv(as_csv(SHUFFLED, path)), path),
    "pandas, reset": lambda path: as_csv(SHUFFLED.reset_index(), path),
    "pandas, reset twice": lambda path: as_csv(SHUFFLED.reset_index().reset_index(), path, index=False),
    "polars": lambda path: as_csv(FRAME.rename_axis("row_nr"), path),
    "R": lambda path: of_r(FRAME, path, ",", '"","x","y"\n'),
    "R, write.table": lambda path: of_r(FRAME, path, " ", '"x" "y"\n'),
    "R, read and written": lambda path: as_csv(FRAME.set_index(FRAME.index + 1).rename_axis("X"), path),
    "readr": lambda path: as_csv(FRAME.set_index(FRAME.index + 1).rename_axis("...1"), path),
    "frame, reset": lambda path: SHUFFLED.reset_index(),
    "frame, unnamed": lambda path: SHUFFLED.rename_axis("").reset_index(),
    "frame, text": lambda path: SHUFFLED.rename_axis("").reset_index().astype({"": str}),
    "pandas, downwards": lambda path: as_csv(FRAME.iloc[::-1], path),
    "pandas, below zero": lambda path: as_csv(FRAME.set_index(-FRAME.index), path),
    "pandas, named, from 500": lambda path: as_csv(FRAME.set_index(FRAME.index + 500), path, index_label="ID"),
    "pandas, named, downwards": lambda path: as_csv(FRAME.iloc[::-1], path, index_label="idx"),
    "pandas, named, shuffled": lambda path: as_csv(SHUFFLED, path, index_label="patient_id"),
    "frame as x": lambda path: (SHUFFLED.reset_index().drop(columns="y"), SHUFFLED["y"].to_numpy()),
}


@pytest.mark.parametrize("way", WAYS)
def test_row_numbers_are_left_out_and_said(way, tmp_path):
    dataset = prepare(WAYS[way](tmp_path))
    assert dataset.preprocessing.names == ("x",)
    assert any("only counts the rows, and was left out" in note for note in dataset.notes)


KEYED = pd.concat([FRAME[:10], FRAME[10:20], FRAME[20:]], keys=["a", "b", "c"])
INDEXES = {
    "several levels": lambda path: as_csv(FRAME.set_index([FRAME.index // 10, FRAME.index % 10]), path),
    "keys": lambda path: as_csv(KEYED, path),
    "keys, reset": lambda path: KEYED.reset_index(),
    "text": lambda path: as_csv(FRAME.set_index("r" + (FRAME.index // 10).astype(str)), path),
    "repeated": lambda path: as_csv(FRAME.set_index(FRAME.index // 10), path),
    "fractions": lambda path: as_csv(FRAME.set_index(FRAME.index / 4), path),
    "dates": lambda path: as_csv(FRAME.set_index(pd.date_range("2020", periods=ROWS)), path),
}


@pytest.mark.parametrize("way", INDEXES)
def test_columns_before_the_first_name_are_an_index_whatever_they_hold(way, tmp_path):
    dataset = prepare(INDEXES[way](tmp_path))
    assert dataset.preprocessing.names == ("x",)
    assert any("is an index, and was left out: give it a name" in note for note in dataset.notes)


def test_without_any_name_the_columns_are_the_features(tmp_path):
    table = "".join(f"{row % 7}.5,{row % 5},{row % 3}\n" for row in range(ROWS))
    (tmp_path / "t.csv").write_text(",,y\n" + table)
    assert prepare(tmp_path / "t.csv").train.x.shape[1] == 2


@pytest.mark.parametrize("stripped", [False, True])
def test_the_index_in_a_parquet_file_is_no_feature(tmp_path, stripped):
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pa.Table.from_pandas(SHUFFLED.iloc[:25])
    parquet.write_table(table.replace_schema_metadata(None) if stripped else table, tmp_path / "t.parquet")
    dataset = prepare(tmp_path / "t.parquet", target="y")
    assert dataset.preprocessing.names == ("x",)
    read_features(tmp_path / "t.parquet", dataset.preprocessing)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("id", [0.5, *range(1, ROWS)]),
        ("id", [7] * 15 + [8] * 15),
        ("id", [None, *range(1, ROWS)]),
        ("index", [5, 3, 9] * 10),
        ("x", range(ROWS)),
        ("size", range(ROWS)),
        ("index", [True, False] * 15),
    ],
)
def test_what_is_no_row_number_is_kept(name, values):
    frame = FRAME.rename(columns={"x": "z"})
    frame.insert(0, name, values)
    assert load(frame).naming.names == (name, "z")


def test_the_target_may_count_the_rows():
    table = load(FRAME.reset_index(), target="index")
    assert table.targets[0].name == "index"
    assert not table.targets[0].classes


@pytest.mark.parametrize("counting", [range(1, ROWS + 1), range(1990, 1990 + ROWS), range(0, -ROWS, -1)])
def test_a_column_of_another_name_that_counts_the_rows_is_kept_and_said(counting):
    frame = FRAME.assign(year=counting)[["year", "x", "y"]]
    said = "counts the rows in their order: leave it out if it is but their number"
    assert load(frame).notes == (f"column 'year' {said}",)
    assert load(frame.set_axis(range(3), axis=1)).notes[0] == f"column 0 (counted from 0) {said}"
    assert load(SHUFFLED.assign(year=frame["year"])[["year", "x", "y"]]).notes == ()


def test_all_parts_of_a_split_leave_out_what_train_shows():
    frame = SHUFFLED.reset_index()
    train = frame.iloc[:20].assign(index=range(20))
    parts = {
        "train": (train[["index", "x"]], train["y"]),
        "test": (frame[["index", "x"]].iloc[20:], frame["y"].iloc[20:]),
    }
    assert prepare(parts).preprocessing.names == ("x",)


def test_columns_go_by_position_as_if_the_row_numbers_had_not_been_there(tmp_path):
    dataset = prepare(as_csv(SHUFFLED[["y", "x"]], tmp_path), target="y")
    SHUFFLED[["y", "x"]].to_csv(tmp_path / "bare.csv", header=False, index=False)
    features = read_features(tmp_path / "bare.csv", dataset.preprocessing)
    np.testing.assert_array_equal(
        dataset.preprocessing.transform(features.values), dataset.preprocessing.transform(SHUFFLED)
    )


def test_unnamed_columns_without_a_value_are_left_out():
    frame = FRAME.assign(**{"Unnamed: 1": np.nan})[["x", "Unnamed: 1", "y"]]
    assert load(frame).naming.names == ("x",)
    assert load(frame).notes == ("column 1 (counted from 0) has no name and no value, and was left out",)
