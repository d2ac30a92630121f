"""Ctrl-C, SIGTERM and SIGHUP: a run stops cleanly, and everything else, with nothing to clean up, ends at once."""

import atexit
import os
import signal
import stat
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from ikura.cli.streams import tell

PATIENCE = 1.0
"""Seconds in which a repeated signal counts as the same one: `timeout` and other wrappers send theirs twice."""

AGAIN = 0.05
"""Seconds until an interruption is tried again that came at a bad moment."""

_SHOW_CURSOR = "\x1b[?25h"


class Stopped(BaseException):
    """The user wants the run to end. No KeyboardInterrupt, which libraries catch and SIGTERM does not raise."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def end_with_status() -> None:
    """Have signals no longer matter once Python ends: it gives them back their own action, which is an end by them."""
    atexit.register(_ignore_signals)


def leave_on_stop(last_words: Callable[[], str] | None = None) -> None:
    """Have SIGINT, SIGTERM and SIGHUP end the process at once and quietly from now on; one that is ignored stays so."""
    _handle(lambda number, _: _leave(number, last_words))


def stop_cleanly(tell: Callable[[], None], last_words: Callable[[], str]) -> None:
    """Have the first SIGINT, SIGTERM or SIGHUP raise Stopped from now on, and one more end the process at once.

    Args:
        tell: called at the first. It runs between any two steps of the program, so that it may set a field or write to
            a descriptor, but no more.
        last_words: what is said before leaving at once.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        since = time.monotonic()
        _forget_lost_terminal()

        def leave(number: int, _: FrameType | None) -> None:
            if time.monotonic() - since >= PATIENCE:
                _leave(number, last_words)

        def interrupt(_: int, frame: FrameType | None) -> None:
            # An extension module that was imported by half can bring the process down.
            if _is_importing(frame):
                signal.setitimer(signal.ITIMER_REAL, AGAIN)
            else:
                raise Stopped(number)

        _handle(leave)
        signal.signal(signal.SIGALRM, interrupt)
        sys.unraisablehook = _raise_again
        tell()
        interrupt(number, frame)

    _handle(stop)


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)


def _handle(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def _forget_lost_terminal() -> None:
    """Write to nowhere where SIGHUP left no terminal: writing to it would fail in the middle of cleaning up."""
    for descriptor in (1, 2):
        # A terminal that has hung up is none any more, but a device still.
        if stat.S_ISCHR(os.fstat(descriptor).st_mode) and not os.isatty(descriptor):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, descriptor)
            os.close(nowhere)


def _leave(number: int, last_words: Callable[[], str] | None) -> None:
    _forget_lost_terminal()
    words = f"{last_words()}\n" if last_words else ""
    if os.isatty(2):
        words = f"{_SHOW_CURSOR}\n{words}"
    tell(words)
    os._exit(128 + number)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _raise_again(unraisable: Any) -> None:
    """Raise a lost Stopped later: where Python can raise nothing, as in garbage collection with JAX, it drops it."""
    if unraisable.exc_type is Stopped:
        signal.setitimer(signal.ITIMER_REAL, AGAIN)
    else:
        sys.__unraisablehook__(unraisable)
