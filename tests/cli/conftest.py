"""The command line in real processes, and one finished study that many tests look at."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ikura.cli.main import run
from ikura.store import open_store
from tests.processes import PATIENCE, ikura


@dataclass(frozen=True)
class Workplace:
    """A folder with a store of its own. JAX's cache stays the user's, so that programs are compiled once."""

    folder: Path
    tune = ("tune", "iris", "--trials", "8", "--epochs", "5")
    """The study that many tests look at."""

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
        return kept | {"IKURA_HOME": str(self.folder / "home"), "TERM": "xterm-256color"}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "ikura", *arguments]

    def endless(self, go: Path, *arguments: str) -> list[str]:
        """The command for a study that has two results once there is a file, and goes on until it is stopped."""
        return [sys.executable, str(Path(__file__).with_name("endless.py")), str(go), *arguments]

    def ikura(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line here, in a process that need not import everything first."""
        return ikura(arguments, folder=self.folder, environment=self.environment)

    def run(self, command: list[str] | str) -> subprocess.CompletedProcess[str]:
        """Run a command here; one in a string with the shell."""
        return subprocess.run(
            command,
            shell=isinstance(command, str),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return Workplace(tmp_path_factory.mktemp("workplace"))


@pytest.fixture(scope="session")
def finished(workplace: Workplace) -> subprocess.CompletedProcess[str]:
    """The run of the study `finished`, as a user's, without a terminal."""
    return workplace.run(workplace.command(*workplace.tune, "--name", "finished"))


@pytest.fixture
def complaint(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., str]]:
    """Runs a command with a mistake in this process, and returns the last line of standard error."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    monkeypatch.chdir(workplace.folder)
    monkeypatch.setenv("IKURA_HOME", workplace.environment["IKURA_HOME"])
    open_store().close()
    for stream in ("stdin", "stdout", "stderr"):
        # The command line opens them anew.
        monkeypatch.setattr(sys, stream, getattr(sys, stream))

    def complain(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["ikura", *arguments])
        with pytest.raises(SystemExit) as stopped:
            run()
        said = capfd.readouterr()
        assert (stopped.value.code, said.out) == (2, "")
        return said.err.splitlines()[-1]

    yield complain
    for number, handler in handlers.items():
        signal.signal(number, handler)
