"""What all tests share."""

import os
import shlex
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import jax
import psycopg
import pytest
import xdist

from ikura.train import devices
from ikura.train.cache import cache_folder
from tests.processes import PATIENCE, running

MOST_WORKERS = 8
"""Processes that run tests: each has a JAX and a PostgreSQL server of its own."""

LONGEST_FIRST = ("faults", "cli", "docs", "store", "train", "study")
"""Folders whose files take longest: begun first, so that no worker is left alone with one in the end."""


def pytest_xdist_auto_num_workers() -> int:
    """Run a test on each core that this process may use, and one more: many wait for other processes."""
    return min(len(os.sched_getaffinity(0)) + 1, MOST_WORKERS)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start JAX before any test does: the promises are about one device and several."""
    if not xdist.is_xdist_controller(session):
        jax.config.update("jax_num_cpu_devices", 2)
        devices()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first; the tests of one file stay together."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    folder = item.nodeid.split("/")[1]
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


@pytest.fixture(scope="session", autouse=True)
def _own_folders(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep studies out of the home of whoever runs the tests, and programs where only this process compiles.

    JAX does not write its files in one go. They are kept for the next run.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IKURA_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("XDG_CACHE_HOME", str(cache_folder() / "tests" / worker_id))
        yield


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    """Give every test a home of its own."""
    monkeypatch.setenv("IKURA_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def spawn() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start processes, of which none outlives the test."""
    with ExitStack() as started:
        yield lambda command, **options: started.enter_context(running(command, **options))


@pytest.fixture
def small_disk_of() -> Iterator[Callable[[str], Path]]:
    """Makes a file system in memory of a size that `mount` understands."""
    with ExitStack() as mounts:

        def make(size: str) -> Path:
            if os.geteuid() != 0:
                pytest.skip("only root may mount a file system")
            folder = mounts.enter_context(tempfile.TemporaryDirectory())
            mounted = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={size}", "ikura-test", folder], check=False, capture_output=True
            )
            if mounted.returncode:
                pytest.skip("this root may not mount a file system")
            mounts.callback(subprocess.run, ["umount", "-l", folder], check=True)
            return Path(folder)

        yield make


NUMBERS = count()


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server of the tests' own, which listens on a socket in its folder and on a free port."""

    programs: Path
    folder: Path
    port: int
    emptied: list[str] = field(default_factory=list)

    def words(self, program: str, *arguments: str) -> list[str]:
        # The server refuses to run as root.
        user = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
        return [*user, str(self.programs / program), *arguments]

    def run(self, program: str, *arguments: str) -> None:
        words = self.words(program, *arguments)
        subprocess.run(words, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE)

    def make(self) -> None:
        self.run("initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "ikura", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        # Without fsync (-F), of which only a crash of the whole machine would make a difference.
        options = f"-F -k {self.folder} -h 127.0.0.1 -p {self.port}"
        self.control("-l", f"{self.folder}/log", "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        self.control("-m", how, "stop")

    def control(self, *arguments: str) -> None:
        self.run("pg_ctl", "-w", "-t", str(PATIENCE), "-D", f"{self.folder}/data", *arguments)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start it; it is stopped by a process that waits for the end of this one, even if it is killed."""
        stop = self.words("pg_ctl", "-w", "-D", f"{self.folder}/data", "-m", "immediate", "stop")
        wait = ["sh", "-c", f"read until_the_end; {shlex.join(stop)}; rm -rf {self.folder}"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(wait, cwd="/", stdin=subprocess.PIPE, start_new_session=True, **quiet):
            self.start()
            yield

    @contextmanager
    def away(self) -> Iterator[None]:
        """Stop it for a while."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def database(self) -> str:
        """The address of an empty database."""
        if self.emptied:
            return self.emptied.pop()
        name = f"test{next(NUMBERS)}"
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.address(name)

    def empty(self, address: str) -> None:
        """Have a database used again: to remove hundreds takes long."""
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with psycopg.connect(address) as connection:
            # What a test that failed has left open would be waited for.
            connection.execute(f"SELECT pg_terminate_backend(pid) {others}")
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        self.emptied.append(address)

    def address(self, name: str) -> str:
        return f"postgresql://ikura@/{name}?host={self.folder}&port={self.port}"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = programs[-1] if programs else shutil.which("initdb")
    if found is None:
        pytest.skip("PostgreSQL is not installed (Debian's package postgresql)")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="ikura-pg-", ignore_cleanup_errors=True) as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        server = Server(Path(found).parent, Path(folder), port)
        server.make()
        with server.running():
            yield server
