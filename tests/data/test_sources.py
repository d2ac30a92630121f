import os
import pickle
import socket
import sys
import tracemalloc
import zipfile

import numpy as np
import pandas as pd
import pytest

from ikura.data import load, prepare, read_features
from ikura.errors import DataError

X = np.random.default_rng(0).normal(size=(30, 4))
Y = np.tile([0, 1, 2], 10)
IMAGES = np.random.default_rng(1).integers(0, 256, (30, 5, 4), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("digts", None, "digts: there is no such file; data must be a file or one of .*: did you mean 'digits'.$"),
        ("breast_cancer", None, "did you mean 'breast-cancer'"),
        (
            "wines.csv",
            lambda path: path.with_name("wine1.csv").touch(),
            "there is no such file; .*: did you mean 'wine1.csv'",
        ),
        ("no/such.csv", None, "no/such.csv: there is no such file; data must be a file"),
        ("things", lambda path: path.mkdir(), "things: it is a folder; data must be one file"),
        ("", None, "it is a folder"),
        (
            "table.xls",
            lambda path: path.touch(),
            "table.xls: .xls is no kind of file that Ikura reads; it reads .csv",
        ),
        ("table", lambda path: path.touch(), "table: a name without a suffix is no kind of file"),
    ],
)
def test_a_source_that_is_no_file_is_refused(folder, name, make, message):
    if make:
        make(folder / name)
    with pytest.raises(DataError, match=message):
        load(name)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".csv.gz", ".npz", ".parquet", ".xlsx", ""])
def test_what_may_never_end_is_refused_at_once(folder, suffix):
    preprocessing = prepare((X, Y)).preprocessing
    os.mkfifo(f"pipe{suffix}")
    folder.joinpath(f"zeros{suffix}").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"socket{suffix}")
        for read in (load, lambda path: read_features(path, preprocessing)):
            for name, what in (("pipe", "a pipe"), ("zeros", "a device"), ("socket", "a socket")):
                with pytest.raises(DataError, match=rf"{name}{suffix}: it is {what}; data must be one file"):
                    read(f"{name}{suffix}")


@pytest.mark.parametrize(
    "content",
    [b"," * 8_000_000, b",".join(b"column %d" % i for i in range(500_000)) + b"\n1,2\n"],
    ids=["commas", "header"],
)
def test_a_very_wide_table_is_refused_before_memory_is_taken_for_it(folder, content):
    (folder / "wide.csv").write_bytes(content)
    tracemalloc.start()
    with pytest.raises(DataError, match=r"wide\.csv: it has [\d,]+ columns; at most 20,000 are read from text"):
        load("wide.csv")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 6 * len(content)


def test_a_table_without_anything_is_refused_and_takes_little_memory(folder):
    content = b",\n" * 50_000
    (folder / "empty.csv").write_bytes(content)
    tracemalloc.start()
    with pytest.raises(DataError, match=r"empty\.csv: no cell holds anything"):
        load("empty.csv")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 30 * len(content)


