"""The live block: a bar and two lines that keep their places."""

import time
from collections.abc import Callable

from rich.console import Console, ConsoleOptions, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ikura.cli import phrases
from ikura.cli.standing import Standing
from ikura.cli.theme import QUIET, ROE
from ikura.cli.wording import clock, roughly

WIDEST = 100
LABEL = 13
NARROWEST_BAR = 8


class Block:
    """Draws where the run stands at the moment of drawing."""

    def __init__(self, standing: Callable[[], Standing]) -> None:
        self._standing = standing

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Three lines, whatever the width."""
        standing, now = self._standing(), time.monotonic()
        width = min(options.max_width, WIDEST)
        label, done, total = _bar(standing)
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(width=LABEL, no_wrap=True)
        grid.add_column(width=max(width - LABEL - 2, 1), no_wrap=True)
        grid.add_row(Text(label, style="bold"), _counted(done, total, width - LABEL - 2))
        grid.add_row("", Text(_measured(standing)))
        grid.add_row("", Text(_timed(standing, now), style=QUIET))
        yield grid


def _bar(standing: Standing) -> tuple[str, int, int]:
    """The label, how much is done, and of how much."""
    if standing.finals_total:
        return "finals", standing.finals_done, standing.finals_total
    if standing.phase == "opening":
        return "starting", 0, 0
    return phrases.place_in_search(standing), standing.done, standing.total


def _counted(done: int, total: int, width: int) -> Table:
    """A bar and the count at its right."""
    counted = f"{done:>{len(str(total))}} of {total}" if total else ""
    room = width - len(counted) - 2
    line = Table.grid(padding=(0, 2, 0, 0))
    if room >= NARROWEST_BAR:
        line.add_column(width=room)
        line.add_column(no_wrap=True)
        bar = ProgressBar(
            total=total or 1, completed=done, width=room, style=QUIET, complete_style=ROE, finished_style=ROE
        )
        line.add_row(bar, Text(counted))
    else:
        line.add_row(Text(counted))
    return line


def _measured(standing: Standing) -> str:
    if standing.phase == "opening":
        return f"{standing.opening} ..."
    if standing.phase == "search":
        return _joined(phrases.best_so_far(standing) + phrases.pace(standing))
    return phrases.PHASES.get(standing.phase, "")


def _timed(standing: Standing, now: float) -> str:
    left = standing.seconds_left(now)
    if standing.stopping:
        return _joined([clock(now - standing.began), phrases.STOPPING])
    return _joined([clock(now - standing.began), *([] if left is None else [roughly(left)]), *phrases.losses(standing)])


def _joined(parts: list[str]) -> str:
    return "  ·  ".join(parts)
