"""The readers of data, for training and for predicting."""

import bz2
import gzip
import io
import lzma
import zipfile
from decimal import Decimal

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from ikura.data import CsvFile, InputStream, prepare, read_features

FUZZ = settings.get_profile("fuzz")

ROWS = [
    f"{20 + i},{['Oslo', 'Lima', ''][i % 3]},{'' if i == 4 else i * i / 7},2026-01-{i + 1:02},{'yn'[i % 2]}"
    for i in range(24)
]
CSV = "\n".join(["age,city,income,day,member", *ROWS]).encode()
FRAME = pd.read_csv(io.BytesIO(CSV))
PACKED = {".gz": gzip.compress(CSV), ".bz2": bz2.compress(CSV), ".xz": lzma.compress(CSV)}
with io.BytesIO() as stream:
    FRAME.to_excel(stream, index=False)
    WORKBOOK = stream.getvalue()
X, Y = np.arange(60.0).reshape(20, 3), np.arange(20) % 2
CELLS = st.one_of(
    st.sampled_from(
        ["1", "2", "0.5", "a", "b", "", "NA", "nan", "inf", "1e400", "1" * 5000, "-0", "1,5", "2026-01-31"]
    ),
    st.sampled_from(["9999-99-99", "0001-01-01", "true", "_", "1_0", "é", "\u202e", '"', "\x00", "=1+1", " ", "\r"]),
    st.sampled_from(["1,013", "$1,200.50", "1.200,50 €", "(€5)", "12%", "1 000", "yes", "no", "T", "f", "'a'", "'"]),
    st.sampled_from(["2012/01/31", "31/12/2012", "12/31/2012", "3 Jan 2012", "31.02.2012 25:61", "a ", " a"]),
    st.text(max_size=4),
)


@pytest.fixture(scope="module")
def known():
    return prepare(FRAME).preprocessing


@pytest.fixture(scope="module")
def use(attempt, known, tmp_path_factory):
    """Writes a file, and reads it as data, and as features to predict from, whole and in pieces: both are the same."""
    folder = tmp_path_factory.mktemp("fuzz")

    def call(name: str, content: bytes) -> None:
        path = folder / name
        path.write_bytes(content)
        dataset = attempt(lambda: prepare(path))
        if dataset is not None:
            assert all(np.isfinite(split.x).all() for split in (dataset.train, dataset.dev, dataset.test))
        inputs = attempt(lambda: known.transform(read_features(path, known).values))
        pieces = attempt(lambda: np.concatenate(list(InputStream(path, known))))
        assert (inputs is None) == (pieces is None)
        if inputs is not None:
            assert np.isfinite(inputs).all()
            assert inputs.tobytes() == pieces.tobytes()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ikura.data.pieces.CELLS", 8)
        yield call


def table(rows: list[list[str]], separator: str) -> bytes:
    return "\n".join(separator.join(row) for row in rows).encode(errors="replace")


def rows_of(width: int):
    return st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=12)


@FUZZ
@given(st.binary(max_size=400))
def test_any_bytes(use, content):
    use("any.csv", content)


@FUZZ
@given(st.text(alphabet='019.,;\t|"\n\r eE-+_NaA?\x00é', max_size=200))
def test_text_that_looks_like_cells(use, text):
    use("cells.tsv", text.encode())


@FUZZ
@given(st.integers(1, 4).flatmap(rows_of), st.sampled_from(",;\t|"))
def test_tables_of_odd_cells(use, rows, separator):
    use("odd.csv", table([*rows, *rows, *rows], separator))


@FUZZ
@given(st.integers(1, 4).flatmap(rows_of), st.sampled_from([" ", "  ", " \t"]))
def test_tables_of_blanks(use, rows, separator):
    use("blanks.txt", table([*rows, *rows, *rows], separator))


@FUZZ
@given(st.integers(1, 3).flatmap(rows_of), st.sampled_from([True, False, None]), st.sampled_from([":", "tab", "space"]))
def test_tables_that_are_read_as_they_are_said_to_be(attempt, known, tmp_path_factory, rows, header, separator):
    path = tmp_path_factory.getbasetemp() / "said.csv"
    path.write_bytes(table([*rows, *rows], {"tab": "\t", "space": " "}.get(separator, separator)))
    file = CsvFile(path, header, separator)
    attempt(lambda: prepare(file))
    attempt(lambda: known.transform(read_features(file, known).values))


