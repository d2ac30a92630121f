"""The documentation's examples run: the Python of each page in order, and its `$ ikura` commands."""

import os
import re
import shlex
from pathlib import Path

import pytest

from tests.processes import ikura

os.environ.setdefault("KERAS_BACKEND", "jax")

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^```\w+ ([\w.]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A block that is a file, which commands of the page use."""


def blocks(page, language):
    text = page.read_text(encoding="utf-8")
    found = BLOCK.finditer(text)
    return [(text[: m.start()].count("\n") + 2, m[2]) for m in found if m[1] == language]


# What Keras, Lightning and Transformers say of themselves and their packages.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn.t accept a copy:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*does not have many workers")
@pytest.mark.filterwarnings("ignore:.*LeafSpec.* is deprecated:FutureWarning")
@pytest.mark.filterwarnings("ignore:.*pin_memory.*no accelerator")
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
    for name, content in FILE.findall(page.read_text(encoding="utf-8")):
        (tmp_path / name).write_text(content, encoding="utf-8")
    for command in commands:
        _, *arguments = shlex.split(command)
        done = ikura(arguments, folder=tmp_path, environment=os.environ)
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_readme_fits_one_screen():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 60


def test_the_helpers_example_runs(tmp_path):
    done = ikura(["helper"], folder=tmp_path, environment=os.environ)
    (tmp_path / "ikura_trial.py").write_text(done.stdout)
    files = dict(FILE.findall((ROOT / "docs" / "programs.md").read_text(encoding="utf-8")))
    (tmp_path / "own.py").write_text(files["own.py"])
    (tmp_path / "space.toml").write_text(files["space.toml"])
    words = ["check-program", "python own.py", "--space", "space.toml", "--epochs", "3"]
    done = ikura(words, folder=tmp_path, environment=os.environ)
    assert done.returncode == 0, done.stderr
    assert "3 epochs" in done.stdout
