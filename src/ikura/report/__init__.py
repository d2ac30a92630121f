"""History into facts, facts into pictures, pictures into one HTML page."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ikura.report.page import render

__all__ = ["render"]


def __getattr__(name: str) -> Any:
    # Drawing takes a second to import; the words of this room are wanted without it.
    if name != "render":
        raise AttributeError(f"module 'ikura.report' has no attribute {name!r}")
    return import_module("ikura.report.page").render