def test_a_file_that_may_not_be_read_is_refused(folder, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    (folder / "a.csv").write_text("1,2\n")
    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(DataError, match=r"a\.csv: it cannot be read: Permission denied; the file must be readable"):
        load("a.csv")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (3, "data: int is no data set; it must be a bundled name"),
        ((X, Y, Y), "data: a tuple of 3 is no data set"),
        (X, "data: ndarray is no data set"),
        ({"train": (X, Y), "val": (X, Y)}, "there is a part 'val'; the parts of a split are 'train', 'dev', 'test'"),
        ({"train": (X, Y), "dev": (X, Y)}, "the split has no part 'test'; it must have train and test"),
        ({"train": (X, Y), "test": X}, "part 'test' is of type ndarray; it must be a pair: give"),
        (
            {"train": (pd.DataFrame(X, columns=list("abcd")), Y), "test": (pd.DataFrame(X, columns=list("abdc")), Y)},
            "test has a column 'd' where train has 'c'; all parts must have the same columns in the same order",
        ),
        ({"train": (X, Y), "test": (X[:, :3], Y)}, "test has 3 features and train 4; all parts must have the same"),
        ({"train": (X, Y), "test": (X, Y[:5])}, "arrays, test: x has 30 examples and y 5 labels"),
        ({"train": (X, Y), "test": (X, Y + 1)}, r"the train part has no example of class 3; every class must be there"),
        (
            {"train": (X[:4], [0, 1, 0, 2]), "test": (X, Y)},
            "class 1 has 1 example .* into train and dev needs at least 2",
        ),
        ((X[:, 0], Y), r"arrays: x has rank 1, shape \(30,\); it must be \[example, feature\], or images"),
        ((np.zeros((2, 2, 2, 2, 2)), [0, 1]), r"x has rank 5"),
        ((X[:0], []), r"x is empty, shape \(0, 4\)"),
        ((X[:, :0], Y), r"x is empty, shape \(30, 0\)"),
        ((pd.DataFrame(X).iloc[:0], []), r"x is empty, shape \(0, 4\)"),
        (([[1, 2], [3]], [0, 1]), "the rows of x differ in length"),
        ((X * 1j, Y), "x is of type complex128; features must be numbers, text or dates"),
        ((np.where(np.arange(4) == 2, np.nan, X), Y), r"column 2 \(counted from 0\) has no value in any of 30 rows"),
        ((np.where(X[4, 3] == X, np.inf, X), Y), r"column 3 \(counted from 0\), row 4 \(counted from 0\): inf is not"),
        (pd.DataFrame({"a": [1.0, 2]}), "there is 1 column; a table needs features and the target"),
        (pd.DataFrame({"a": [], "y": []}), "frame: there are no rows"),
        (pd.DataFrame([[1, 2, 3]], columns=["a", "y", "a"]), "frame: 2 columns are named 'a'; names must differ"),
        (
            {"train": (pd.DataFrame({"a": ["x"] * 30}), Y), "test": (pd.DataFrame({"a": range(30)}), Y)},
            "column 'a' holds text values in train and number values in test",
        ),
    ],
)
def test_a_bad_source_gets_one_clear_line(source, message):
    with pytest.raises(DataError, match=message) as caught:
        prepare(source)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("source", ["digits", (X, Y)])
def test_a_target_where_there_is_none_to_choose_is_refused(source):
    with pytest.raises(DataError, match="target 'y' was given; only tables have a target column"):
        load(source, target="y")


def test_frame_rows_are_called_by_their_index():
    frame = pd.DataFrame({"a": [1, 2, np.inf], "y": [0, 1, 0]}, index=pd.Index([10, 20, 30], name="patient"))
    with pytest.raises(DataError, match="column 'a', patient 30: inf is not finite"):
        load(frame)


def test_the_columns_of_a_frame_keep_their_positions_in_messages():
    frame = pd.DataFrame({0: [0, 1, 0], 1: [1, 2, 3.0], 2: [None, None, None]})
    with pytest.raises(DataError, match=r"column 2 \(counted from 0\) has no value"):
        load(frame, target=0)


def test_a_name_of_digits_goes_before_a_position():
    frame = pd.DataFrame({"a": [1, 2, 3], "0": [0, 1, 0], "b": [5, 6, 7]})
    assert load(frame, target="0").target_indices == (1,)
    assert load(frame, target=0).target_indices == (0,)


def test_words_in_an_array_leave_its_numbers_numbers():
    x = np.array([["1.5", "a"], ["2.5", "b"], ["3.5", "a"]])
    assert [column.kind for column in load((x, [0, 1, 0])).columns] == ["number", "text"]


def test_the_users_own_split_is_kept():
    parts = {"train": (X, Y), "dev": (X[:6] + 1, Y[:6]), "test": (X[:9] - 1, Y[:9])}
    dataset = prepare(parts)
    for part, (x, y) in parts.items():
        split = getattr(dataset, part)
        np.testing.assert_array_equal(split.x, dataset.preprocessing.transform(x))
        np.testing.assert_array_equal(split.y, y)
    assert dataset.notes == ("the source's own split was used: train 30, dev 6, test 9",)


def test_dev_is_cut_from_train_where_the_split_has_none():
    dataset = prepare({"test": (X[:9], Y[:9]), "train": (pd.DataFrame(X), pd.Series(Y))}, fractions=(0.5, 0.25, 0.25))
    assert [len(split.y) for split in (dataset.train, dataset.dev, dataset.test)] == [20, 10, 9]
    np.testing.assert_array_equal(dataset.test.x, dataset.preprocessing.transform(X[:9]))
    both = np.concatenate([dataset.train.x, dataset.dev.x])
    expected = dataset.preprocessing.transform(X)
    np.testing.assert_array_equal(both[np.lexsort(both.T)], expected[np.lexsort(expected.T)])


