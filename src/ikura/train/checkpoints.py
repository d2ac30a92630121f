"""Training under way, kept on disk, so that a process that is killed loses seconds of it and not hours.

A file holds the rows of one chunk at some position: all that training changes. Whatever a chunk is made of next
time, each row goes on from where it was, to the same bits: rows do not depend on each other.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ikura.train.task import Candidate
from ikura.train.worker import Lap, Rows

SECONDS = 30.0
"""Between two files of a chunk."""

KEPT = 2
"""Files of a chunk: should the last be damaged, there is the one before."""

LARGEST_URGENT = 2**28
"""Bytes; a larger one is not written because the process ends, which must not take long, but only when it is due."""

DIGEST = hashlib.sha256().digest_size
SUFFIX = ".checkpoint"


@dataclass(frozen=True, slots=True)
class Row:
    """One candidate on its way."""

    position: int
    """So far its worker had come."""
    leaves: tuple[NDArray[Any], ...]
    """Of its Rows."""


class Checkpoints:
    """The checkpoints of one study in a folder of their own."""

    def __init__(self, folder: Path, study: str, seconds: float = SECONDS) -> None:
        """Takes a folder.

        Args:
            folder: made when it is needed.
            study: all that the numbers depend on; checkpoints that were written for another one are not used.
            seconds: of training between two checkpoints of a chunk.
        """
        self.damaged: list[str] = []
        """The names of files that `read` could not use."""
        self.failure: str | None = None
        """Why the last file could not be written, if so: training goes on without."""
        self._seconds = seconds
        self._folder = folder
        self._study = hashlib.sha256(study.encode()).hexdigest()

    def keeper(self, candidates: Sequence[Candidate]) -> "Keeper":
        """For a chunk whose training begins now."""
        return Keeper(self, candidates, self._seconds)

    def read(self) -> dict[tuple[int, int], Row]:
        """The latest row of each (number, replicate) that is on its way."""
        rows: dict[tuple[int, int], Row] = {}
        for path in _in_order(self._folder.glob(f"*{SUFFIX}")):
            rows |= self._rows(path)
        return rows

    def write(self, candidates: Sequence[Candidate], rows: Rows, position: int) -> None:
        """Keeps a chunk's first rows, which belong to the candidates, at a position."""
        host = [np.asarray(leaf)[: len(candidates)] for leaf in jax.tree.leaves(rows)]
        about = {
            "study": self._study,
            "position": str(position),
            "candidates": json.dumps([_key(candidate) for candidate in candidates]),
        }
        content = save({f"{place}": leaf for place, leaf in enumerate(host)}, metadata=about)
        path = self._folder / f"{_name(candidates)}-{position}{SUFFIX}"
        unfinished = path.with_suffix(".unfinished")
        try:
            self._put(path, unfinished, content)
        except OSError as error:
            self.failure = f"{path}: {error.strerror}"
            # What there is of it would take the room that others need.
            _remove([unfinished])
            return
        _remove(self._files(candidates)[:-KEPT])

    def forget(self, candidates: Sequence[Candidate]) -> None:
        """Removes the files of a chunk that is done."""
        _remove(self._files(candidates))

    def clear(self) -> None:
        """Removes everything: the study is done."""
        _remove(self._folder.glob("*"))
        with suppress(OSError):
            self._folder.rmdir()

    def _put(self, path: Path, unfinished: Path, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            file.write(hashlib.sha256(content).digest())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)

    def _files(self, candidates: Sequence[Candidate]) -> list[Path]:
        return _in_order(self._folder.glob(f"{_name(candidates)}-*{SUFFIX}"))

    def _rows(self, path: Path) -> dict[tuple[int, int], Row]:
        try:
            content = path.read_bytes()
        except OSError:
            content = b""
        if hashlib.sha256(content[DIGEST:]).digest() != content[:DIGEST]:
            self.damaged.append(path.name)
            return {}
        try:
            return self._rows_of(content[DIGEST:])
        except (ValueError, LookupError, TypeError, SafetensorError):  # another program's
            self.damaged.append(path.name)
            return {}

    def _rows_of(self, payload: bytes) -> dict[tuple[int, int], Row]:
        about = json.loads(payload[8 : 8 + int.from_bytes(payload[:8], "little")])["__metadata__"]
        if about["study"] != self._study:
            return {}
        arrays = load(payload)
        leaves = [arrays[f"{place}"] for place in range(len(arrays))]
        return {
            (number, replicate): Row(int(about["position"]), tuple(leaf[row] for leaf in leaves))
            for row, (number, replicate) in enumerate(json.loads(about["candidates"]))
        }


class Keeper:
    """Writes the checkpoints of a chunk that is being trained."""

    def __init__(self, checkpoints: Checkpoints, candidates: Sequence[Candidate], seconds: float) -> None:
        self._checkpoints = checkpoints
        self._candidates = candidates
        self._seconds = seconds
        self._last = time.monotonic()

    def after(self, lap: Lap, *, urgent: bool) -> None:
        """Writes one if it is due, or urgent; not at the end, when all is done."""
        now = time.monotonic()
        due = now - self._last >= self._seconds
        if urgent and not due:
            due = sum(leaf.nbytes for leaf in jax.tree.leaves(lap.rows)) <= LARGEST_URGENT
        if lap.position < lap.end and due:
            self._checkpoints.write(self._candidates, lap.rows, lap.position)
            self._last = now


def _remove(paths: Iterable[Path]) -> None:
    """As far as that can be done: a file that stays is never read for another study."""
    for path in paths:
        with suppress(OSError):
            path.unlink()


def _key(candidate: Candidate) -> tuple[int, int]:
    return candidate.number, candidate.replicate


def _name(candidates: Sequence[Candidate]) -> str:
    return hashlib.sha256(repr([_key(candidate) for candidate in candidates]).encode()).hexdigest()[:16]


def _in_order(paths: Iterable[Path]) -> list[Path]:
    """By position; other programs' files are left out."""
    ours = [path for path in paths if path.stem.rpartition("-")[2].isdecimal()]
    return sorted(ours, key=lambda path: (int(path.stem.rpartition("-")[2]), path.stem))
