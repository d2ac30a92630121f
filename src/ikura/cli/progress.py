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
from ikura.cli.run_status import RunStatus
from ikura.cli.streams import tell
from ikura.cli.theme import QUIET
from ikura.cli.wording import clock, plain, roughly
from ikura.report.words import beginning_in_words
from ikura.wording import count

if TYPE_CHECKING:
    from ikura.study import Began, StudyEvent

LINE_SECONDS = 15.0
"""How long lines are silent within a round."""


class Progress:
    """Follows a run without a word. Called with everything the study tells."""

    def __init__(self, opening: str) -> None:
        self.status = RunStatus(began=time.monotonic(), opening=opening)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """End the display."""

    def __call__(self, event: "StudyEvent") -> None:
        """Take note of an event, and show it."""
        # These import JAX; the display must stand before that.
        from ikura.cli.following import follow
        from ikura.study import Began

        before, self.status = self.status, follow(self.status, event, time.monotonic())
        if isinstance(event, Began):
            self._introduce(event)
        self._show(before)

    def stop(self) -> None:
        """Take note that the run is being stopped. May be called between any two steps of the program."""
        self.status = replace(self.status, stopping=True)

    def _introduce(self, began: "Began") -> None:
        """Say what the study is about."""

    def _show(self, before: RunStatus) -> None:
        """Show what has changed."""


class Lines(Progress):
    """Prints lines: about the study, one for each round, and a few a minute."""

    def __init__(self, opening: str, console: Console) -> None:
        super().__init__(opening)
        self._console = console
        self._say(f"{opening} ...")

    def stop(self) -> None:
        """Say so, past the buffers, which may be in the middle of something."""
        super().stop()
        tell(f"{phrases.STOPPING}\n")

    def _introduce(self, began: "Began") -> None:
        for line in introduction(began):
            self._say(line)

    def _show(self, before: RunStatus) -> None:
        now = self.status
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
            told = [phrases.epochs_done(now), *phrases.best_so_far(now), *phrases.pace(now), *prospects]
            self._say(phrases.SEPARATOR.join(told))

    def _say(self, line: str) -> None:
        self._last = time.monotonic()
        self._console.print(Text(f"{clock(self._last - self.status.began):>5}  {line}"), soft_wrap=True)


class Moving(Progress):
    """Keeps a block at the foot of a terminal, and above it a line for each round. At the end the block goes."""

    def __init__(self, opening: str, console: Console) -> None:
        super().__init__(opening)
        self._console = console
        block = Block(lambda: self.status)
        self._live = Live(block, console=console, transient=True, redirect_stdout=False, refresh_per_second=4)

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(self, *exception: object) -> None:
        self._live.stop()
        if self.status.phase == "finished":
            self._console.print()

    def _introduce(self, began: "Began") -> None:
        for line in introduction(began):
            self._console.print(Text(line))

    def _show(self, before: RunStatus) -> None:
        if ended := phrases.round_ended(before, self.status):
            self._console.print(labelled(ended[0], Text(ended[1])), style=QUIET)


def introduction(began: "Began") -> list[str]:
    """Return the study in two lines; one each for what it began with, what its schedule spares, and if it goes on."""
    settings = began.settings
    lines = [phrases.subject_in_words(settings)[1], f"{plain(began.name)}: {phrases.search_in_words(settings)}"]
    if (beginning := beginning_in_words(settings)) is not None:
        lines.append(plain(beginning))
    if began.schedule is not None:
        trials, horizon, epochs = settings.trials, settings.epochs, began.epochs
        lines.append(
            phrases.schedule_in_words(
                began.schedule, trials=trials, horizon=horizon, epochs=epochs, is_bound=began.is_bound
            )
        )
    if began.trained:
        lines.append(f"{count(began.trained, 'epoch')} trained before; {count(began.resumed, 'trial')} over")
    return lines


def progress_on(console: Console, opening: str, *, quiet: bool) -> Progress:
    """Return the display that suits the console: the live block needs a terminal that can move its cursor."""
    if quiet:
        return Progress(opening)
    if console.is_terminal and not console.is_dumb_terminal and os.isatty(2):
        return Moving(opening, console)
    return Lines(opening, console)
