"""Tables in pieces: the bits do not depend on the pieces, and mistakes are told as of whole files."""

import bz2
import csv
import gzip
import io
import lzma
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest

from ikura.data import CsvFile, InputStream, Preprocessing, prepare, read_features
from ikura.data.pieces import text_pieces
from ikura.errors import DataError

HEADER = "age,big,city,when,member,kind\n"


def rows(count):
    rng = np.random.default_rng(0)
    for row in range(count):
        big = 123456789012345678 + row if row % 3 else f"{row}.5"
        date = f"20{row % 30:02}-02-0{row % 9 + 1}"
        time = ("", "T12:30:00.25", "T01:02:03.123456789")[row % 3]
        city, kind = ("Oslo", "Lima", "?")[row % 3], "ab"[int(rng.integers(2))]
        yield f"{row % 70 if row % 11 else ''},{big},{city},{date}{time},{row % 2 == 0},{kind}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pieces")
    (folder / "table.csv").write_text(HEADER + "".join(rows(120)))
    return folder


@pytest.fixture(scope="module")
def preprocessing(folder):
    return prepare(str(folder / "table.csv")).preprocessing


def read(path, preprocessing):
    return np.concatenate(list(InputStream(str(path), preprocessing)))


@pytest.mark.parametrize("cells", [1, 18, 100])
@pytest.mark.parametrize("block", [7, 2**18])
def test_the_bits_do_not_depend_on_the_pieces(folder, preprocessing, monkeypatch, cells, block):
    expected = read(folder / "table.csv", preprocessing)
    monkeypatch.setattr("ikura.data.pieces.CELLS", cells)
    monkeypatch.setattr("ikura.data.compressed.BLOCK", block)
    assert read(folder / "table.csv", preprocessing).tobytes() == expected.tobytes()


def test_the_bits_of_dates_do_not_depend_on_the_others(folder, preprocessing, monkeypatch):
    """pandas counts microseconds, or nanoseconds where one of a column's dates has such; float32 would hide it."""

    def days():
        blocks = iter([(folder / "dates.csv").read_bytes()])
        found = text_pieces(CsvFile(folder / "dates.csv"), blocks, preprocessing)
        read = [preprocessing.read(piece.frame.iloc[:, 3], 3, piece.naming, 3) for piece in found.pieces]
        return np.concatenate(read)

    dates = [f"20{row:02}-02-03T01:02:{row:02}.{123457 + row}{'9' * (row % 2)}" for row in range(50)]
    (folder / "dates.csv").write_text(HEADER + "".join(f"1,2,Oslo,{date},True,a\n" for date in dates))
    together = days()
    monkeypatch.setattr("ikura.data.pieces.CELLS", 1)
    assert days().tobytes() == together.tobytes()


