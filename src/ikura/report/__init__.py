"""History into facts, facts into pictures, pictures into one HTML page."""

from ikura.report.page import render

__all__ = ["render"]
