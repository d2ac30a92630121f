"""A run in a terminal of 60 columns, stopped by Ctrl-C, gone on with, and held against one that was never stopped."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable

import pytest

COLUMNS = 60
TUNE = ("tune", "iris", "--trials", "8", "--epochs", "5")
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"

TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes standard input the process's terminal, from which Ctrl-C comes, and becomes another program."""


def run_in_terminal(
    command: list[str], folder, environment: dict[str, str], until: Callable[[str], bool]
) -> tuple[int, str]:
    """Runs a command in a terminal, presses Ctrl-C once `until` holds of what it wrote, and returns its status."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 30, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL, *command],
        cwd=folder,
        env=environment,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    )
    os.close(follower)
    written, pressed = "", False
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            some = os.read(leader, 65536)
        except OSError:  # the terminal's other end is closed
            break
        if not some:
            break
        written += some.decode()
        if not pressed and until(written):
            os.write(leader, b"\x03")
            pressed = True
    os.close(leader)
    return process.wait(timeout=30), written


@pytest.fixture(scope="module")
def stopped(finished, workplace) -> tuple[int, str]:
    command = workplace.command(*TUNE, "--name", "stopped", "--store", "other.db")
    return run_in_terminal(
        command, workplace.folder, workplace.environment, lambda text: "round 1 of 4" in text and "10 of 40" in text
    )


def test_ctrl_c_stops_and_says_how_to_go_on(stopped: tuple[int, str]) -> None:
    status, written = stopped
    assert status == 130
    last = " ".join(written.split("Stopped: ")[1].split())
    assert re.fullmatch(
        r"(?:[1-3][05]|40) of 40 epochs are stored; to go on: ikura resume --store other.db stopped", last
    )
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
    assert len(set(re.findall(r"(?<!\d)0:\d\d", written))) >= 2


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
    assert answer == {
        "study": "stopped",
        "best": {"number": outcome["best"]["number"], "config": outcome["best"]["config"]},
        "dev_accuracy": outcome["best"]["metrics"]["dev_accuracy"],
        "test_accuracy": outcome["test"]["accuracy"],
        "test_interval": outcome["test"]["interval"],
        "trials": 8,
        "diverged": outcome["diverged"],
        "failed": 0,
        "stopped": 0,
        "epochs_trained": 40,
        "seconds": outcome["seconds"]["total"],
        "model": str(workplace.folder / "ikura-out" / "stopped"),
        "report": str(workplace.folder / "ikura-out" / "stopped" / "report.html"),
    }
