"""Stores to test, and studies to put in them."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from ikura.records import METRICS, Trial, TrialResult, TrialState
from ikura.store import Store, open_store

NUMBERS = count()


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server of the tests' own, which listens on a socket in its folder and on a free port."""

    programs: Path
    folder: Path
    port: int

    def run(self, program: str, *arguments: str) -> None:
        # The server refuses to run as root.
        user = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
        words = [*user, str(self.programs / program), *arguments]
        subprocess.run(words, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, timeout=60)

    def make(self) -> None:
        self.run("initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "ikura", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        options = f"-k {self.folder} -h 127.0.0.1 -p {self.port}"
        self.run("pg_ctl", "-w", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        self.run("pg_ctl", "-w", "-D", f"{self.folder}/data", "-m", how, "stop")

    def database(self) -> str:
        """The address of a new, empty database."""
        name = f"test{next(NUMBERS)}"
        self.run("createdb", "-h", str(self.folder), "-p", str(self.port), "-U", "ikura", name)
        return f"postgresql://ikura@/{name}?host={self.folder}&port={self.port}"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = programs[-1] if programs else shutil.which("initdb")
    if found is None:
        pytest.skip("PostgreSQL is not installed (Debian's package postgresql)")
    with socket.create_server(("127.0.0.1", 0)) as free, tempfile.TemporaryDirectory(prefix="ikura-pg-") as folder:
        port = free.getsockname()[1]
        free.close()
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        server = Server(Path(found).parent, Path(folder), port)
        server.make()
        server.start()
        yield server
        server.stop("immediate")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of every kind there is."""
    if request.param == "postgresql":
        return request.getfixturevalue("server").database()
    return f"sqlite:///{tmp_path / 'ikura.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened


@pytest.fixture
def make_trials() -> Callable[..., list[Trial]]:
    def make(count: int, *, first: int = 0, round: int = 0) -> list[Trial]:  # noqa: A002
        return [
            Trial(number, {"units": number, "rate": 0.1 / (number + 1)}, round)
            for number in range(first, first + count)
        ]

    return make


@pytest.fixture
def make_results() -> Callable[..., list[TrialResult]]:
    def make(numbers: range, *, epochs: int = 3, state: TrialState = TrialState.COMPLETE) -> list[TrialResult]:
        draw = np.random.default_rng(numbers.start)
        return [
            TrialResult(number, state, {metric: draw.random(epochs, dtype=np.float32) for metric in METRICS})
            for number in numbers
        ]

    return make


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that other users can reach, which pytest's own cannot be."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.fixture
def plain_user() -> Iterator[None]:
    """Run the test as somebody whom file permissions bind; root is not."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)