@FUZZ
@given(st.sampled_from(sorted(PACKED)), st.data())
def test_a_packed_file_that_was_changed(use, mutations, suffix, data):
    use(f"changed.csv{suffix}", data.draw(mutations(PACKED[suffix])))


@FUZZ
@given(st.data())
def test_a_workbook_that_was_changed(use, mutations, data):
    use("changed.xlsx", data.draw(mutations(WORKBOOK)))


@FUZZ
@given(st.sampled_from(["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"]), st.data())
def test_a_workbook_of_odd_parts(use, mutations, part, data):
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as whole, zipfile.ZipFile(stream, "w") as changed:
        for name in whole.namelist():
            content = whole.read(name)
            changed.writestr(name, data.draw(mutations(content)) if name == part else content)
    use("odd.xlsx", stream.getvalue())


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    CELLS,
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.decimals(allow_nan=False),
    st.sampled_from([pd.NaT, pd.NA, np.ma.masked, b"a", 1j, (), pd.Period("2020"), pd.Interval(0, 1)]),
    st.sampled_from([np.float16("inf"), np.longdouble("1e4000"), np.int8(1), np.str_("a"), Decimal("NaN")]),
)


@FUZZ
@given(st.lists(VALUES, min_size=12, max_size=12), st.sampled_from(["x", "", "index", "Unnamed: 0"]))
def test_frames_of_odd_objects(attempt, known, values, name):
    frame = pd.DataFrame({name: pd.Series(values, dtype=object), "z": range(12), "y": [0, 1] * 6})
    dataset = attempt(lambda: prepare(frame))
    if dataset is not None:
        assert np.isfinite(dataset.preprocessing.transform(frame)).all()
    attempt(lambda: known.transform(frame.rename(columns={name: "day", "z": "age"}).assign(city="Oslo", income=1.0)))


@FUZZ
@given(st.lists(VALUES, min_size=12, max_size=12))
def test_labels_of_odd_objects(attempt, values):
    attempt(lambda: prepare((np.arange(36.0).reshape(36, 1), values * 3)))


@FUZZ
@given(st.data())
def test_a_csv_that_was_changed(use, mutations, data):
    use("changed.csv", data.draw(mutations(CSV)))


def npz(**arrays) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


@FUZZ
@given(st.data())
def test_an_npz_that_was_changed(use, mutations, data):
    use("changed.npz", data.draw(mutations(npz(x=X, y=Y))))


SHAPES = st.lists(st.sampled_from([0, 1, 3, 20, -1, 2**31, 2**62, 2**64, 10**30]), max_size=4).map(tuple)
DTYPES = st.sampled_from(
    ["<f8", "<f2", "|u1", "<U4", "|S3", "<U0", "|O", "<c16", "<M8[s]", "|b1", "|V3", [("a", "<f8")], "x"]
)
HEADERS = st.one_of(
    st.fixed_dictionaries({"descr": DTYPES, "fortran_order": st.sampled_from([True, False, 3]), "shape": SHAPES}).map(
        repr
    ),
    st.sampled_from(["(" * 5000, "{}", "1/0", "{'descr': '<f8'}", "__import__('os')", "[" * 90 + "]" * 90]),
    st.text(max_size=20),
)
NAMES = st.sampled_from(["x.npy", "y.npy", "x", "../x.npy", "/etc/x.npy", "x_train.npy", "x_test.npy", "é\n.npy"])


@FUZZ
@given(st.lists(st.tuples(NAMES, HEADERS, st.integers(0, 2000)), max_size=4), st.booleans())
def test_archives_of_odd_arrays(use, members, right_y):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, header, size in {member[0]: member for member in members}.values():
            text = header.encode(errors="replace") + b"\n"
            archive.writestr(name, b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(size))
        if right_y and "y.npy" not in archive.namelist():
            with archive.open("y.npy", "w") as member:
                np.lib.format.write_array(member, Y)
    use("odd.npz", stream.getvalue())


@FUZZ
@given(st.data())
def test_a_parquet_file_that_was_changed(use, mutations, data):
    pytest.importorskip("pyarrow")
    stream = io.BytesIO()
    FRAME.to_parquet(stream)
    use("changed.parquet", data.draw(mutations(stream.getvalue())))