def test_parquet_in_pieces(folder, preprocessing, monkeypatch):
    frame = pd.read_csv(folder / "table.csv", na_values="?").drop(columns="kind")
    frame["when"] = pd.to_datetime(frame["when"], format="ISO8601")
    frame.to_parquet(folder / "table.parquet", row_group_size=50)
    expected = preprocessing.transform(read_features(folder / "table.parquet", preprocessing).values)
    monkeypatch.setattr("ikura.data.pieces.CELLS", 100)
    pieces = list(InputStream(str(folder / "table.parquet"), preprocessing))
    assert len(pieces) >= 6
    assert np.concatenate(pieces).tobytes() == expected.tobytes()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_quotes_and_letters_at_the_border_of_blocks(tmp_path, monkeypatch, end):
    (tmp_path / "train.csv").write_text("town,size,y\n" + '"Ōs\n""aka",1.5,a\nLima,2,b\n' * 9)
    preprocessing = prepare(str(tmp_path / "train.csv")).preprocessing
    text = f'town,size{end}"Ōs\n""aka",3{end}Lima,4{end}'
    (tmp_path / "new.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    for block in (1, 2, 3, 1000):
        monkeypatch.setattr("ikura.data.compressed.BLOCK", block)
        assert read(tmp_path / "new.csv", preprocessing)[:, :2].tolist() == [[0, 1], [1, 0]]


def test_lines_are_counted_where_a_block_ends_between_return_and_feed(folder, preprocessing, monkeypatch):
    monkeypatch.setattr("ikura.data.compressed.BLOCK", 1)
    (folder / "new.csv").write_bytes(with_row("old,2,Oslo,2020-01-01,True,a").replace(b"\n", b"\r\n"))
    with pytest.raises(DataError, match="column 'age', line 52: 'old' is not a number"):
        read(folder / "new.csv", preprocessing)


def test_rows_of_many_lines(tmp_path):
    note = "\n".join("abcdefghijklmno")
    (tmp_path / "train.csv").write_text("note,size,y\n" + f'"{note}",1.5,a\nLima,2,b\n' * 9)
    preprocessing = prepare(str(tmp_path / "train.csv")).preprocessing
    (tmp_path / "new.csv").write_text("note,size\n" + f'"{note}",3\n' * 120)
    assert read(tmp_path / "new.csv", preprocessing)[:, :2].tolist() == [[0, 1]] * 120


def both_ways(file, preprocessing):
    """Read a file whole and in pieces, hold one against the other, and return what is read and said."""
    stream, features = InputStream(file, preprocessing), read_features(file, preprocessing)
    inputs = np.concatenate(list(stream))
    assert inputs.tobytes() == preprocessing.transform(features.values).tobytes()
    assert stream.notes == features.notes
    return inputs.tolist(), stream.notes


SIZES = [f"{row}.5,{row % 7}\n" for row in range(300)]
SIZED = prepare((np.array([row.split(",") for row in SIZES], float), [0, 1] * 150)).preprocessing
NAMED = prepare(
    pd.DataFrame([row.split(",") for row in SIZES], columns=["x", "z"]).astype(float).assign(y=[0, 1] * 150)
)
EMPTY = "1 empty column at the end left out"
BY_POSITION = "the columns were taken by position"


@pytest.mark.parametrize(
    ("text", "sized", "named"),
    [
        ("x,z\n", (BY_POSITION,), ()),
        ("", (), (BY_POSITION,)),
        ("x,z,\n", (EMPTY, BY_POSITION), (EMPTY,)),
        ("x,z\n,", (EMPTY, BY_POSITION), (EMPTY,)),  # the rows end in a separator, and the header does not
        (",", (EMPTY,), (EMPTY, BY_POSITION)),
    ],
)
def test_headers_and_empty_columns_at_the_end(tmp_path, monkeypatch, text, sized, named):
    monkeypatch.setattr("ikura.data.pieces.CELLS", 50)
    header, _, end = text.rpartition("\n") if "\n" in text else ("", "", text)
    end = "," if header.endswith(",") else end
    (tmp_path / "new.csv").write_text((header and header + "\n") + "".join(SIZES).replace("\n", f"{end}\n"))
    assert both_ways(tmp_path / "new.csv", SIZED)[1] == sized
    assert both_ways(tmp_path / "new.csv", NAMED.preprocessing)[1] == named


def test_a_feature_without_a_value_at_the_end_of_all_rows_is_missing_there(tmp_path):
    (tmp_path / "new.csv").write_text("".join(f"{row},\n" for row in range(30)))
    inputs, notes = both_ways(tmp_path / "new.csv", SIZED)
    assert {z for _, z in inputs} == {SIZED.transform(np.array([[0, np.nan]]))[0, 1]}
    assert notes == (EMPTY,)


@pytest.mark.parametrize(("header", "known"), [("", SIZED), ("x,z\n", NAMED.preprocessing), ("", NAMED.preprocessing)])
def test_a_value_where_the_first_rows_had_none_is_refused(tmp_path, header, known):
    rows = [row.replace("\n", ",\n") for row in SIZES]
    (tmp_path / "new.csv").write_text(header + "".join(rows) + "1,2,late\n")
    with pytest.raises(
        DataError, match=rf"line {301 + bool(header)} holds 'late' in column 2 .counted from 0."
    ) as caught:
        read(tmp_path / "new.csv", known)
    assert "\n" not in str(caught.value)


def test_a_table_of_nothing_is_refused(tmp_path):
    (tmp_path / "new.csv").write_text(",\n" * 200)
    for way in (lambda: read(tmp_path / "new.csv", SIZED), lambda: read_features(tmp_path / "new.csv", SIZED)):
        with pytest.raises(DataError, match="no cell holds anything"):
            way()


def test_several_targets_that_are_there_or_not(tmp_path):
    frame = pd.DataFrame([row.split(",") for row in SIZES], columns=["x", "z"])
    table = frame.assign(y=[0, 1] * 150, w=range(300))[["y", "x", "w", "z"]]
    notes = {True: ["the targets were there and left out: 'y', 'w'"], False: []}
    for header in (True, False):
        table.to_csv(tmp_path / "table.csv", index=False, header=header)
        known = prepare(tmp_path / "table.csv", target=[0, 2]).preprocessing
        said = notes[header] or [
            f"column {place} (counted from 0) was taken for the target and left out" for place in (0, 2)
        ]
        inputs, found = both_ways(tmp_path / "table.csv", known)
        assert list(found) == said
        frame.to_csv(tmp_path / "new.csv", index=False, header=header)
        assert both_ways(tmp_path / "new.csv", known) == (inputs, ())


def test_a_late_value_in_a_column_without_a_name_is_one_that_the_model_does_not_use(tmp_path):
    rows = [row.replace("\n", ",\n") for row in SIZES]
    (tmp_path / "new.csv").write_text("x,z,\n" + "".join(rows) + "1,2,late\n")
    _, notes = both_ways(tmp_path / "new.csv", NAMED.preprocessing)
    assert notes == ("1 column that the model does not use left out: 'Unnamed: 2'",)


def test_row_names_as_r_writes_them(tmp_path):
    rows = "".join(f'"row {number}" {row.replace(",", " ")}' for number, row in enumerate(SIZES))
    (tmp_path / "new.txt").write_text('"x" "z"\n' + rows)
    inputs, notes = both_ways(tmp_path / "new.txt", NAMED.preprocessing)
    assert len(inputs) == 300
    assert notes == (
        "the first cells of the rows have no name, as R writes row names",
        "1 column that the model does not use left out: 'Unnamed: 0'",
    )


def test_what_training_left_out_is_there_again(tmp_path):
    frame = pd.DataFrame([row.split(",") for row in SIZES], columns=["x", "z"]).assign(y=[0, 1] * 150)
    frame.to_csv(tmp_path / "table.csv")
    _, notes = both_ways(tmp_path / "table.csv", prepare(tmp_path / "table.csv").preprocessing)
    assert notes == (
        "the target was there and left out: 'y'",
        "1 column that the model does not use left out: 'Unnamed: 0'",
    )


def test_what_the_user_says_of_a_file_of_any_ending(tmp_path):
    (tmp_path / "new.log").write_text("x:z\n" + "".join(SIZES).replace(",", ":"))
    file = CsvFile(tmp_path / "new.log", header=True, separator=":")
    assert len(both_ways(file, NAMED.preprocessing)[0]) == 300
    assert len(both_ways(CsvFile(tmp_path / "new.log", header=True, separator=":"), SIZED)[0]) == 300


def test_a_mark_of_the_order_of_bytes_is_a_part_of_the_text_but_at_the_beginning(tmp_path, monkeypatch):
    monkeypatch.setattr("ikura.data.pieces.CELLS", 2)
    towns = ["\ufeffOslo", "Oslo", "Lima"] * 10
    pd.DataFrame({"town": towns, "y": [0, 1] * 15}).to_csv(tmp_path / "t.csv", index=False, encoding="utf-8-sig")
    known = prepare(tmp_path / "t.csv").preprocessing
    assert known.width == 3
    assert both_ways(tmp_path / "t.csv", known)[0][:3] == np.eye(3)[[2, 1, 0]].tolist()


def test_models_of_before_there_were_notations_read_true_and_false_and_spaces(tmp_path):
    columns = [{"kind": "number", "mean": 0.0, "scale": 1.0, "fill": 0.0}, {"kind": "text", "categories": ["a "]}]
    old = Preprocessing.from_json({"names": ["x", "z"], "target_index": None, "columns": columns})
    (tmp_path / "new.csv").write_text("x,z\nTrue,a\nfalse,a \n3,a\n")
    assert both_ways(tmp_path / "new.csv", old)[0] == [[1, 1], [0, 1], [3, 1]]
    stream = InputStream(tmp_path / "new.csv", old)
    assert len(np.concatenate(list(stream))) == 3
    assert stream.unknown() == []


def test_a_workbook(tmp_path):
    frame = pd.DataFrame({"x": np.arange(30) * 0.5, "town": ["Oslo", "Lima", "Rome"] * 10, "y": [0, 1] * 15})
    known = prepare(frame[frame["town"] != "Rome"]).preprocessing
    frame.to_excel(tmp_path / "t.xlsx", index=False)
    both_ways(tmp_path / "t.xlsx", known)
    stream = InputStream(tmp_path / "t.xlsx", known)
    assert len(np.concatenate(list(stream))) == 30
    assert stream.unknown() == ["'town': 10 values not in training, taken for none of its categories: 'Rome'"]
    frame.assign(x="much").to_excel(tmp_path / "bad.xlsx", index=False)
    with pytest.raises(DataError, match=r"bad.xlsx: column 'x', line 2: 'much' is not a number"):
        read(tmp_path / "bad.xlsx", known)


def test_a_packed_file_that_is_cut_off_is_told(tmp_path, folder, preprocessing):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress((folder / "table.csv").read_bytes())[:-20])
    with pytest.raises(DataError, match=r"t.csv.gz: it is no whole .gz file"):
        read(tmp_path / "t.csv.gz", preprocessing)


