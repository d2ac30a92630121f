import sys

import numpy as np
import pandas as pd
import pytest

from ikura.data import CsvFile, load, prepare, read_features
from ikura.errors import DataError

FRAME = pd.DataFrame(
    {
        "x": np.arange(30) * 1.5,
        "day": pd.date_range("2026-01-01", periods=30),
        "city": ["Oslo", "Lima", None] * 10,
        "y": [0, 1] * 15,
    }
)


def test_a_workbook_is_read_as_the_frame_that_it_holds(tmp_path):
    FRAME.to_excel(tmp_path / "t.xlsx", index=False)
    dataset = prepare(tmp_path / "t.xlsx")
    assert dataset.fingerprint == prepare(FRAME).fingerprint
    features = read_features(tmp_path / "t.xlsx", dataset.preprocessing)
    np.testing.assert_array_equal(
        dataset.preprocessing.transform(features.values), dataset.preprocessing.transform(FRAME)
    )
    FRAME.to_excel(tmp_path / "index.xlsx")
    assert load(tmp_path / "index.xlsx").naming.names == ("x", "day", "city")


def test_the_first_sheet_is_read_and_lines_are_those_of_the_sheet(tmp_path):
    with pd.ExcelWriter(tmp_path / "t.xlsx") as book:
        FRAME.assign(x=[np.inf if row == 3 else row for row in range(30)]).astype({"x": str}).to_excel(
            book, sheet_name="people", index=False, startrow=2
        )
        FRAME.to_excel(book, sheet_name="more")
    with pytest.raises(DataError, match="column 'x', line 7: inf is not finite"):
        load(tmp_path / "t.xlsx")
    with pd.ExcelWriter(tmp_path / "t.xlsx") as book:
        FRAME.to_excel(book, sheet_name="people", index=False)
        FRAME.to_excel(book, sheet_name="more")
    assert load(tmp_path / "t.xlsx").notes == ("the first of 2 sheets was read: 'people'",)


def test_the_header_may_be_said(tmp_path):
    FRAME.to_excel(tmp_path / "t.xlsx", index=False, header=False)
    assert load(tmp_path / "t.xlsx").naming.names is None
    assert load(CsvFile(tmp_path / "t.xlsx", header=False), target=3).naming.names is None


def test_an_empty_sheet_and_a_damaged_file_are_refused(tmp_path):
    pd.DataFrame().to_excel(tmp_path / "t.xlsx", index=False)
    with pytest.raises(DataError, match="its first sheet is empty"):
        load(tmp_path / "t.xlsx")
    FRAME.head(0).to_excel(tmp_path / "t.xlsx", index=False)
    with pytest.raises(DataError, match="there is a header but no row"):
        load(tmp_path / "t.xlsx")
    whole = (tmp_path / "t.xlsx").read_bytes()
    for content in (b"", b"PK\x03\x04", whole[: len(whole) // 2]):
        (tmp_path / "t.xlsx").write_bytes(content)
        with pytest.raises(DataError, match=r"it is no whole Excel file \(") as caught:
            load(tmp_path / "t.xlsx")
        assert "\n" not in str(caught.value)


def test_without_openpyxl_the_install_line_is_named(tmp_path, monkeypatch):
    FRAME.to_excel(tmp_path / "t.xlsx", index=False)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(DataError, match=r"openpyxl is not installed.* python -m pip install 'ikura\[excel\]'"):
        load(tmp_path / "t.xlsx")
