"""How a run shows its progress in a notebook: a bar and a line that are rewritten."""

import html
import time
from typing import Any

from ikura.cli import phrases
from ikura.cli.progress import Progress
from ikura.cli.run_status import RunStatus
from ikura.cli.wording import clock, plain, roughly

SECONDS = 0.25
"""At least so long between two pictures: every one is a message to the browser."""


class Notebook(Progress):
    """Rewrites what it has displayed."""

    def __init__(self, opening: str) -> None:
        super().__init__(opening)
        self._handle: Any = None
        self._shown = 0.0

    def __enter__(self) -> "Notebook":
        from IPython.display import display  # only a notebook has it

        self._handle = display(self._picture(), raw=True, display_id=True)
        return self

    def __exit__(self, *exception: object) -> None:
        self._handle.update(self._picture(), raw=True)

    def _show(self, before: RunStatus) -> None:
        now = time.monotonic()
        if before.phase != self.status.phase or now - self._shown >= SECONDS:
            self._shown = now
            self._handle.update(self._picture(), raw=True)

    def _picture(self) -> dict[str, str]:
        """Return what is shown, as text and as HTML."""
        done, total, line = told(self.status, time.monotonic())
        bar = f'<progress value="{done}" max="{max(total, 1)}" style="width:20em"></progress> ' if total else ""
        return {"text/plain": line, "text/html": f"<div>{bar}<code>{html.escape(line)}</code></div>"}


def told(status: RunStatus, now: float) -> tuple[int, int, str]:
    """Return how much is done, of how much, and where a run stands in a line."""
    name = [] if status.name is None else [plain(status.name)]
    left = status.seconds_left(now)
    ends = [clock(now - status.began), *([] if left is None else [roughly(left)])]
    if status.phase == "opening":
        return 0, 0, phrases.SEPARATOR.join([f"{status.opening} ...", *ends])
    if status.finals_total and status.phase != "finished":
        parts = [phrases.finals_in_words(status), f"{status.finals_done} of {status.finals_total} networks"]
        return status.finals_done, status.finals_total, phrases.SEPARATOR.join([*name, *parts, *ends])
    place = "complete" if status.phase == "finished" else phrases.place_in_search(status)
    parts = [place, phrases.epochs_done(status), *phrases.best_so_far(status), *phrases.counts(status)]
    return status.epochs, status.all_epochs, phrases.SEPARATOR.join([*name, *parts, *ends])