def test_standard_input(folder, preprocessing, monkeypatch):
    content = (folder / "table.csv").read_bytes()
    for given in (content, gzip.compress(content)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(given))))
        assert read("-", preprocessing).tobytes() == read(folder / "table.csv", preprocessing).tobytes()
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match="standard input: it is closed"):
        read("-", preprocessing)


def test_bundled_sets_and_arrays_are_read_whole(folder):
    data = prepare("iris")
    assert read("iris", data.preprocessing).shape == (150, 4)


def european(amount):
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


MOMENTS = pd.Timestamp("1985-03-01T01:02:03") + pd.to_timedelta(np.arange(400) * 1_234_567_891_011, unit="us")
KINDS = {
    "integers": lambda n, rng: [str(value) for value in rng.integers(-(10**18), 10**18, n)],
    "floats": lambda n, rng: [
        repr(value) for value in (rng.normal(size=n) * 10.0 ** rng.integers(-30, 30, n)).tolist()
    ],
    "mixed": lambda n, rng: [("7", "7.1", "1e3", " 12 ", "-0")[row % 5] for row in rng.permutation(n)],
    "booleans": lambda n, rng: [("True", "False")[value] for value in rng.integers(2, size=n)],
    "words": lambda n, rng: [("yes", "No")[value] for value in rng.integers(2, size=n)],
    "thousands": lambda n, rng: [f"{value:,.3f}" for value in rng.normal(size=n) * 10**6],
    "european": lambda n, rng: [european(value) for value in rng.normal(size=n) * 10**6],
    "money": lambda n, rng: [f"${value:,.2f}" for value in rng.random(n) * 10**5],
    "euros": lambda n, rng: [f"{european(value)} €" for value in rng.random(n) * 10**5],
    "percent": lambda n, rng: [f"{value:.3f} %" for value in rng.normal(size=n)],
    "texts": lambda n, rng: [
        ("a", " a", "b, c", "it's", "1,5", "Ōsaka", "ß ")[value] for value in rng.integers(7, size=n)
    ],
    "codes": lambda n, rng: [f"0{value}" for value in rng.integers(5, size=n)],
    "dates": lambda n, rng: [str(MOMENTS[value].date()) for value in rng.integers(400, size=n)],
    "moments": lambda n, rng: [MOMENTS[value].isoformat() for value in rng.integers(400, size=n)],
    "day first": lambda n, rng: [MOMENTS[value].strftime("%d/%m/%Y") for value in rng.integers(400, size=n)],
    "in words": lambda n, rng: [MOMENTS[value].strftime("%b %d, %Y %I:%M PM") for value in rng.integers(400, size=n)],
    "seldom": lambda n, rng: [str(value) if value > 5 else "" for value in rng.normal(size=n) * 3],
}
QUOTED = {"quoting": csv.QUOTE_ALL}
WAYS = {
    "commas": {},
    "semicolons": {"sep": ";"},
    "tabs": {"sep": "\t", "lineterminator": "\r\n"},
    "bars, no header": {"sep": "|", "header": False},
    "blanks": {"sep": " ", **QUOTED},
    "single quotes": {"quotechar": "'", **QUOTED},
    "an index": {"index": True},
}


