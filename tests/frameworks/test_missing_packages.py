"""A framework that is not installed gets a line that says how to install it."""

import sys
from importlib import import_module

import pytest

from ikura.errors import SettingError


@pytest.mark.parametrize(
    ("framework", "command"),
    [
        ("keras", "pip install keras"),
        ("lightning", "pip install lightning"),
        ("transformers", r"pip install 'transformers\[torch\]'"),
    ],
)
def test_the_command_is_named(framework, command, monkeypatch):
    for package in (framework, "lightning.pytorch", "pytorch_lightning"):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"ikura.frameworks.{framework}", raising=False)
    with pytest.raises(SettingError, match=f"ikura.frameworks.{framework}: .*{framework} is not installed.*{command}"):
        import_module(f"ikura.frameworks.{framework}")
