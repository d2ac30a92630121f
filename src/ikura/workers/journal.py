"""What was reported, on disk before anybody is told: so that nothing is lost, whoever is killed."""

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from ikura.files import write_whole

_OWNER = "study.txt"
_ENDING = ".jsonl"


class JournalFile:
    """A file to which one worker appends what it is told: one line of JSON each, in one go."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def report(self, way: str, epoch: int, metrics: Mapping[str, float]) -> None:
        """Keep the metrics of an epoch."""
        self._append([way, epoch, dict(metrics)])

    def pause(self, way: str, epochs: int) -> None:
        """Keep that training has ended where it was to stop, so that what it leaves in its folder is of there."""
        self._append([way, epochs, None])

    def end(self, way: str, metrics: Mapping[str, float] | None) -> None:
        """Keep that training ended by itself, and what it returned."""
        self._append([way, None, None if metrics is None else dict(metrics)])

    def _append(self, entry: list[object]) -> None:
        os.write(self._descriptor, f"{json.dumps(entry)}\n".encode())


@dataclass
class Known:
    """What is known of one way."""

    reports: dict[int, Mapping[str, float]] = field(default_factory=dict)
    """By epoch."""
    paused: int = 0
    """To which epoch it was trained when training ended last, as it was to."""
    ended: bool = False
    """Whether training ended by itself."""
    returned: Mapping[str, float] | None = None

    @property
    def epochs(self) -> int:
        """How many epochs are known."""
        return max(self.reports, default=-1) + 1


class Journal:
    """The files of all workers of a study, of this run and of earlier ones."""

    def __init__(self, folder: Path) -> None:
        """Take a folder, which is made when the first worker needs it."""
        self._folder = folder
        self._next = 0

    @classmethod
    def of(cls, folder: Path, study: str) -> tuple[Self, dict[str, Known]]:
        """Return the journal of a study in a folder, and what is known by way; what another study left is removed."""
        journal = cls(folder)
        owner = folder / _OWNER
        if folder.exists() and (not owner.exists() or owner.read_text(encoding="utf-8") != study):
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(owner, study)
        return journal, journal._read()

    def new_file(self) -> Path:
        """Return the path of a file for one more worker."""
        path = self._folder / f"{self._next:06}{_ENDING}"
        self._next += 1
        return path

    def remove(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self) -> dict[str, Known]:
        known: dict[str, Known] = defaultdict(Known)
        for path in sorted(self._folder.glob(f"*{_ENDING}")):
            self._next = int(path.stem) + 1
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    way, epoch, metrics = json.loads(line)
                except ValueError:
                    continue  # the machine went down in the middle of it
                if epoch is None:
                    known[way].ended, known[way].returned = True, metrics
                elif metrics is None:
                    known[way].paused = max(known[way].paused, epoch)
                else:
                    known[way].reports.setdefault(epoch, metrics)
        return dict(known)
