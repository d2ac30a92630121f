import bz2
import gzip
import io
import lzma
import zipfile

import numpy as np
import pytest

from ikura.data import InputStream, load, prepare
from ikura.errors import DataError

CSV = ("x,y\n" + "".join(f"{row}.5,{row % 2}\n" for row in range(12))).encode()


def zipped(content, names=("inside.csv",)):
    def write(path):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, content)

    return write


WRITERS = {
    ".gz": lambda content: lambda path: path.write_bytes(gzip.compress(content)),
    ".bz2": lambda content: lambda path: path.write_bytes(bz2.compress(content)),
    ".xz": lambda content: lambda path: path.write_bytes(lzma.compress(content)),
    ".zip": zipped,
}


@pytest.mark.parametrize("suffix", WRITERS)
def test_packed_text_is_read(suffix, tmp_path):
    for name in (f"t.csv{suffix}", f"t.TSV{suffix.upper()}"):
        WRITERS[suffix](CSV)(tmp_path / name)
        assert load(tmp_path / name).naming.names == ("x",)


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("content", [b"", b"x,y\n1,2\n", "cut"])
def test_a_damaged_file_is_refused(suffix, content, tmp_path):
    path = tmp_path / f"t.csv{suffix}"
    WRITERS[suffix](CSV)(path)
    path.write_bytes(path.read_bytes()[:-20] if content == "cut" else content)
    with pytest.raises(DataError, match=r"it is no whole \.\w+ file|the file is empty") as caught:
        load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".gz", ".zip"])
def test_a_bomb_is_refused(suffix, tmp_path, monkeypatch):
    monkeypatch.setattr("ikura.data.limits.ALWAYS", 1 << 20)
    known = prepare((np.zeros((12, 1)) + np.arange(12)[:, None], [0, 1] * 6)).preprocessing
    WRITERS[suffix](b"x\n" + b"\n" * (3 << 20))(tmp_path / f"t.csv{suffix}")
    for way in (load, lambda path: list(InputStream(path, known))):
        with pytest.raises(DataError, match=r"bytes unpack to [\d,]+; a file may unpack to 200 times its size"):
            way(tmp_path / f"t.csv{suffix}")


def test_a_bomb_on_standard_input_is_refused(monkeypatch):
    monkeypatch.setattr("ikura.data.limits.ALWAYS", 1 << 20)
    known = prepare((np.zeros((12, 1)) + np.arange(12)[:, None], [0, 1] * 6)).preprocessing
    packed = gzip.compress(b"x\n" + b"\n" * (3 << 20))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(packed))))
    with pytest.raises(DataError, match=r"standard input: its [\d,]+ bytes unpack to [\d,]+; a file may"):
        list(InputStream("-", known))


@pytest.mark.parametrize("names", [(), ("a.csv", "b.csv")])
def test_an_archive_of_another_number_of_files_is_refused(names, tmp_path):
    zipped(CSV, names)(tmp_path / "t.csv.zip")
    with pytest.raises(DataError, match=f"it holds {len(names)} files; a packed table must be one"):
        load(tmp_path / "t.csv.zip")
    zipped(CSV, ("t.csv", "__MACOSX/t.csv"))(tmp_path / "t.csv.zip")
    assert load(tmp_path / "t.csv.zip").targets[0].classes == (0, 1)