def zipped(content):
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("table.csv", content)
        return stream.getvalue()


PACKED = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zip": zipped}


@pytest.mark.parametrize(("way", "suffix"), [*((way, "") for way in WAYS), *zip(WAYS, list(PACKED)[1:], strict=False)])
def test_any_table_in_pieces_is_what_it_is_whole(tmp_path, monkeypatch, way, suffix):
    rng = np.random.default_rng([list(PACKED).index(suffix), list(WAYS).index(way)])
    kinds, count = [KINDS[kind] for kind in rng.permutation(list(KINDS))], int(rng.integers(130, 250))
    frame = pd.DataFrame({f"c{place}": kind(count, rng) for place, kind in enumerate(kinds)})
    frame = frame.mask(rng.random(frame.shape) < 0.05, "NA")
    frame.insert(int(rng.integers(len(kinds))), "y", rng.choice(["p", "q"], count))
    text = frame.to_csv(None, **{"index": False, **WAYS[way]}).encode()
    path = tmp_path / f"table.csv{suffix}"
    path.write_bytes(PACKED[suffix](text))
    target = "y" if WAYS[way].get("header", True) else frame.columns.get_loc("y")
    file = CsvFile(path, separator="space" if way == "blanks" else None)
    dataset = prepare(file, target=target)
    whole = dataset.preprocessing.transform(read_features(file, dataset.preprocessing).values)
    parts = np.concatenate([part.x for part in (dataset.train, dataset.dev, dataset.test)])
    assert sorted(map(bytes, parts)) == sorted(map(bytes, whole))
    for cells in rng.integers(200, 2000, 2):
        monkeypatch.setattr("ikura.data.pieces.CELLS", int(cells))
        monkeypatch.setattr("ikura.data.compressed.BLOCK", int(rng.integers(1, 5000)))
        assert np.concatenate(list(InputStream(file, dataset.preprocessing))).tobytes() == whole.tobytes()


