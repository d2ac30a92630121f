"""Moments at which a process is disturbed."""

import os
import select
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from ikura.records import Decision, JobResult

CHECKPOINT_SECONDS = 0.02
"""Between two checkpoints, where there are to be some all the time."""


@dataclass(frozen=True)
class Moment:
    """When a process is to be killed."""

    what: str
    """Which of MOMENTS."""
    when: int
    told: Path | None = None
    """A file that is made then, so that others kill the process; it dies at once without."""
    checkpoints: bool = False
    """Whether checkpoints are written all the time."""

    def arrange(self) -> None:
        """Have this process reach it."""
        if self.checkpoints:
            checkpoints_all_the_time()
        MOMENTS[self.what](Countdown(self.when, die if self.told is None else self.told.touch))


class Countdown:
    """Does something at the n-th call."""

    def __init__(self, when: int, act: Callable[[], object]) -> None:
        self.left, self.act = when, act

    def __call__(self, *_: object, **__: object) -> None:
        self.left -= 1
        if not self.left:
            self.act()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def checkpoints_all_the_time() -> None:
    """Have those who train look up often, and write what they have each time."""
    from ikura.train import checkpoints, worker

    checkpoints.Snapshots.__init__.__kwdefaults__["seconds"] = CHECKPOINT_SECONDS
    worker.SLICE_SECONDS = CHECKPOINT_SECONDS


def after_results(act: Callable[[], object]) -> None:
    """Do something each time that results are stored."""
    from ikura.store.sql import SqlStore

    write = SqlStore.write

    def acting(store: SqlStore, name: str, results: Sequence[JobResult], decisions: Sequence[Decision] = ()) -> None:
        write(store, name, results, decisions)
        if results:
            act()

    SqlStore.write = acting


def hold_after_first_results(held: Path, go: Path) -> None:
    """Make a file once results are stored, and wait until there is another."""

    def hold() -> None:
        if held.exists():
            return
        held.touch()
        while not go.exists():
            select.select([], [], [], 0.002)  # where the clock is set back, `time.sleep` fails

    after_results(hold)


def commit(count: Countdown) -> None:
    event.listen(Engine, "commit", count)


def statement(count: Countdown) -> None:
    event.listen(Engine, "before_cursor_execute", count)


def checkpoint(count: Countdown) -> None:
    """When one is written, and not yet where it belongs."""
    os.fsync = count


def model(count: Countdown) -> None:
    """Before and after each file of the model and the report gets its name."""
    move = Path.replace

    def counted(path: Path, target: Any) -> Path:
        if not path.name.startswith(("model.", "report.")):
            return move(path, target)
        count()
        moved = move(path, target)
        count()
        return moved

    Path.replace = counted


def compilation(count: Countdown) -> None:
    """While a program compiles; nobody uses it before the process is dead."""
    from jax.stages import Lowered

    compile_, kill = Lowered.compile, count.act
    count.act = threading.Timer(0.1, kill).start

    def counted(lowered: Lowered, *arguments: Any, **options: Any) -> Any:
        count()
        compiled = compile_(lowered, *arguments, **options)
        if count.left <= 0:
            threading.Event().wait()
        return compiled

    Lowered.compile = counted


MOMENTS = {moment.__name__: moment for moment in (commit, statement, checkpoint, model, compilation)}
