"""The live block: a bar and two lines that keep their places."""

import time
from collections.abc import Callable

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ikura.cli import phrases
from ikura.cli.standing import Standing
from ikura.cli.theme import QUIET, ROE
from ikura.cli.wording import clock, roughly

WIDEST = 100
LABEL = 13
GAP = 2
NARROWEST_BAR = 8


class Block:
    """Draws where the run stands at the moment of drawing."""

    def __init__(self, standing: Callable[[], Standing]) -> None:
        self._standing = standing

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Three lines, whatever the width."""
        standing, now = self._standing(), time.monotonic()
        width = min(options.max_width, WIDEST)
        label, done, total, noun = _counts(standing)
        counted = f"{done:>{len(str(total))}} of {total} {noun}" if total else ""
        yield labelled(Text(label, style="bold"), _bar(done, total, counted, width - LABEL - GAP))
        yield labelled("", Text(_measured(standing), no_wrap=True))
        yield labelled("", Text(_timed(standing, now), style=QUIET, no_wrap=True))


def labelled(label: str | Text, content: RenderableType) -> Table:
    """A label and what stands beside it, as in the block and the lines above it."""
    row = Table.grid(padding=(0, GAP, 0, 0))
    row.add_column(width=LABEL, no_wrap=True)
    row.add_column()
    row.add_row(label, content)
    return row


def _counts(standing: Standing) -> tuple[str, int, int, str]:
    """What is being done, how much of it is done, of how much, and of what."""
    if standing.finals_total:
        return "finals", standing.finals_done, standing.finals_total, "networks"
    if standing.phase == "opening":
        return "starting", 0, 0, ""
    return phrases.place_in_search(standing), standing.done, standing.total, "trials"


def _bar(done: int, total: int, counted: str, width: int) -> RenderableType:
    """A bar, where there is room for one, and the count at its right."""
    room = width - len(counted) - GAP
    if room < NARROWEST_BAR:
        return Text(counted, no_wrap=True)
    bar = ProgressBar(total=total or 1, completed=done, width=room, style=QUIET, complete_style=ROE, finished_style=ROE)
    line = Table.grid(padding=(0, GAP, 0, 0))
    line.add_column(width=room)
    line.add_column(no_wrap=True)
    line.add_row(bar, Text(counted))
    return line


def _measured(standing: Standing) -> str:
    if standing.stopping:
        return phrases.STOPPING
    if standing.phase == "opening":
        return f"{standing.opening} ..."
    if standing.phase == "search":
        return phrases.SEPARATOR.join(phrases.best_so_far(standing) + phrases.pace(standing))
    if standing.phase == "finals":
        return phrases.finals_in_words(standing)
    return phrases.PHASES.get(standing.phase, "")


def _timed(standing: Standing, now: float) -> str:
    left = standing.seconds_left(now)
    return phrases.SEPARATOR.join(
        [clock(now - standing.began), *([] if left is None else [roughly(left)]), *phrases.losses(standing)]
    )
