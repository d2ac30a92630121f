"""What a worker's life hangs on: it ends with the process that started it, and what it started ends with it."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from ikura.errors import SettingError

_PR_SET_PDEATHSIG = 1

PATIENCE = 5.0
"""Seconds that a process which was killed has to be gone: one that waits for a disk may take long."""

_TIE = f"""
import ctypes, os, signal, sys

ctypes.CDLL(None).prctl({_PR_SET_PDEATHSIG}, signal.SIGKILL)
parent, guardian = map(int, sys.argv[1:3])
if os.getppid() != parent:
    os._exit(1)  # it had ended before that: then the kernel would say nothing any more
if guardian >= 0:
    try:
        os.write(guardian, b"+%d\\n" % os.getpgrp())
    except BrokenPipeError:
        pass
    os.close(guardian)
for each in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
    signal.signal(each, signal.SIG_DFL)  # as in a shell, whatever Python has made of them
try:
    os.execvp(sys.argv[3], sys.argv[3:])
except OSError as error:
    sys.exit(f"{{sys.argv[3]}} cannot be run ({{error.strerror}}): a script begins with #! and what runs it")
"""

loading = False
"""Whether this process is a worker that is about to import training code."""

guardian = -1
"""Where the guardian of the study that this worker serves is told of process groups; negative where there is none."""

groups: set[int] = set()
"""Process groups of the programs that this worker runs."""

announce: Callable[[int, bool], None] = lambda group, alive: None  # noqa: E731, ARG005 - replaced by `serve`
"""Tells the process that started this one of a group, so that it can end it if this one dies; or that it is no more."""

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the one that started it ends, however it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # it has ended before that


def live_without_parent() -> None:
    """Take that back."""
    _libc.prctl(_PR_SET_PDEATHSIG, 0)


def die_first() -> None:
    """Have the kernel, where memory runs out, kill this process before the one that started it."""
    with suppress(OSError):  # where /proc cannot be written
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def tied(words: Sequence[str], parent: int) -> list[str]:
    """Return a command for a child of a process, which the kernel kills when that process ends, however it ends.

    The child leads a process group, and inherits the guardian's descriptor, if there is a guardian.
    """
    return [sys.executable, "-I", "-S", "-c", _TIE, str(parent), str(guardian), *words]


def adopt(group: int) -> None:
    """Have a process group end with this process."""
    groups.add(group)
    announce(group, True)


def release(group: int) -> None:
    """Forget a process group, of which nobody is left."""
    groups.discard(group)
    announce(group, False)
    if guardian >= 0:
        with suppress(BrokenPipeError):
            os.write(guardian, b"-%d\n" % group)


def kill_group(group: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to all of a process group, if somebody is left."""
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def check_not_loading() -> None:
    """Raise SettingError in a worker that imports training code: each worker would start a study with workers."""
    if loading:
        raise SettingError(
            "tune: the file of the training code starts a study when it is imported, as each worker does; one that is "
            "imported must not: put that under `if __name__ == '__main__':`"
        )


def outlive(group: int) -> None:
    """Wait until nobody of a process group that was killed is left: until then it may still write."""
    until = time.monotonic() + PATIENCE
    while any(_is_of(process, group) for process in Path("/proc").glob("[0-9]*")) and time.monotonic() < until:
        time.sleep(0.001)


def _is_of(process: Path, group: int) -> bool:
    try:
        state, _, own, *_ = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return False  # it has just ended
    return int(own) == group and state not in "ZX"


def named(number: int) -> str:
    """Return a signal's name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def end_all() -> None:
    """End everything that this process has started, and itself."""
    for group in list(groups):
        kill_group(group)
    os.killpg(0, signal.SIGKILL)