def test_npz(folder):
    np.savez("whole.npz", x=IMAGES, y=Y)
    assert load("whole.npz").columns.shape == (30, 20)
    assert load("whole.npz").columns.dtype == np.uint8
    np.savez("colour.npz", x=np.repeat(IMAGES[..., None], 3, axis=3), y=Y)
    assert load("colour.npz").columns.shape == (30, 60)
    parts = {"x_train": IMAGES, "y_train": Y, "x_test": IMAGES[:6], "y_test": Y[:6]}
    np.savez_compressed("parts.NPZ", **parts)
    folder.joinpath("parts.NPZ.npz").rename("parts.NPZ")
    assert [len(split.y) for split in vars(prepare("parts.NPZ")).values() if hasattr(split, "y")] == [23, 7, 6]
    np.savez("dev.npz", **parts, x_dev=IMAGES[:9], y_dev=Y[:9])
    assert len(prepare("dev.npz").dev.y) == 9


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": X}, "it holds 'x', but not 'y'; it must hold x and y, or x_train"),
        ({"a": X}, "it holds 'a', but not 'x_train'; it must hold x and y, or x_train"),
        ({}, "it holds no arrays"),
        ({"x_train": X, "y_train": Y, "x_test": X}, "but not 'y_test'"),
        ({"x_train": X, "y_train": Y, "x_test": X, "y_test": Y, "x_dev": X}, "but not 'y_dev'"),
        ({"x": X, "y": Y.astype(object)}, "array 'y' holds Python objects, which only pickle can load"),
        ({"x": X[:, 0], "y": Y}, "x has rank 1"),
        ({"x": X[:5], "y": Y}, "x has 5 examples and y 30 labels"),
    ],
)
def test_a_bad_npz_is_refused(folder, arrays, message):
    np.savez("bad.npz", **arrays)
    with pytest.raises(DataError, match=f"bad.npz.*{message}") as caught:
        load("bad.npz")
    assert "\n" not in str(caught.value)


