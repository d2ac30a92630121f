"""A user's folder in which a study runs, in one process after the other."""

import multiprocessing
import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from ikura.records import StudyRecord
from ikura.store import open_store
from tests.processes import FORKED, PATIENCE, process_of, redirect

FRESH = multiprocessing.get_context("spawn")
"""For processes that must begin with the environment that they are given."""


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    errors: str
    """What it wrote to standard error."""


@dataclass
class Place:
    """A folder with a study `s` that has results, checkpoints and a store."""

    folder: Path
    tune: Sequence[str]
    """What the study is begun with."""
    run: Callable[[Sequence[str]], None]
    """What a process does."""
    programs: Path
    """The cache of compiled programs."""
    out: Path = field(init=False)
    home: Path = field(init=False)
    store: Path = field(init=False)

    def __post_init__(self) -> None:
        self.out, self.home, self.store = self.folder / "out", self.folder / "home", self.folder / "s.db"

    def process(
        self, *prepare: Callable[[], None], cores: int | None = None, context: BaseContext = FORKED
    ) -> AbstractContextManager[BaseProcess]:
        """Begin the study, or go on with it, in a process that ends with the block.

        Args:
            prepare: what the process does first.
            cores: so many of those that there are; all by default.
            context: where the process comes from.
        """
        return process_of(self._inside, self.command(), prepare, cores, context=context)

    def ended(self, process: BaseProcess) -> Ended:
        """Wait for its end."""
        process.join(PATIENCE)
        assert process.exitcode is not None, "it hangs"
        errors = self._errors.read_text()
        assert "Traceback" not in errors, errors
        return Ended(process.exitcode, errors)

    def finish(self, cores: int | None = None) -> None:
        """Go on to the end."""
        with self.process(cores=cores) as process:
            ended = self.ended(process)
        assert ended.code == 0, ended.errors

    def command(self) -> list[str]:
        """What a user would type now."""
        stored = ["--store", str(self.store), "--quiet"]
        if self.record() is not None:
            return ["resume", "s", *stored]
        return ["tune", *self.tune, "--name", "s", "--out", str(self.out), *stored]

    def record(self) -> StudyRecord | None:
        """Return the study, if there is one."""
        if not self.store.exists():
            return None
        with open_store(str(self.store)) as store:
            return next(iter(store.studies()), None)

    def is_complete(self) -> bool:
        record = self.record()
        return record is not None and record.status == "complete"

    def checkpoints(self) -> list[Path]:
        return list((self.home / "checkpoints").rglob("*.checkpoint"))

    def found(self) -> dict[str, object]:
        """Return all that the study has left behind, but for what time has put into it."""
        with open_store(str(self.store), must_exist=True) as store:
            study, history = store.study("s"), store.history("s")
        outcome = study.outcome
        kept = ("best", "finalists", "test", "trials", "diverged", "failed", "stopped", "epochs_trained")
        results = {path.name: path.read_bytes() for path in (self.out / "s").glob("model.*")}
        about = re.sub(rb'"(written|created|seconds)": [^,\n]*', b"", results.pop("model.json", b""))
        return {
            "status": study.status,
            "trials": [(trial.number, trial.round, dict(trial.config)) for trial in history.trials],
            "states": history.states,
            "curves": {metric: curve.tobytes() for metric, curve in history.curves.items()},
            "edits": history.edits,
            "regions": history.regions,
            "outcome": None if outcome is None else {name: getattr(outcome, name) for name in kept},
            "checkpoints": self.checkpoints() if outcome else [],
            "model": results,
            "about": about,
            "report": (self.out / "s" / "report.html").exists(),
        }

    @property
    def _errors(self) -> Path:
        return self.folder / "errors"

    def _inside(self, arguments: Sequence[str], prepare: Sequence[Callable[[], None]], cores: int | None) -> None:
        """Do what the process does."""
        self.folder.mkdir(exist_ok=True)
        os.chdir(self.folder)
        os.environ["IKURA_HOME"] = str(self.home)
        os.environ["XDG_CACHE_HOME"] = str(self.programs)
        if cores is not None:
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
        self._errors.unlink(missing_ok=True)
        redirect(self._errors, self._errors)
        for step in prepare:
            step()
        self.run(arguments)


def wait_for(path: Path, process: BaseProcess) -> None:
    """Wait until there is a file, or the process has ended."""
    while process.is_alive() and not path.exists():
        time.sleep(0.002)


def same(found: dict[str, object], untouched: dict[str, object]) -> None:
    for what, expected in untouched.items():
        assert found[what] == expected, what
