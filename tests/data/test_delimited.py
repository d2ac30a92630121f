import numpy as np
import pytest

from ikura.data import load, prepare
from ikura.data.csv_file import CsvFile
from ikura.data.delimited import read_delimited
from ikura.errors import DataError

ROWS = "1.5,2,a\n2.5,3,b\n3.5,5,a\n4.5,7,b\n"


@pytest.fixture
def write(tmp_path):
    def write(content, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def matrix(table):
    return np.column_stack([column.values for column in table.columns])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x,z,y\n" + ROWS, ("x", "z", "y")),
        (ROWS, None),
        ("1,2,3\n4,5,6\n7,9,8\n", None),
        ("1,?,3\n4,5,6\n", None),
        ("?,x,5\n1,a,6\n2,b,7\n", None),
        ("0,1,2\n4.5,5,6\n7,9,8\n", ("0", "1", "2")),
        ("label,0,1,2\n4,5.5,6,0\n7,9,8,1\n", ("label", "0", "1", "2")),
        ("size,colour\n,red\n3,green\n", ("size", "colour")),
        ("p,x,s\nx,p,s\np,x,s\n", None),
        ("cap,gill,stalk\nx,p,s\np,x,s\n", ("cap", "gill", "stalk")),
        ("1,2,a\n", None),
        (" x , z , y\n" + ROWS, ("x", "z", "y")),
        ("x,,y\n" + ROWS, ("x", "Unnamed: 1", "y")),
    ],
)
def test_the_header_is_recognised(write, text, names):
    table = read_delimited(CsvFile(write(text)))
    assert table.names == names
    assert len(table.lines) == len(text.splitlines()) - (names is not None)


def test_a_guessed_header_is_said(write):
    path = write("cap,gill\n" + "x,p\nz,q\n" * 4)
    assert prepare(path).notes[0] == "no column of numbers tells: the first row was read as a header"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", ["", "x,z,y\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_separators_newlines_and_byte_order_marks(write, separator, header, newline, bom):
    path = write(bom + (header + ROWS).replace(",", separator).replace("\n", newline))
    table = load(path)
    np.testing.assert_array_equal(matrix(table), [[1.5, 2], [2.5, 3], [3.5, 5], [4.5, 7]])
    assert table.targets[0].classes == ("a", "b")
    assert table.naming.names == (("x", "z") if header else None)


def test_tsv(write):
    assert load(write(ROWS.replace(",", "\t"), "table.TSV")).targets[0].classes == ("a", "b")


def test_quoted_separators_newlines_and_unicode(write):
    rows = '"Zürich, Süd",1,"ja\n""doch"""\n"Ōsaka",2,nein\n"Zürich, Süd",3,nein\n'
    table = load(write("Stadt,größe,y\n" + rows))
    assert table.columns[0].values.tolist() == ["Zürich, Süd", "Ōsaka", "Zürich, Süd"]
    assert table.targets[0].classes == ('ja\n"doch"', "nein")
    assert table.naming.names == ("Stadt", "größe")


def test_rows_are_called_by_their_line_in_spite_of_blank_lines_and_newlines_in_cells(write):
    path = write('x,z,y\n\n1,"a\nb",0\n\n   \n2,c,1\ninf,d,0\n')
    with pytest.raises(DataError, match=r"column 'x', line 8: inf is not finite in float32"):
        load(path)


def test_numbers_are_read_to_the_last_digit(write):
    values = np.random.default_rng(0).normal(size=200)
    text = "".join(f"{value!r},{number % 2}\n" for number, value in enumerate(values.tolist()))
    np.testing.assert_allclose(load(write(text)).columns[0].values, values, rtol=1e-14)


@pytest.mark.parametrize("marker", ["", "?", "NA", "n/a", "NaN", "null"])
def test_cells_without_a_value(write, marker):
    table = load(write(f"x,z,y\n1,a,0\n{marker},{marker},1\n3,b,0\n"))
    np.testing.assert_array_equal(table.columns[0].values, [1, np.nan, 3])
    assert table.columns[1].values.tolist() == ["a", None, "b"]


def test_labels_keep_leading_zeros(write):
    assert load(write("1.5,01\n2.5,02\n3,01\n")).targets[0].classes == ("01", "02")


