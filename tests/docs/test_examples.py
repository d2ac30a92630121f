"""The documentation's examples run: the Python of each page in order, and its `$ ikura` commands."""

import os
import re
import shlex
from pathlib import Path

import pytest

from tests.processes import ikura

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page, language):
    text = page.read_text(encoding="utf-8")
    found = BLOCK.finditer(text)
    return [(text[: m.start()].count("\n") + 2, m[2]) for m in found if m[1] == language]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_python(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    for line, code in blocks(page, "python"):
        exec(compile("\n" * (line - 1) + code, page, "exec"), namespace)  # the traceback names the page's line


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "console")], ids=lambda page: page.name)
def test_console(page, tmp_path):
    commands = [
        line.removeprefix("$ ")
        for _, text in blocks(page, "console")
        for line in text.splitlines()
        if line.startswith("$ ikura ")
    ]
    assert commands
    for command in commands:
        _, *arguments = shlex.split(command)
        done = ikura(arguments, folder=tmp_path, environment=os.environ)
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_readme_fits_one_screen():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 60
