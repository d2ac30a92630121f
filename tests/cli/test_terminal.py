"""A run in a terminal of 60 columns, stopped by Ctrl-C, gone on with, and held against one that was never stopped."""

import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
from collections.abc import Callable

import pytest

from tests.processes import PATIENCE, running

COLUMNS = 60
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
CLOCK = re.compile(r"(?<!\d)0:\d\d")

TAKE_TERMINAL = """
import fcntl, os, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
# Whoever runs the tests in the background may ignore it.
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes standard input the process's terminal, from which Ctrl-C comes, and becomes another program."""


class Terminal:
    """A terminal of 60 columns with a process in it."""

    def __init__(self) -> None:
        self.written = ""
        self._leader, self.follower = pty.openpty()
        fcntl.ioctl(self.follower, termios.TIOCSWINSZ, struct.pack("HHHH", 30, COLUMNS, 0, 0))

    def read_until(self, seen: Callable[[str], bool]) -> None:
        """Read what is written there, until enough is; until all is, if it is never enough."""
        while not seen(self.written):
            assert select.select([self._leader], [], [], PATIENCE)[0], "nothing is written any more"
            try:
                self.written += os.read(self._leader, 65536).decode()
            except OSError:  # the process has ended, and the terminal's other end is closed
                return

    def press_ctrl_c(self) -> None:
        os.write(self._leader, b"\x03")

    def close(self) -> None:
        os.close(self._leader)


@pytest.fixture(scope="module")
def stopped(finished, workplace) -> tuple[int, str]:
    """How a run ended that Ctrl-C stopped after the first round, and all that it wrote."""
    go = workplace.folder / "go"
    command = workplace.endless(go, *workplace.tune, "--name", "stopped", "--store", "other.db")
    command = [sys.executable, "-c", TAKE_TERMINAL, *command]
    terminal = Terminal()
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), terminal.follower)
    with running(command, cwd=workplace.folder, env=workplace.environment, **streams) as process:
        os.close(terminal.follower)
        terminal.read_until(lambda text: "training the first networks ..." in text)
        go.touch()
        terminal.read_until(lambda text: "10 of 40" in text and len(set(CLOCK.findall(text))) >= 2)
        terminal.press_ctrl_c()
        terminal.read_until(lambda text: False)
        process.wait(timeout=PATIENCE)
    terminal.close()
    return process.returncode, terminal.written


def test_ctrl_c_stops_and_says_how_to_go_on(stopped: tuple[int, str]) -> None:
    status, written = stopped
    assert status == 130
    last = " ".join(written.split("Stopped: ")[1].split())
    assert last == "10 of 40 epochs are stored; to go on: ikura resume --store other.db stopped"
    assert "Traceback" not in written
    assert "ignored in" not in written


def test_the_block_stays_in_the_terminal_and_leaves_it_clean(stopped: tuple[int, str]) -> None:
    _, written = stopped
    assert written.rindex(SHOW_CURSOR) > written.rindex(HIDE_CURSOR)
    block = written[: written.index("Stopped: ")]
    lines = [re.sub(r"\x1b\[[?\d;]*[A-Za-z]", "", line) for line in re.split(r"[\r\n]+", block)]
    assert max(map(len, lines)) <= COLUMNS
    assert "━" in block


def test_the_first_seconds_are_explained_and_the_clock_moves(stopped: tuple[int, str]) -> None:
    _, written = stopped
    assert written.index("reading iris ...") < written.index("training the first networks ...")
    assert len(set(CLOCK.findall(written))) >= 2


def test_the_study_that_went_on_equals_the_one_that_was_never_stopped(stopped, workplace) -> None:
    def shown(*arguments: str) -> dict:
        return json.loads(workplace.ikura("show", *arguments, "--json").stdout)

    before = shown("stopped", "--store", "other.db")
    assert before["status"] == "interrupted"
    resumed = workplace.ikura("resume", "stopped", "--store", "other.db", "--json", "--quiet")
    assert (resumed.returncode, resumed.stderr) == (0, "")
    after, never_stopped = shown("stopped", "--store", "other.db"), shown("finished")
    assert after["trials"] == never_stopped["trials"]
    for part in ("best", "finalists", "test"):
        assert after["outcome"][part] == never_stopped["outcome"][part]

    answer = json.loads(resumed.stdout)
    outcome = after["outcome"]
    low, high = answer["value_interval"]
    assert low < answer["value"] < high
    assert answer == {
        "study": "stopped",
        "best": {"number": outcome["best"]["number"], "config": outcome["best"]["config"]},
        "metric": "dev_accuracy",
        "value": outcome["best"]["metrics"]["dev_accuracy"],
        "value_interval": answer["value_interval"],
        "dev_accuracy": outcome["best"]["metrics"]["dev_accuracy"],
        "test_accuracy": outcome["test"]["accuracy"],
        "test_interval": outcome["test"]["interval"],
        "ensemble": None,
        "trials": 8,
        "diverged": outcome["diverged"],
        "failed": 0,
        "stopped": 0,
        "epochs_trained": 40,
        "seconds": outcome["seconds"]["total"],
        "notes": [],
        "model": str(workplace.folder / "ikura-out" / "stopped"),
        "report": str(workplace.folder / "ikura-out" / "stopped" / "report.html"),
        "folder": None,
    }
