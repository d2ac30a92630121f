"""Signals to a process that is not Ikura's, but stops as Ikura does."""

import os
import pty
import signal
import subprocess
import sys
import time

import pytest

CLEAN = """
import signal, sys, time
# Whoever runs the tests in the background may ignore them.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.{ctrl_c})
from ikura.cli.stops import Stopped, stop_cleanly
stop_cleanly(lambda: print("told", flush=True), lambda: "last words")
try:
    print("ready", flush=True)
    {work}
except Stopped as stopped:
    {cleanup}
    print("clean", flush=True)
    sys.exit(stopped.exit_code)
"""
WORK = "time.sleep(60)"
CTRL_C = "default_int_handler"
TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes standard input the process's terminal, from which Ctrl-C comes, and becomes another program."""


def start(code: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_lets_the_program_clean_up(number: signal.Signals) -> None:
    process = start(CLEAN.format(ctrl_c=CTRL_C, work=WORK, cleanup="pass"))
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (128 + number, "told\nclean\n", "")


def test_a_repeated_signal_is_the_same_one_and_a_later_one_ends_it() -> None:
    process = start(CLEAN.format(ctrl_c=CTRL_C, work=WORK, cleanup=WORK))
    process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    time.sleep(1.2)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "told\n", "last words\n")


def test_an_interruption_in_a_garbage_collection_is_not_lost() -> None:
    # Python drops what is raised there; JAX has such a callback, and many a Ctrl-C would have no effect.
    work = """import gc, os
    time.sleep(0.3)
    gc.callbacks.append(lambda *_: os.kill(os.getpid(), signal.SIGINT) or time.sleep(0.01))
    gc.collect()
    gc.callbacks.clear()
    time.sleep(60)"""
    out, err = start(CLEAN.format(ctrl_c=CTRL_C, work=work, cleanup="pass")).communicate(timeout=30)
    assert (out, err) == ("told\nclean\n", "")


def test_an_import_is_finished_first(tmp_path) -> None:
    (tmp_path / "slow_module.py").write_text("import time\ntime.sleep(1.0)\nprint('imported', flush=True)\n")
    process = start(
        CLEAN.format(
            ctrl_c=CTRL_C, work=f"sys.path.insert(0, {str(tmp_path)!r}); import slow_module; {WORK}", cleanup="pass"
        )
    )
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "told\nimported\nclean\n", "")


def test_other_exceptions_without_a_place_are_still_told() -> None:
    code = CLEAN.format(
        ctrl_c=CTRL_C, work=WORK, cleanup='bad = type("Bad", (), {"__del__": lambda self: 1 / 0})(); del bad'
    )
    process = start(code)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert out == "told\nclean\n"
    assert "ZeroDivisionError" in err


def test_what_has_nothing_to_clean_up_ends_at_once_and_quietly() -> None:
    process = start(
        "import time; from ikura.cli.stops import leave_on_stop; leave_on_stop(); print('ready', flush=True)\n" + WORK
    )
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 130


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    process = start(CLEAN.replace("{ctrl_c}", "SIG_IGN").format(work="time.sleep(1)", cleanup="pass"))
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 0


def test_a_terminal_that_is_closed_does_not_keep_the_program_from_cleaning_up(tmp_path) -> None:
    done = tmp_path / "done"
    # Writing to what was the terminal fails; the farewell must not.
    cleanup = f"print('farewell', flush=True); open({str(done)!r}, 'w').close()"
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            TAKE_TERMINAL,
            sys.executable,
            "-c",
            CLEAN.format(ctrl_c=CTRL_C, work=WORK, cleanup=cleanup),
        ],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    )
    os.close(follower)
    written = b""
    # Closed before the line is out, the terminal would fail the program where it prints it.
    while b"ready\r\n" not in written:
        written += os.read(leader, 1024)
    os.close(leader)
    assert process.wait(timeout=30) == 128 + signal.SIGHUP
    assert done.exists()
