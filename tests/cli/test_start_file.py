"""Files of configurations to begin with."""

import json

import pytest

from ikura.cli.start_file import read_start
from ikura.errors import SettingError


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("s.json", '[{"x": 1}, {"x": 0.5, "y": "a"}]'),
        ("s.toml", '[[start]]\nx = 1\n[[start]]\nx = 0.5\ny = "a"\n'),
        ("s", '{"start": [{"x": 1}, {"x": 0.5, "y": "a"}]}'),
    ],
)
def test_configurations_come_back(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    assert read_start(tmp_path / name) == [{"x": 1}, {"x": 0.5, "y": "a"}]


@pytest.mark.parametrize(
    "document",
    [
        {"x": 1},
        {"study": "s", "best": {"number": 3, "config": {"x": 1}}},
        {"study": "s", "outcome": {"best": {"number": 3, "config": {"x": 1}}}, "trials": []},
    ],
)
def test_one_alone_or_the_best_of_what_is_printed_comes_back(document, tmp_path):
    (tmp_path / "s.json").write_text(json.dumps(document))
    assert read_start(tmp_path / "s.json") == [{"x": 1}]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("s.json", b'[{"x": 1}', "is no JSON"),
        ("s.toml", b"x = ", "is no TOML"),
        ("s.json", b"[" * 100_000, "is nested too deeply"),
        ("s.json", b"\xff", "byte 0 is not UTF-8"),
        ("s.json", b"[]", "holds no configurations"),
        ("s.json", b"[1]", "holds no configurations"),
        ("s.json", b'{"study": "s", "outcome": null, "trials": [], "start": null}', "holds no configurations"),
    ],
)
def test_a_file_of_something_else_is_told_of(name, content, message, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingError, match=f"^start: .*{message}"):
        read_start(tmp_path / name)


def test_a_file_that_cannot_be_read_is_told_of(tmp_path):
    for path, message in ((tmp_path / "none.json", "No such file"), (tmp_path, "is a folder")):
        with pytest.raises(SettingError, match=message):
            read_start(path)
