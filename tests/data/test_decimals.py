import numpy as np
import pytest

from ikura.data import InputStream, prepare
from ikura.data.numerals import parse
from ikura.errors import DataError

ROWS = [(i * 0.37 - 3, i * 1234.5, 1000 + i, i % 3) for i in range(40)]


def comma(number):
    return str(number).replace(".", ",")


def grouped(number):
    return f"{number:,.2f}".translate(str.maketrans(",.", ".,"))


def write(path, rows, separator=";", header="a;b;c;y"):
    lines = [header.replace(";", separator)] if header else []
    path.write_text("".join(separator.join(row) + "\n" for row in [[line] for line in lines] + rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_decimal_commas_are_those_of_the_same_table_with_points(tmp_path, separator):
    plain = write(tmp_path / "plain.csv", [[f"{a:g}", f"{b:.2f}", str(c), str(y)] for a, b, c, y in ROWS], separator)
    other = write(
        tmp_path / "comma.csv", [[comma(f"{a:g}"), grouped(b), str(c), str(y)] for a, b, c, y in ROWS], separator
    )
    read = prepare(other)
    np.testing.assert_array_equal(read.train.x, prepare(plain).train.x)
    assert "numbers were read with a decimal comma, in 2 columns" in read.notes


def test_a_file_without_a_header_whose_cells_all_have_commas(tmp_path):
    path = write(
        tmp_path / "a.csv", [[comma(f"{a:.2f}"), comma(f"{b:.1f}"), f"{y},0"] for a, b, _, y in ROWS], header=""
    )
    data = prepare(path, task="classification")
    assert data.preprocessing.names is None
    assert data.train.x.shape[1] == 2


def test_the_target_has_decimal_commas_too(tmp_path):
    path = write(tmp_path / "a.csv", [[str(c), comma(f"{b + 0.25:.2f}")] for _, b, c, _ in ROWS], header="c;price")
    data = prepare(path, task="regression")
    assert data.targets[0].mean == pytest.approx(
        np.mean([b + 0.25 for *_, b in [(a, b) for a, b, *_ in ROWS]]), rel=0.3
    )
    assert data.preprocessing.names == ("c",)


def test_ambiguous_columns_are_told_by_the_others(tmp_path):
    rows = [[f"{i},{500 + i}", f"{i}.{500 + i}", comma(i / 8 + 0.0625), str(i % 2)] for i in range(1, 41)]
    first, second, _ = prepare(write(tmp_path / "a.csv", rows)).preprocessing.columns
    assert first.mean < 100  # 1,501 is one and a half
    assert second.mean > 1000  # and 1.501 over a thousand
    alone = prepare(write(tmp_path / "b.csv", [[row[0], str(i), f"1{i % 7}", row[3]] for i, row in enumerate(rows)]))
    assert alone.preprocessing.columns[0].mean > 1000


def test_small_numbers_in_powers_of_ten(tmp_path):
    path = write(
        tmp_path / "a.csv", [[f"{i},5e-05", "1e-05" if i == 3 else f"0,{i + 1}", str(i), str(i % 2)] for i in range(40)]
    )
    assert prepare(path).preprocessing.columns[0].mean < 0.01
    assert parse("1,5e-05", "1000,5") == 1.5e-05


def test_predicting_reads_in_the_same_way(tmp_path):
    rows = [[comma(f"{a:g}"), comma(b), str(c), str(y)] for a, b, c, y in ROWS]
    preprocessing = prepare(write(tmp_path / "a.csv", rows)).preprocessing
    again = type(preprocessing).from_json(preprocessing.to_json())
    x = np.concatenate(list(InputStream(write(tmp_path / "new.csv", rows[:3]), again)))
    assert x[1, 0] - x[0, 0] == pytest.approx(0.37 / preprocessing.columns[0].scale, rel=1e-4)
    with pytest.raises(DataError, match=r"'1\.234' is not a number, such as 1000,5"):
        list(InputStream(write(tmp_path / "points.csv", [["1.234", "1,5", "3", "0"]]), again))


def test_lists_in_a_table_of_commas_stay_text(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b,y\n" + "".join(f'"{i % 3},{i % 2}",{i},{i % 2}\n' for i in range(40)))
    assert not any("read with a decimal comma" in note for note in prepare(path).notes)


def test_truth_values_with_gaps_stand_beside_decimal_commas(tmp_path):
    rows = "".join(f"{row},5;{('True', 'False', '')[row % 3]};{'pq'[row % 2]}\n" for row in range(60))
    (tmp_path / "table.csv").write_text("a;b;y\n" + rows)
    dataset = prepare(tmp_path / "table.csv")
    assert dataset.train.x.shape[1] >= 2
    assert "numbers were read with a decimal comma, in 1 column" in dataset.notes
