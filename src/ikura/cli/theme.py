"""Colours in the terminal; with NO_COLOR set, Rich leaves them out."""

ROE = "#e8501f"
QUIET = "bright_black"
