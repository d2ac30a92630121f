"""Ctrl-C and SIGTERM: the first stops cleanly, one more leaves at once."""

import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

PATIENCE = 1.0
"""Seconds in which a repeated signal counts as the same one: `timeout` and other wrappers send theirs twice."""

_SHOW_CURSOR = b"\x1b[?25h"


class Stopped(BaseException):
    """The user wants the command to end. No KeyboardInterrupt, which libraries catch and SIGTERM does not raise."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def _nothing() -> None:
    """Tells nobody."""


def heed_stops(tell: Callable[[], None] = _nothing) -> None:
    """From now on the first SIGINT or SIGTERM calls `tell` and raises Stopped; a signal that is ignored stays so.

    `tell` runs between any two steps of the program: it may set a field or write to a descriptor, no more.
    """

    def stop(number: int, _: FrameType | None) -> None:
        since = time.monotonic()

        def leave(number: int, _: FrameType | None) -> None:
            if time.monotonic() - since < PATIENCE:
                return
            if sys.__stderr__ is not None and sys.__stderr__.isatty():
                os.write(2, _SHOW_CURSOR + b"\n")
            os._exit(128 + number)

        _handle(leave)
        tell()
        raise Stopped(number)

    _handle(stop)


def _handle(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)
