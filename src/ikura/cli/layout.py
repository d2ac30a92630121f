"""How text stands in a terminal of any width, and in a pipe."""

import re
import sys
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ikura.cli.theme import QUIET

PIPE_WIDTH = 10_000
"""Nothing is wrapped or cut on its way to another program."""


def stdout_console() -> Console:
    """Return standard output."""
    return _console(stderr=False)


def stderr_console() -> Console:
    """Return standard error: for progress, notes and mistakes, so that pipes carry answers only."""
    return _console(stderr=True)


def show(console: Console, renderables: Iterable[RenderableType]) -> None:
    """Print one below the other."""
    with console.capture() as captured:
        for renderable in renderables:
            # Rich joins texts into a new one, which would forget that this one is not to be broken.
            whole = isinstance(renderable, Text) and bool(renderable.no_wrap)
            console.print(renderable, crop=False, soft_wrap=whole)
    text = captured.get()
    # Tables are filled up with spaces to their width, which only a terminal can hide.
    console.file.write(text if console.is_terminal else re.sub(" +$", "", text, flags=re.MULTILINE))
    console.file.flush()


def unbroken(text: str) -> Text:
    """Return a line that the terminal may wrap, but that can be copied in one piece."""
    return Text(text, no_wrap=True, overflow="ignore")


def lined_up(rows: Sequence[Sequence[str | Text]]) -> RenderableType:
    """Return rows with cells one below the other, a little to the right; long last cells go on in their column."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for index in range(len(rows[0])):
        grid.add_column(overflow="fold", no_wrap=index < len(rows[0]) - 1)
    for row in rows:
        grid.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    return Padding(grid, (0, 0, 0, 2), expand=False)


def listed(headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> Table:
    """Return a table without lines; what is too long for the terminal ends with an ellipsis, the first column never."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=QUIET, expand=True)
    for place, heading in enumerate(headings):
        table.add_column(
            heading,
            min_width=None if place else max(cell_len(row[0]) for row in rows),
            no_wrap=True,
            overflow="ellipsis",
            justify="right" if heading in right else "left",
            ratio=1 if heading == headings[-1] else None,
        )
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _console(*, stderr: bool) -> Console:
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, width=None if terminal else PIPE_WIDTH, highlight=False, markup=False, emoji=False)
