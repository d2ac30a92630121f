"""How a run shows its progress on standard error: silently, in lines, or as a live block in a terminal."""

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ikura.cli import phrases
from ikura.cli.block import Block, labelled
from ikura.cli.standing import Standing
from ikura.cli.theme import QUIET
from ikura.cli.wording import clock, plain, roughly
from ikura.report.words import count

if TYPE_CHECKING:
    from ikura.study import Began, Happening

LINE_SECONDS = 15.0
"""How long lines are silent within a round."""


class Progress:
    """Follows a run without a word. Called with everything the study tells."""

    def __init__(self, opening: str) -> None:
        self.standing = Standing(began=time.monotonic(), opening=opening)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Ends the display."""

    def __call__(self, happening: "Happening") -> None:
        """Takes note of what happened, and shows it."""
        # These import JAX; the display must stand before that.
        from ikura.cli.following import follow
        from ikura.study import Began

        before, self.standing = self.standing, follow(self.standing, happening, time.monotonic())
        if isinstance(happening, Began):
            self._introduce(happening)
        self._show(before)

    def stop(self) -> None:
        """Takes note that the run is being stopped. May be called between any two steps of the program."""
        self.standing = replace(self.standing, stopping=True)

    def _introduce(self, began: "Began") -> None:
        """Says what the study is about."""

    def _show(self, before: Standing) -> None:
        """Shows what has changed."""


class Lines(Progress):
    """Prints lines: about the study, one for each round, and a few a minute."""

    def __init__(self, opening: str, console: Console) -> None:
        super().__init__(opening)
        self._console = console
        self._say(f"{opening} ...")

    def stop(self) -> None:
        """Says so, past the buffers, which may be in the middle of something."""
        super().stop()
        os.write(2, f"{phrases.STOPPING}\n".encode())

    def _introduce(self, began: "Began") -> None:
        for line in introduction(began):
            self._say(line)

    def _show(self, before: Standing) -> None:
        now = self.standing
        if ended := phrases.round_ended(before, now):
            self._say("  ".join(ended))
        if share := phrases.finals_done(before, now):
            self._say(share)
        if now.phase != before.phase and now.phase == "finals":
            self._say(f"{phrases.finals_in_words(now)}: {count(now.finals_total, 'network')}")
        elif now.phase != before.phase and now.phase in phrases.PHASES:
            self._say(phrases.PHASES[now.phase])
        elif now.phase == "search" and time.monotonic() - self._last >= LINE_SECONDS:
            left = now.seconds_left(time.monotonic())
            prospects = [] if left is None else [roughly(left)]
            told = [phrases.trials_done(now), *phrases.best_so_far(now), *phrases.pace(now), *prospects]
            self._say(phrases.SEPARATOR.join(told))

    def _say(self, line: str) -> None:
        self._last = time.monotonic()
        self._console.print(Text(f"{clock(self._last - self.standing.began):>5}  {line}"), soft_wrap=True)


class Moving(Progress):
    """Keeps a block at the foot of a terminal, and above it a line for each round. At the end the block goes."""

    def __init__(self, opening: str, console: Console) -> None:
        super().__init__(opening)
        self._console = console
        block = Block(lambda: self.standing)
        self._live = Live(block, console=console, transient=True, redirect_stdout=False, refresh_per_second=4)

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(self, *exception: object) -> None:
        self._live.stop()
        if self.standing.phase == "finished":
            self._console.print()

    def _introduce(self, began: "Began") -> None:
        for line in introduction(began):
            self._console.print(Text(line))

    def _show(self, before: Standing) -> None:
        if ended := phrases.round_ended(before, self.standing):
            self._console.print(labelled(ended[0], Text(ended[1])), style=QUIET)


def introduction(began: "Began") -> list[str]:
    """The study in two lines, and a third if it goes on."""
    lines = [phrases.data_in_words(began.settings), f"{plain(began.name)}: {phrases.search_in_words(began.settings)}"]
    return lines + ([f"{count(began.resumed, 'trial')} trained before"] if began.resumed else [])


def progress_on(console: Console, opening: str, *, quiet: bool) -> Progress:
    """The display that suits the console: the live block needs a terminal that can move its cursor."""
    if quiet:
        return Progress(opening)
    if console.is_terminal and not console.is_dumb_terminal and os.isatty(2):
        return Moving(opening, console)
    return Lines(opening, console)