@pytest.mark.parametrize("text", ["Unnamed: 0,x,y\n", ",x,y\n"])
def test_the_row_numbers_that_pandas_writes_are_left_out(write, text):
    path = write(text + "".join(f"{row},{row * 0.5},{row % 2}\n" for row in range(10)))
    table = load(path)
    assert table.naming.names == ("x",)
    assert table.notes == ("the unnamed first column only counts the rows, and was left out",)
    table = load(write(text + "3.5,0.5,0\n1,0.7,1\n2,0.9,0\n"))
    assert table.notes == ("the unnamed first column is an index, and was left out: give it a name to learn from it",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty; it must hold a table"),
        ("\n \n", "the file is empty"),
        ("\ufeff", "the file is empty"),
        ("x,z,y\n", "there is a header but no row"),
        ("x,z,y\n1,2,3\n4,5\n6,7,8\n", "line 3 has 2 cells and the first row 3; all rows must have as many"),
        ("1,2,3\n\n4,5,6,7\n6,7,8\n", "line 3 has 4 cells and the first row 3"),
        ("x,y,x\n1,2,3\n4,5,6\n", r"columns 0, 2 \(counted from 0\) are all named 'x'; each column needs its own"),
        (b"x,y\n1,2\n3,\xff\n", "byte 0xff in line 3 is not UTF-8"),
        ("x,y\n1,2\n".encode("utf-16"), "byte 0xff in line 1 is not UTF-8"),
        (b"x,y\n1,2\n\x00\x01\x02", "zero byte in line 3, so that this is no text"),
        ('x,y\n1,"2\n3,4\n', "the row at line 2 cannot be read: unexpected end of data; quotes must be closed"),
        ('x,y\n1,"2"2\n3,4\n', "the row at line 2 cannot be read"),
        ("x\n1\n2\n", "there is 1 column; a table needs features and the target"),
        ('x,y\n1,2\n""\n3,4\n', "it has 2 rows from line 2 on, but 3 could be read"),
        ("x,y\n1,0\n2,\n3,1\n4,?\n", "column 'y' is missing in 2 of 4 rows, first in line 3; every example needs"),
        ("x,z,y\n1,,0\n2,,1\n3,,1\n", "column 'z' has no value in any of 3 rows; a feature must hold something"),
        ("x,z,y\n1,2,0\n2,-inf,1\n3,3,1\n", "column 'z', line 3: -inf is not finite in float32; every number must be"),
        ("1,2,0\n2,1e39,1\n3,3,1\n", r"column 1 \(counted from 0\), line 2: 1e\+39 is not finite in float32"),
        ("x,y\n1,0\n2,0\n", "column 'y' has one class, 0, in all 2 rows"),
    ],
)
def test_a_bad_file_gets_one_clear_line(write, content, message):
    path = write(content)
    with pytest.raises(DataError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("target", "expected"), [("z", 1), (1, 1), (-2, 1), ("1", 1), ("-2", 1), (None, 2)])
def test_the_target_goes_by_name_or_position(write, target, expected):
    table = load(write("x,z,y\n1.5,0,10\n2.5,1,11\n3.5,0,10\n"), target=target)
    assert table.target_indices == (expected,)
    assert table.targets[0].classes == ((0, 1) if expected == 1 else (10, 11))
    assert table.naming.names == (("x", "y") if expected == 1 else ("x", "z"))


@pytest.mark.parametrize(
    ("text", "target", "message"),
    [
        (
            "age,income,class\n1,2,0\n3,4,1\n",
            "clas",
            "there is no column 'clas'; the columns are 'age', 'income', 'class': did you mean 'class'.$",
        ),
        ("age,income,class\n1,2,0\n3,4,1\n", "AGE", "there is no column 'AGE'; .*: did you mean 'age'.$"),
        ("1,2,0\n3,4,1\n", "class", "there is no column 'class'; there is no header: give a position from 0 to 2"),
        (
            "1,2,0\n3,4,1\n",
            3,
            "target 3 is outside the 3 columns; positions go from 0 to 2, or backwards from -1 to -3",
        ),
        ("1,2,0\n3,4,1\n", "-4", "target -4 is outside the 3 columns"),
    ],
)
def test_an_unknown_target_is_refused(write, text, target, message):
    with pytest.raises(DataError, match=message):
        load(write(text), target=target)
