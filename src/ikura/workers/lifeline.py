"""What a worker's life hangs on: it ends with the process that started it, and what it started ends with it."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1

TIED = (
    sys.executable,
    *("-I", "-S", "-c"),
    f"import ctypes, os, signal, sys; ctypes.CDLL(None).prctl({_PR_SET_PDEATHSIG}, signal.SIGKILL); "
    "os.execvp(sys.argv[1], sys.argv[1:])",
)
"""Before the words of a command: has the kernel kill it when the process that starts it ends, however it ends."""

groups: set[int] = set()
"""Process groups of the programs that this worker runs."""

announce: Callable[[int], None] = lambda group: None  # noqa: E731, ARG005 - replaced by `serve`
"""Tells the process that started this one of a group, so that it can end it if this one dies."""

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it ends, however it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def die_first() -> None:
    """Have the kernel, where memory runs out, kill this process before the one that started it."""
    with suppress(OSError):  # where /proc cannot be written
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def adopt(group: int) -> None:
    """Have a process group end with this process."""
    groups.add(group)
    announce(group)


def release(group: int) -> None:
    """Forget a process group, of which nobody is left."""
    groups.discard(group)


def kill_group(group: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to all of a process group, if somebody is left."""
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def end_all() -> None:
    """End everything that this process has started, and itself."""
    for group in list(groups):
        kill_group(group)
    os.killpg(0, signal.SIGKILL)
