"""Processes that end with the test that started them, and some that begin at once."""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

PATIENCE = 600
"""Seconds after which a process is taken to hang, on a machine that others use too."""

FORKED = multiprocessing.get_context("forkserver")
"""For real processes, which are forked from one that has imported what takes long, and has done nothing else."""
FORKED.set_forkserver_preload(
    ["ikura.cli.app", "ikura.study", "jinja2", "plotly.graph_objects", "scipy.stats", "sklearn.datasets", "sqlite3"]
)


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """Start a process in a session of its own, which ends with the block, and what it has started with it."""
    with subprocess.Popen(command, text=True, start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def process_of(work: Callable[..., object], *arguments: Any, context: BaseContext = FORKED) -> Iterator[BaseProcess]:
    """Have a process do some work, which ends with the block."""
    process = context.Process(target=work, args=arguments, daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def command_line(arguments: Sequence[str]) -> None:
    """Do what `ikura` does, in this process."""
    from ikura.cli.main import run

    sys.argv = ["ikura", *arguments]
    run()


def redirect(out: Path, err: Path) -> None:
    """Have this process write to files."""
    for number, path in enumerate((out, err), start=1):
        with path.open("a") as file:
            os.dup2(file.fileno(), number)


def full(number: int) -> None:
    """Have a stream of this process go to a device without room."""
    with Path("/dev/full").open("w") as device:
        os.dup2(device.fileno(), number)


def unread(number: int) -> None:
    """Have a stream of this process go into a pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    os.dup2(writer, number)
    os.close(writer)


def ikura(
    arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run the command line in a process of its own, without a terminal."""
    with tempfile.TemporaryDirectory() as streams:
        out, err = Path(streams) / "out", Path(streams) / "err"
        with process_of(_run_elsewhere, arguments, folder, dict(environment), out, err) as process:
            process.join(PATIENCE)
        assert process.exitcode is not None
        return subprocess.CompletedProcess(
            ["ikura", *arguments], process.exitcode, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")
        )


def _run_elsewhere(arguments: Sequence[str], folder: Path, environment: dict[str, str], out: Path, err: Path) -> None:
    redirect(out, err)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    command_line(arguments)
