"""Standard streams that are closed, full, or read by nobody."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes import PATIENCE, command_line, full, process_of, redirect, unread


def _run(arguments: list[str], workplace, out: Path, err: Path, streams: list[tuple[Callable, int]]) -> None:
    redirect(out, err)
    os.chdir(workplace.folder)
    os.environ.update(workplace.environment)
    for spoil, number in streams:
        spoil(number)
    command_line(arguments)


@pytest.fixture
def run(workplace, tmp_path) -> Callable[..., tuple[int | None, str, str]]:
    """Runs a command with spoilt streams; its status, and what it could print."""

    def with_streams(*arguments: str, streams: list[tuple[Callable, int]]) -> tuple[int | None, str, str]:
        out, err = tmp_path / "out", tmp_path / "err"
        with process_of(_run, [*arguments], workplace, out, err, streams) as process:
            process.join(PATIENCE)
        return process.exitcode, out.read_text(), err.read_text()

    return with_streams


@pytest.mark.parametrize("spoil", [os.close, unread])
def test_an_answer_that_cannot_be_printed_is_stored_and_the_status_says_so(run, workplace, spoil: Callable) -> None:
    name = f"unprinted{spoil.__name__}"
    code, _, errors = run(*workplace.tune, "--quiet", "--name", name, streams=[(spoil, 1)])
    assert code == (128 + signal.SIGPIPE if spoil is unread else 1)
    first, *others = errors.splitlines()
    assert first == f"The study is complete; to see it: ikura show {name}"
    # A reader that has gone has seen what it wanted.
    assert len(others) == (0 if spoil is unread else 1)
    assert all(line.startswith("ikura: standard output: nothing can be printed there (") for line in others)
    assert "complete" in run("show", name, streams=[])[1]


@pytest.mark.parametrize("spoil", [full, unread])
def test_progress_that_cannot_be_shown_stops_nothing(run, workplace, spoil: Callable) -> None:
    # A database that is opened while a stream is closed must not get what is printed.
    name = f"unseen{spoil.__name__}"
    code, out, _ = run(*workplace.tune, "--name", name, streams=[(spoil, 2), (os.close, 0)])
    assert code == 0
    assert out.startswith("Best configuration")


@pytest.mark.parametrize("arguments", [["helper"], ["list"], ["--version"], ["show", "finished", "--json"], ["--help"]])
def test_every_command_says_so(finished, run, arguments: list[str]) -> None:
    code, _, errors = run(*arguments, streams=[(full, 1)])
    assert code == 1
    assert errors == (
        "ikura: standard output: nothing can be printed there (No space left on device): send it elsewhere\n"
    )


def test_a_mistake_that_cannot_be_told_is_still_a_mistake(run) -> None:
    assert run("show", "nothing", streams=[(full, 2)])[0] == 2
