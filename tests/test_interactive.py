"""What Python's users see while a study runs, and of its result."""

import sys
from pathlib import Path

import pytest

import ikura
from ikura import interactive

SPACE = ikura.Space(rate=ikura.Float(1e-4, 1.0, scale="log"))
CELL = """
import ikura
space = ikura.Space(rate=ikura.Float(1e-4, 1.0, scale="log"))
ikura.tune("tests.study.code:bowl", space=space, trials=3, workers=1, name="<s>", store={store!r})
"""


def test_a_notebook_shows_progress_and_the_result(tmp_path: Path, monkeypatch) -> None:
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    cell = nbformat.v4.new_code_cell(CELL.format(store=str(tmp_path / "s.db")))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(Path.cwd())}}).execute()
    progress, result = cell.outputs
    assert "&lt;s&gt;  ·  complete  ·  3 of 3 epochs" in progress["data"]["text/html"]
    assert 'value="3" max="3"' in progress["data"]["text/html"]
    assert "<s>  ·  complete" in progress["data"]["text/plain"]
    assert "<b>&lt;s&gt;</b>: best of 3 trials" in result["data"]["text/html"]
    assert "<th>rate</th>" in result["data"]["text/html"]


def _tune(tmp_path: Path, name: str, **options: object) -> None:
    ikura.tune("tests.study.code:bowl", space=SPACE, trials=2, workers=1, name=name, store=tmp_path / "s.db", **options)


def test_a_terminal_shows_progress_unless_it_is_told_not_to(tmp_path: Path, capsys, monkeypatch) -> None:
    _tune(tmp_path, "piped")
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    _tune(tmp_path, "silent", watch=None)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    _tune(tmp_path, "seen")
    out, err = capsys.readouterr()
    assert out == ""
    assert "seen: 2 trials of 1 epoch" in err


def test_nobody_is_shown_anything_where_standard_error_is_closed(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert interactive.display_of("reading") is None
