"""Signals to a process that is not Ikura's, but stops as Ikura does."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.processes import PATIENCE

SIGNALS = """
import os, signal, sys, time
# Whoever runs the tests in the background may ignore them.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.{ctrl_c})
"""
CLEAN = (
    SIGNALS
    + """
from ikura.cli import stops
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
)
FOR_EVER = "while True: time.sleep(0.05)"
CTRL_C = "default_int_handler"
TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes standard input the process's terminal, from which Ctrl-C comes, and becomes another program."""


@pytest.fixture
def start(spawn) -> Callable[[str], subprocess.Popen[str]]:
    """Starts Python with some code, and waits until it says that it is ready."""

    def begin(code: str) -> subprocess.Popen[str]:
        streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        process = spawn([sys.executable, "-c", code], bufsize=1, **streams)
        assert line(process) == "ready"
        return process

    return begin


def line(process: subprocess.Popen[str]) -> str:
    """The next line of what it prints."""
    assert process.stdout is not None
    return process.stdout.readline().removesuffix("\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_lets_the_program_clean_up(start, number: signal.Signals) -> None:
    process = start(CLEAN.format(ctrl_c=CTRL_C, work=FOR_EVER, cleanup="pass"))
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (128 + number, "told\nclean\n", "")


def test_a_repeated_signal_is_the_same_one_and_a_later_one_ends_it(start) -> None:
    cleanup = f"""stops.PATIENCE = 3600.0
    os.kill(os.getpid(), signal.SIGTERM)
    print("the same", flush=True)
    stops.PATIENCE = 0.0
    os.kill(os.getpid(), signal.SIGINT)
    {FOR_EVER}"""
    process = start(CLEAN.format(ctrl_c=CTRL_C, work=FOR_EVER, cleanup=cleanup))
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (130, "told\nthe same\n", "last words\n")


def test_an_interruption_in_a_garbage_collection_is_not_lost(start) -> None:
    # Python drops what is raised there; JAX has such a callback, and many a Ctrl-C would have no effect.
    work = f"""sys.stdin.readline()
    stops.PATIENCE = 3600.0  # there are two signals
    import gc
    gc.callbacks.append(lambda *_: os.kill(os.getpid(), signal.SIGINT) or time.sleep(0.01))
    gc.collect()
    gc.callbacks.clear()
    {FOR_EVER}"""
    process = start(CLEAN.format(ctrl_c=CTRL_C, work=work, cleanup="pass"))
    assert process.communicate("\n", timeout=PATIENCE) == ("told\nclean\n", "")


def test_an_import_is_finished_first(start, tmp_path) -> None:
    (tmp_path / "slow_module.py").write_text(
        "import time\nprint('importing', flush=True)\n"
        "from pathlib import Path\n"
        "while not Path(__file__).with_name('go').exists():\n    time.sleep(0.01)\nprint('imported', flush=True)\n"
    )
    work = f"sys.path.insert(0, {str(tmp_path)!r}); import slow_module\n    {FOR_EVER}"
    process = start(CLEAN.format(ctrl_c=CTRL_C, work=work, cleanup="pass"))
    assert line(process) == "importing"
    process.send_signal(signal.SIGINT)
    assert line(process) == "told"
    (tmp_path / "go").touch()
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out, err) == (130, "imported\nclean\n", "")


def test_other_exceptions_without_a_place_are_still_told(start) -> None:
    code = CLEAN.format(
        ctrl_c=CTRL_C, work=FOR_EVER, cleanup='bad = type("Bad", (), {"__del__": lambda self: 1 / 0})(); del bad'
    )
    process = start(code)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert out == "told\nclean\n"
    assert "ZeroDivisionError" in err


def test_what_has_nothing_to_clean_up_ends_at_once_and_quietly(start) -> None:
    leaving = "from ikura.cli.stops import leave_on_stop\nleave_on_stop()\nprint('ready', flush=True)\n"
    process = start(SIGNALS.format(ctrl_c=CTRL_C) + leaving + FOR_EVER)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=PATIENCE) == ("", "")
    assert process.returncode == 130


def test_a_signal_while_python_ends_leaves_the_status(start) -> None:
    # Python gives signals back their own action, and then takes its modules apart.
    code = """
from ikura.cli.stops import end_with_status, leave_on_stop
end_with_status()
leave_on_stop()
class Last:
    def __del__(self, kill=os.kill, pid=os.getpid(), number=signal.SIGINT): kill(pid, number)
last = Last()
print("ready", flush=True)
sys.exit(3)
"""
    process = start(SIGNALS.format(ctrl_c=CTRL_C) + code)
    assert process.communicate(timeout=PATIENCE) == ("", "")
    assert process.returncode == 3


def test_a_signal_that_is_ignored_stays_ignored(start) -> None:
    work = "sys.stdin.readline(); print('went on', flush=True)"
    process = start(CLEAN.format(ctrl_c="SIG_IGN", work=work, cleanup="pass"))
    process.send_signal(signal.SIGINT)
    assert process.communicate("\n", timeout=PATIENCE) == ("went on\n", "")
    assert process.returncode == 0


def test_a_terminal_that_is_closed_does_not_keep_the_program_from_cleaning_up(spawn, tmp_path) -> None:
    done = tmp_path / "done"
    # Writing to what was the terminal fails; the farewell must not.
    cleanup = f"print('farewell', flush=True); open({str(done)!r}, 'w').close()"
    leader, follower = pty.openpty()
    code = CLEAN.format(ctrl_c=CTRL_C, work=FOR_EVER, cleanup=cleanup)
    command = [sys.executable, "-c", TAKE_TERMINAL, sys.executable, "-c", code]
    process = spawn(command, **dict.fromkeys(("stdin", "stdout", "stderr"), follower))
    os.close(follower)
    written = b""
    # Closed before the line is out, the terminal would fail the program where it prints it.
    while b"ready\r\n" not in written:
        written += os.read(leader, 1024)
    os.close(leader)
    assert process.wait(timeout=PATIENCE) == 128 + signal.SIGHUP
    assert done.exists()