def _bomb(path, claimed, stored):
    """An archive whose array x claims one shape and holds so many zero bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("x.npy", "w") as member:
            np.lib.format.write_array_header_1_0(member, {"descr": "<f8", "fortran_order": False, "shape": claimed})
            for _ in range(stored >> 20):
                member.write(bytes(1 << 20))
        with archive.open("y.npy", "w") as member:
            np.lib.format.write_array(member, Y)


@pytest.mark.parametrize(
    ("claimed", "stored", "message"),
    [
        ((1 << 50,), 1 << 20, r"claims shape \(1125899906842624,\) of <f8 and has 1,048,576 bytes"),
        ((-1, 4), 1 << 20, "claims shape"),
        ((24 << 17, 8), 192 << 20, r"its [\d,]+ bytes unpack to 201,3[\d,]+; a file may unpack to 200 times"),
    ],
)
def test_a_bomb_is_refused_before_memory_is_taken_for_it(folder, claimed, stored, message):
    _bomb("bomb.npz", claimed, stored)
    tracemalloc.start()
    with pytest.raises(DataError, match=message):
        load("bomb.npz")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 << 20


def test_a_parquet_bomb_is_refused(folder):
    pytest.importorskip("pyarrow")
    pd.DataFrame({"x": np.zeros(10_000_000), "y": np.zeros(10_000_000)}).to_parquet("bomb.parquet")
    with pytest.raises(DataError, match=r"its [\d,]+ bytes unpack to 160,000,000"):
        load("bomb.parquet")


def test_a_pickle_that_is_called_npz_is_not_opened_and_no_advice_is_given_to(folder):
    folder.joinpath("bad.npz").write_bytes(pickle.dumps({"x": X, "y": Y}))
    with pytest.raises(DataError, match=r"bad\.npz: it is no whole NPZ file \(File is not a zip file\)") as caught:
        load("bad.npz")
    assert "pickle" not in str(caught.value)


@pytest.mark.parametrize("kind", ["empty", "text", "npy", "cut", "flipped", "short array"])
def test_a_damaged_npz_is_refused(folder, kind):
    path = folder / "bad.npz"
    np.savez_compressed(path, x=IMAGES, y=Y)
    whole = path.read_bytes()
    if kind == "npy":
        with path.open("wb") as file:
            np.save(file, X)
    elif kind == "short array":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x.npy", b"\x93NUMPY\x01\x00\x10")
            archive.writestr("y.npy", b"")
    else:
        middle = len(whole) // 3
        content = {"empty": b"", "text": b"hello", "cut": whole[: len(whole) // 2]}
        flipped = whole[:middle] + bytes(255 - byte for byte in whole[middle : middle + 20]) + whole[middle + 20 :]
        path.write_bytes(content.get(kind, flipped))
    with pytest.raises(DataError, match=r"bad\.npz: it is (no whole NPZ file \(|one array \(NPY\))") as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_parquet(folder):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": X[:, 0], "text": ["p", "q"] * 15, "y": pd.Series(Y).map({0: "x", 1: "y", 2: "z"})})
    frame.to_parquet("table.parquet", index=False)
    table = load("table.parquet")
    assert table.targets[0].classes == ("x", "y", "z")
    dataset = prepare("table.parquet")
    np.testing.assert_array_equal(
        dataset.preprocessing.transform(read_features("table.parquet", dataset.preprocessing).values),
        dataset.preprocessing.transform(frame),
    )
    for content in (b"", b"PAR1 no", (folder / "table.parquet").read_bytes()[:-200]):
        (folder / "bad.parquet").write_bytes(content)
        with pytest.raises(DataError, match=r"bad.parquet: it is no whole Parquet file \(") as caught:
            load("bad.parquet")
        assert "\n" not in str(caught.value)


def test_parquet_without_pyarrow_names_the_install_line(folder, monkeypatch):
    (folder / "table.parquet").touch()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"pyarrow is not installed.* python -m pip install 'ikura\[parquet\]'"):
        load("table.parquet")


CSV = "age,city,zip,y\n" + "".join(f"{20 + row},{'ab'[row % 2]},{row % 3 or 'x'},{row % 2}\n" for row in range(30))


def test_features_to_predict_from_need_no_target(folder):
    (folder / "train.csv").write_text(CSV)
    preprocessing = prepare("train.csv").preprocessing
    expected = preprocessing.transform(pd.read_csv("train.csv", dtype={"zip": str}))
    assert read_features("train.csv", preprocessing).notes == ("the target was there and left out: 'y'",)
    np.testing.assert_array_equal(preprocessing.transform(read_features("train.csv", preprocessing).values), expected)
    (folder / "new.csv").write_text("zip;age;extra;city\n" + "2;22;9;a\n1;;9;b\n")
    values = read_features("new.csv", preprocessing).values
    assert list(values.columns) == ["age", "city", "zip"]
    assert preprocessing.transform(values)[:, 1:].tolist() == [[1, 0, 0, 1, 0], [0, 1, 1, 0, 0]]
    (folder / "bare.csv").write_text("22,a,2\n23,b,1\n")
    features = read_features("bare.csv", preprocessing)
    assert features.notes == ("the columns were taken by position",)
    np.testing.assert_array_equal(preprocessing.transform(features.values), expected[[2, 3]] * [1, 1, 1, 0, 0, 0] + [
        [0, 0, 0, 0, 1, 0], [0, 0, 0, 1, 0, 0]])  # fmt: skip
    (folder / "lacking.csv").write_text("age,city\n1,a\n")
    with pytest.raises(DataError, match=r"lacking\.csv: 1 column of training not there: 'zip'"):
        read_features("lacking.csv", preprocessing)


def test_features_without_a_header_may_still_have_the_target(folder):
    rows = [f"{20.5 + row},{row % 2},{'ab'[row % 2]}\n" for row in range(30)]
    (folder / "train.csv").write_text("".join(rows))
    preprocessing = prepare("train.csv", target=1).preprocessing
    (folder / "new.csv").write_text("".join(row.replace(",0,", ",").replace(",1,", ",") for row in rows))
    features = read_features("train.csv", preprocessing)
    assert features.notes == ("column 1 (counted from 0) was taken for the target and left out",)
    np.testing.assert_array_equal(
        preprocessing.transform(features.values),
        preprocessing.transform(read_features("new.csv", preprocessing).values),
    )
    header = "age,y,city\n"
    (folder / "named.csv").write_text(header + "".join(rows))
    named = prepare("named.csv", target="y").preprocessing
    np.testing.assert_array_equal(
        named.transform(read_features("train.csv", named).values),
        named.transform(read_features("named.csv", named).values),
    )
    (folder / "wide.csv").write_text("1,2,3,4\n5,6,7,8\n")
    with pytest.raises(DataError, match=r"wide\.csv: there are 4 columns, and there were 2 features in training"):
        read_features("wide.csv", preprocessing)


def test_features_of_npz_and_bundled_sets(folder):
    preprocessing = prepare((IMAGES, Y)).preprocessing
    np.savez("x.npz", x=IMAGES)
    np.savez("test.npz", x_test=IMAGES, y_test=Y)
    np.savez("none.npz", y=Y)
    np.testing.assert_array_equal(read_features("x.npz", preprocessing).values, IMAGES)
    assert read_features("test.npz", preprocessing).notes == ("the array 'x_test' was taken",)
    with pytest.raises(DataError, match="it holds 'y'; features to predict from must be named x"):
        read_features("none.npz", preprocessing)
    digits = prepare("digits").preprocessing
    assert digits.transform(read_features("digits", digits).values).shape == (1797, 64)
