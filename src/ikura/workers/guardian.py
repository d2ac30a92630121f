"""Ends what training code has started where Ikura and its workers are all killed at once, and nobody else can."""

import os
import subprocess
import sys
from contextlib import suppress

_GUARD = r"""
import os, select, signal, sys

study, alone = os.pidfd_open(int(sys.argv[1])), False
watched, rest, more = set(), b"", True
while more:
    while alone and watched:
        try:
            os.killpg(watched.pop(), signal.SIGKILL)
        except ProcessLookupError:
            pass
    ready = select.select([0] if alone else [0, study], [], [], 1 if alone else None)[0]
    alone = alone or study in ready
    # Whoever was killed with the study may have told something just before.
    more = bool(ready)
    if 0 in ready:
        told = os.read(0, 65536)
        more = bool(told) or bool(watched)
        alone = alone or not told
        *lines, rest = (rest + told).split(b"\n")
        for line in lines:
            if line == b"end":
                sys.exit()
            (watched.add if line[:1] == b"+" else watched.discard)(int(line[1:]))
"""
"""It hears of process groups, and kills those that are left when the study's process is no more."""


class Guardian:
    """A process of its own, in which nothing of Ikura is loaded: whatever kills Ikura by its name leaves it alone."""

    def __init__(self) -> None:
        """Start it."""
        ends, self.descriptor = os.pipe()
        """Where it is told, by this process and by those that are handed it."""
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this Python
                [sys.executable, "-I", "-S", "-c", _GUARD, str(os.getpid())],
                stdin=ends,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except BaseException:
            os.close(self.descriptor)
            raise
        finally:
            os.close(ends)

    def watch(self, group: int) -> None:
        """Have it kill a process group when this process is no more."""
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        """Have it leave a process group alone, of which nobody is left."""
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """End it: nothing that it should kill is left."""
        self._tell("end\n")
        self._process.wait()
        os.close(self.descriptor)

    def _tell(self, line: str) -> None:
        with suppress(BrokenPipeError):  # somebody has killed it: then only this process ends what it starts
            os.write(self.descriptor, line.encode())
