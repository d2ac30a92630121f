"""`ikura.tune` and `ikura.resume` as Python's users call them: they show how they go, where somebody looks."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from ikura import study
from ikura.cli.layout import stderr_console
from ikura.cli.notebook import Notebook
from ikura.cli.progress import Moving, Progress
from ikura.study import Result

P = ParamSpec("P")


def showing(function: Callable[P, Result], opening: str) -> Callable[P, Result]:
    """Have a function show its progress in a terminal or a notebook, unless it is given a `watch`, or None for it."""

    @wraps(function)
    def shown(*arguments: P.args, **named: P.kwargs) -> Result:
        if "watch" in named or (display := display_of(opening)) is None:
            return function(*arguments, **named)
        named["watch"] = display
        with display:
            return function(*arguments, **named)

    return shown


def display_of(opening: str) -> Progress | None:
    """Return the display that suits where this process runs; None where nobody looks."""
    if in_notebook():
        return Notebook(opening)
    console = stderr_console() if sys.stderr is not None else None
    if console is not None and console.is_terminal and not console.is_dumb_terminal:
        return Moving(opening, console)
    return None


def in_notebook() -> bool:
    """Return whether this process is a kernel of Jupyter's."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")


tune = showing(study.tune, "reading the data")
resume = showing(study.resume, "reading what is known of the study")
