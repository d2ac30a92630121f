"""The live block: a bar and two lines that keep their places."""

import time
from collections.abc import Callable, Iterable

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ikura.cli import phrases
from ikura.cli.run_status import RunStatus
from ikura.cli.theme import QUIET, ROE
from ikura.cli.wording import clock, roughly

WIDEST = 100
LABEL = 13
GAP = 2
NARROWEST_BAR = 8


class Block:
    """Draws where the run stands at the moment of drawing."""

    def __init__(self, status: Callable[[], RunStatus]) -> None:
        self._status = status

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield three lines, whatever the width."""
        status, now = self._status(), time.monotonic()
        width = min(options.max_width, WIDEST)
        room = width - LABEL - GAP
        label, done, total, noun = _progress(status)
        counted = f"{done:>{len(f'{total:,}')},} of {total:,} {noun}" if total else ""
        yield labelled(Text(label, style="bold"), _bar(done, total, counted, room))
        yield labelled("", Text(_joined(_measured(status), room), no_wrap=True))
        yield labelled("", Text(_joined(_timed(status, now), room), style=QUIET, no_wrap=True))


def labelled(label: str | Text, content: RenderableType) -> Table:
    """Return a label and what stands beside it, as in the block and the lines above it."""
    row = Table.grid(padding=(0, GAP, 0, 0))
    row.add_column(width=LABEL, no_wrap=True)
    row.add_column()
    row.add_row(label, content)
    return row


def _progress(status: RunStatus) -> tuple[str, int, int, str]:
    """Return what is being done, how much of it is done, of how much, and of what."""
    if status.finals_total:
        return "finals", status.finals_done, status.finals_total, "networks"
    if status.phase == "opening":
        return "starting", 0, 0, ""
    return phrases.place_in_search(status), status.epochs, status.all_epochs, "epochs"


def _bar(done: int, total: int, counted: str, width: int) -> RenderableType:
    """Return a bar, where there is room for one, and the count at its right."""
    room = width - len(counted) - GAP
    if room < NARROWEST_BAR:
        return Text(counted, no_wrap=True)
    bar = ProgressBar(total=total or 1, completed=done, width=room, style=QUIET, complete_style=ROE, finished_style=ROE)
    line = Table.grid(padding=(0, GAP, 0, 0))
    line.add_column(width=room)
    line.add_column(no_wrap=True)
    line.add_row(bar, Text(counted))
    return line


def _joined(parts: Iterable[str], room: int) -> str:
    """Return the parts in one line, without those for which there is no room; the first is always there."""
    line = ""
    for part in parts:
        longer = f"{line}{phrases.SEPARATOR}{part}" if line else part
        if not line or cell_len(longer) <= room:
            line = longer
    return line


def _measured(status: RunStatus) -> list[str]:
    if status.stopping:
        return [phrases.STOPPING]
    if status.phase == "opening":
        return [f"{status.opening} ..."]
    if status.phase == "search":
        return phrases.best_so_far(status) + phrases.pace(status)
    if status.phase == "finals":
        return [phrases.finals_in_words(status)]
    return [phrases.PHASES.get(status.phase, "")]


def _timed(status: RunStatus, now: float) -> list[str]:
    left = status.seconds_left(now)
    over = [phrases.trials_over(status)] if status.phase == "search" and status.over else []
    return [clock(now - status.began), *([] if left is None else [roughly(left)]), *over, *phrases.counts(status)]
