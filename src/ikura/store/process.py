"""Who writes: this process, so that another one can name it and see whether it is still there."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process on some machine."""

    host: str
    machine: str
    """Equal for two processes that can see each other: the same start of the same machine, outside of containers."""
    number: int
    started: str
    """Tells it from a later process with the same number; empty where the system does not say."""


def this_process() -> Process:
    """Return what names this process."""
    return Process(socket.gethostname(), _machine(), os.getpid(), _started(os.getpid()) or "")


def can_be_seen(process: Process) -> bool:
    """Say whether it belongs to this machine, so that `is_gone` knows."""
    return process.machine == _machine()


def is_gone(process: Process) -> bool:
    """Say whether a process of this machine has ended."""
    if process.started:
        return _started(process.number) != process.started
    try:
        os.kill(process.number, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _machine() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id")
    if not boot.exists():
        return socket.gethostname()
    return f"{boot.read_text(encoding='ascii').strip()} {Path('/proc/self/ns/pid').readlink()}"


def _started(number: int) -> str | None:
    """When the process started, in ticks since the machine did; None where there is no such process any more."""
    try:
        # The second field is the program's name in parentheses, which may hold spaces and more parentheses.
        fields = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    # A zombie has ended, and waits only for its parent to notice.
    return None if fields[0] in "ZX" else fields[19]
