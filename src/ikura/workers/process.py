"""One worker process, as the process that started it sees it."""

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ikura.workers.call import Call
from ikura.workers.guardian import Guardian
from ikura.workers.lifeline import kill_group, named, outlive
from ikura.workers.serving import OUTPUT, Setup

_BEGIN = "import sys; sys.path[:] = {path!r}; from ikura.workers.serving import serve; serve({told})"


class WorkerProcess:
    """A process in a session of its own, that runs one call at a time."""

    def __init__(self, setup: Setup, printed: Path, environment: Mapping[str, str], guardian: Guardian) -> None:
        """Start it; what it prints goes to a file of its own."""
        self._printed, self._guardian = printed, guardian
        self._groups: set[int] = set()
        """The process groups of programs that it has started."""
        self._killed = False
        ours, theirs = socket.socketpair()
        with theirs, printed.open("ab") as output:
            path = [place for place in sys.path if isinstance(place, str)]
            begin = _BEGIN.format(path=path, told=f"{theirs.fileno()}, {guardian.descriptor}, {os.getpid()}")
            self._process = subprocess.Popen(  # noqa: S603 - this Python
                [sys.executable, "-c", begin],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[theirs.fileno(), guardian.descriptor],
                start_new_session=True,
            )
        guardian.watch(self._process.pid)
        self.connection = Connection(ours.detach())
        self.sentinel = os.pidfd_open(self._process.pid)
        with suppress(OSError):  # it has ended, which is noticed where it is listened to
            self.connection.send_bytes(pickle.dumps(setup))
        self._journal: Path | None = None

    def keep(self, new_file: Callable[[], Path]) -> None:
        """Have it write what is reported to a new file, if it has none."""
        if self._journal is None:
            self._journal = new_file()
            self._send("journal", {"path": str(self._journal)})

    def call(self, call: Call) -> None:
        """Have it train."""
        self._send("call", asdict(call))

    def ask_to_stop(self) -> None:
        """Have the training code told to stop."""
        self._send("stop", {})

    def receive(self) -> tuple[str, dict[str, Any]]:
        """Return what it tells: a kind, and the rest; EOFError or OSError where it is no more."""
        kind, said = json.loads(self.connection.recv_bytes())
        return kind, said

    def note_group(self, group: int, *, alive: bool) -> None:
        """Take note of a program that it has started, or that has ended."""
        (self._groups.add if alive else self._groups.discard)(group)

    def kill(self) -> None:
        """End it and all that it has started, at once."""
        if self._killed:
            return  # the numbers may belong to others by now
        self._killed = True
        all_groups = self._process.pid, *self._groups
        for group in all_groups:
            kill_group(group)
        for group in self._groups:
            outlive(group)
        self._process.wait()
        for group in all_groups:
            self._guardian.forget(group)

    @property
    def was_killed(self) -> bool:
        """Whether it ended by a signal, once it has."""
        return self._process.wait() < 0

    def epitaph(self) -> str:
        """Return how it came to its end, once it has."""
        code = self._process.wait()
        if code >= 0:
            return f"the worker process ended with exit status {code}"
        memory = " (the system kills what takes too much memory)" if -code == signal.SIGKILL else ""
        return f"the worker process was killed by {named(-code)}{memory}"

    def leave_output(self, folder: Path) -> None:
        """Move what it has printed into the folder of the trial in which it ended."""
        with suppress(OSError):  # the disk may be full; what matters is told elsewhere
            if printed := self._printed.read_bytes():
                folder.mkdir(parents=True, exist_ok=True)
                with (folder / OUTPUT).open("ab") as file:
                    file.write(printed)

    def memory(self) -> int:
        """Return the bytes of memory that its session and its programs hold."""
        total = 0
        for process in Path("/proc").glob("[0-9]*"):
            try:
                fields = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:
                continue  # it has just ended
            if int(fields[3]) == self._process.pid:
                total += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
        return total

    def close(self) -> None:
        """Let go of it, once it has been killed."""
        os.close(self.sentinel)
        self.connection.close()
        self._printed.unlink(missing_ok=True)

    def _send(self, kind: str, said: Mapping[str, Any]) -> None:
        with suppress(OSError):  # it has ended, which is noticed where it is listened to
            self.connection.send_bytes(json.dumps([kind, said]).encode())