def with_row(row):
    return (HEADER + "".join(rows(50)) + row + "\n").encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "new.csv: the file is empty"),
        (HEADER.encode(), "there is a header but no row"),
        (with_row("1,2,Oslo,2020-01-01,True"), "line 52 has 5 cells and the first row 6"),
        (with_row("old,2,Oslo,2020-01-01,True,a"), r"column 'age', line 52: 'old' is not a number"),
        (with_row("1_0,2,Oslo,2020-01-01,True,a"), r"column 'age', line 52: '1_0' is not a number"),
        (with_row("inf,2,Oslo,2020-01-01,True,a"), r"column 'age', line 52: inf is not finite"),
        (with_row("1,2,Oslo,someday,True,a"), r"column 'when', line 52: 'someday' is not a date"),
        (with_row("1,2,Oslo,2020-01-01,True,a\xff").replace(b"\xc3\xbf", b"\xff"), "byte 0xff in line 52 is not UTF-8"),
        (with_row("1,2,Os\0lo,2020-01-01,True,a"), "there is a zero byte in line 52"),
        (with_row('1,2,"Oslo,2020-01-01,True,a'), "the row at line 52 cannot be read"),
        (b"age,big,city,when,kind\n1,2,Oslo,2020-01-01,a\n", "1 column of training not there: 'member'"),
    ],
)
def test_mistakes_are_told_with_their_line(folder, preprocessing, monkeypatch, content, said):
    monkeypatch.setattr("ikura.data.pieces.CELLS", 60)
    (folder / "new.csv").write_bytes(content)
    with pytest.raises(DataError, match=said) as caught:
        read(folder / "new.csv", preprocessing)
    assert "\n" not in str(caught.value)


def test_a_line_without_end_is_refused_before_it_fills_the_memory(preprocessing, monkeypatch, folder):
    monkeypatch.setattr("ikura.data.text.LONGEST_LINE", 1000)
    monkeypatch.setattr("ikura.data.compressed.BLOCK", 100)
    (folder / "long.csv").write_text(HEADER + "1" * 5000)
    with pytest.raises(DataError, match="line 2 has more than 1,000 signs"):
        read(folder / "long.csv", preprocessing)


def test_unknown_texts_are_counted(folder, preprocessing):
    (folder / "new.csv").write_text(HEADER + "1,2,Rome,2020-01-01,True,a\n" * 3 + "1,2,Lima,2020-01-01,False,a\n")
    stream = InputStream(str(folder / "new.csv"), preprocessing)
    assert len(np.concatenate(list(stream))) == 4
    assert stream.unknown() == ["'city': 3 values not in training, taken for none of its categories: 'Rome'"]
    assert stream.notes == ("the target was there and left out: 'kind'",)
