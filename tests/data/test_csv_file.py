import numpy as np
import pytest

from ikura.data import CsvFile, load, prepare, read_features
from ikura.errors import DataError, SettingError

ROWS = [(f"{row}.5", f"{row % 7}.25", row % 2) for row in range(30)]


def text(separator, header=""):
    return header + "".join(separator.join(map(str, row)) + "\n" for row in ROWS)


@pytest.fixture
def write(tmp_path):
    def write(content, name="table.csv"):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path / name

    return write


@pytest.mark.parametrize(
    ("header", "names", "note"),
    [
        ("2019,2020,y\n", ("2019", "2020"), "the first row holds numbers and was read as a header; --no-header"),
        ("7,12,y\n", ("7", "12"), "the first row holds numbers and was read as a header; --no-header"),
        ("0,1,2\n", ("0", "1"), "the first row counts 0, 1, 2... and was read as a header"),
        ("2019,2020,2021\n", None, "the first row holds years and was read as data; --header"),
        ("7,12,1\n", None, None),
        ("7.5,12,y\n", None, None),
        ("7,7,y\n", None, None),
    ],
)
def test_headers_of_numbers(write, header, names, note):
    path = write(text(",", header))
    if names is None and header.endswith("y\n"):
        with pytest.raises(DataError):
            prepare(path)
        return
    table = load(path)
    assert table.naming.names == names
    assert note is None or table.notes[0].startswith(note)


def test_a_header_of_years_above_text_labels(write):
    rows = text(",").replace(",0\n", ",no\n").replace(",1\n", ",yes\n")
    assert load(write("2019,2020,member\n" + rows)).naming.names == ("2019", "2020")
    assert load(write("2019,2020,no\n" + rows)).naming.names is None


def test_what_cannot_be_seen_can_be_said(write):
    path = write(text(",", "2019,2020,2021\n"))
    assert load(CsvFile(path, header=True)).naming.names == ("2019", "2020")
    path = write(text(",", "x,z,y\n"))
    with pytest.raises(DataError, match="class 'y' has 1 example"):
        prepare(CsvFile(path, header=False))
    path = write(text(":"))
    with pytest.raises(DataError, match=r"there is 1 column; .*, or name their sign by --separator"):
        load(path)
    assert load(CsvFile(path, separator=":")).columns[0].values[1] == 1.5
    dataset = prepare(CsvFile(path, header=False, separator=":"))
    features = read_features(CsvFile(path, separator=":"), dataset.preprocessing)
    first = dataset.preprocessing.transform(features.values)[0]
    np.testing.assert_array_equal(first, dataset.preprocessing.transform(np.array([[0.5, 0.25]]))[0])
    assert load(CsvFile(write(text("\t")), separator="tab")).targets[0].classes == (0, 1)


@pytest.mark.parametrize("separator", ["", "ab", "a", "1", '"', "'", "\n", 3])
def test_a_separator_that_is_none_is_refused(separator):
    with pytest.raises(SettingError, match=r"separator: .* is given; it must be one sign that is no letter"):
        CsvFile("table.csv", separator=separator)
    with pytest.raises(SettingError, match="header: 'no' is given; it must be True or False"):
        CsvFile("table.csv", header="no")


def test_what_no_file_of_its_kind_has_is_refused(tmp_path):
    np.savez(tmp_path / "x.npz", x=np.zeros((3, 2)), y=[0, 1, 0])
    with pytest.raises(SettingError, match=r"header or separator: it is given for .*x\.npz; only text has one"):
        load(CsvFile(tmp_path / "x.npz", header=True))
    with pytest.raises(SettingError, match="header or separator: it is given for iris; only text has one"):
        load(CsvFile("iris", header=True))


@pytest.mark.parametrize(
    "content",
    [
        text(" ", "x z y\n"),
        text("   ", "  x    z  y\n"),
        '"x" "z" "y"\n' + "".join(f'"{row + 1}" {a} {b} {c}\n' for row, (a, b, c) in enumerate(ROWS)),
        text(" ", "x z y\n").replace("\n", "\r\n"),
    ],
    ids=["single", "aligned", "R", "Windows"],
)
def test_tables_separated_by_blanks(write, content):
    table = load(write(content, "table.txt"))
    assert table.naming.names == ("x", "z")
    assert [column.values[3] for column in table.columns] == [3.5, 3.25]


def test_single_quotes(write):
    quoted = "".join(f"{a},'{b}, it''s','{'no' if c else 'yes'}'\n" for a, b, c in ROWS)
    table = load(write("x,'the z',y\n" + quoted))
    assert table.naming.names == ("x", "the z")
    assert table.columns[1].values[0] == "0.25, it's"
    assert table.targets[0].classes == ("no", "yes")
    apostrophes = load(write("x,z,y\n1,'tis,a\n2,it's,b\n3,'tis,a\n"))
    assert apostrophes.columns[1].values.tolist() == ["'tis", "it's", "'tis"]


@pytest.mark.parametrize("header", ["x,z,y,\n", "x,z,y\n", "x,z,y,,\n", ""])
def test_empty_columns_at_the_end_are_left_out(write, header):
    cells = header.count(",") if header.endswith(",\n") else 3
    end = "," * (cells - 2)
    table = load(write(header + text(",").replace("\n", f"{end}\n")))
    assert table.naming.names == (("x", "z") if header else None)
    assert table.targets[0].classes == (0, 1)
    assert table.notes[0].endswith("at the end left out")


def test_a_named_column_without_values_is_kept_and_refused(write):
    with pytest.raises(DataError, match="column 'y' is missing in 30 of 30 rows"):
        load(write("x,z,y\n" + "".join(f"{a},{b},\n" for a, b, _ in ROWS)))


@pytest.mark.parametrize(("separator", "quote"), [(" ", '"'), (" ", "'"), ("\t", '"'), (";", '"')])
@pytest.mark.parametrize("header", ["", "x{0}note{0}y\n"])
def test_what_stands_in_quotes_separates_nothing(write, separator, quote, header):
    rows = [f"{row}.5{separator}{quote}Lima, {row % 3}, Peru{quote}{separator}{row % 2}\n" for row in range(12)]
    table = load(write(header.format(separator) + "".join(rows)))
    assert table.naming.names == (("x", "note") if header else None)
    assert table.columns[0].values.tolist() == [row + 0.5 for row in range(12)]
    assert sorted(set(table.columns[1].values.tolist())) == ["Lima, 0, Peru", "Lima, 1, Peru", "Lima, 2, Peru"]


def test_an_apostrophe_opens_no_cell(write):
    table = load(write("".join(f"{row}.5, 'twas, the boys'{row}, {row % 2}\n" for row in range(12))))
    assert len(table.columns) == 3
