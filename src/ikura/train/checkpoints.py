"""Snapshots of a study's trials: paused ones in memory, and on disk what a process that is killed should not lose.

A snapshot that is lost or damaged is never an error: the trial is trained again from its first epoch, to the same bits.
"""

import hashlib
import json
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, RLock
from typing import TypeAlias

import jax

from ikura.nn import Variables
from ikura.records import Job
from ikura.train.snapshot import Position, Snapshot, way, ways
from ikura.train.snapshot_files import (
    SUFFIX,
    DamagedSnapshotError,
    Place,
    from_bytes,
    header,
    read,
    records_of,
    to_bytes,
    write,
)
from ikura.train.worker import Slice

SECONDS = 30.0
"""Between two files of the same trials."""

MEMORY_BYTES = 2**30
"""Of paused trials in memory; above it they are written to disk, where there is a folder for them."""

KEPT = 2
"""Snapshots of a trial on disk: should the last be damaged, there is the one before."""

LARGEST_URGENT = 2**28
"""Bytes; more are not written because the process ends, which must not take long, but only when they are due."""

Owner: TypeAlias = tuple[int, int]
"""A trial's number and the replicate."""


@dataclass(slots=True, eq=False)
class Kept:
    """A snapshot in memory, on disk, or both."""

    owner: Owner
    way: str
    position: Position
    snapshot: Snapshot | None
    place: Place | None = None
    holders: int = 0
    """Jobs that are to go on from it."""
    wanted: bool = True
    """Whether jobs to come may go on from it."""


class Snapshots:
    """The snapshots of one study. Any thread may use them."""

    def __init__(self, *, seconds: float = SECONDS, memory: float = MEMORY_BYTES) -> None:
        """Begin with none.

        Args:
            seconds: of training between two files of the same trials.
            memory: bytes of paused trials in memory.
        """
        self.damaged: list[str] = []
        """The names of files of which something could not be used."""
        self.failure: str | None = None
        """Why the last file could not be written, if so: training goes on without."""
        self.seconds = seconds
        self._memory = memory
        self._folder: Path | None = None
        self._study = ""
        self._last = time.monotonic()
        """When paused trials were written."""
        self._next = 0
        self._of: defaultdict[Owner, list[Kept]] = defaultdict(list)
        """Each trial's, oldest first."""
        self._on: defaultdict[str, list[Kept]] = defaultdict(list)
        """By their ways."""
        self._held: set[Kept] = set()
        self._bytes = 0
        """In memory, of those that are wanted."""
        self._files: Counter[Path] = Counter()
        """How many snapshots of each are of use."""
        self._lock = RLock()
        self._writing = Lock()

    def keep(self, folder: Path, study: str) -> None:
        """Write to this folder from now on, and take what is there.

        Args:
            folder: made when it is needed.
            study: all that the numbers depend on; what was written for another one is not used.
        """
        # Hashed, since it may hold the password of a database.
        self._folder, self._study = folder, hashlib.sha256(study.encode()).hexdigest()
        found = [path for path in folder.glob(f"*{SUFFIX}") if path.stem.isdecimal()]
        for path in sorted(found, key=lambda path: int(path.stem)):
            self._next = max(self._next, int(path.stem) + 1)
            for place, record in records_of(path):
                try:
                    kept = self._read(record, place)
                except DamagedSnapshotError:
                    self._note_damage(path)
                    continue
                if kept is not None:
                    self._add(kept)
                    self._files[path] += 1

    @property
    def on_disk(self) -> bool:
        """Whether there is a folder to write to."""
        return self._folder is not None

    def find(self, job: Job, *, whole_epochs: bool) -> Kept | None:
        """Return the snapshot that is farthest on the job's way, if there is any, and hold it until it is released.

        Args:
            job: its configurations are full.
            whole_epochs: whether it must not have begun another epoch.
        """
        with self._lock:
            if not self._on:
                return None
            for leg, digest in reversed(list(ways(job.legs, job.replicate))):
                there = [
                    kept
                    for kept in self._on.get(digest, ())
                    if kept.position <= (leg.stop, 0) and not (whole_epochs and kept.position.steps)
                ]
                if there:
                    best = max(there, key=lambda kept: kept.position)
                    best.holders += 1
                    self._held.add(best)
                    return best
        return None

    def load(self, kept: Kept, blank: Callable[[], Variables]) -> Snapshot | None:
        """Return the snapshot itself; None where it was damaged, or its arrays are not as the network makes them now.

        Args:
            kept: held by the caller.
            blank: gives any variables of the trial's network, whose structure those on disk must have.
        """
        snapshot, place = kept.snapshot, kept.place
        if snapshot is not None or place is None:
            return snapshot
        record = read(place)
        try:
            if record is not None:
                return from_bytes(record, blank())
        except DamagedSnapshotError:
            pass
        self._note_damage(place.path)
        return None

    def release(self, kept: Kept) -> None:
        """Say that a holder needs it no more."""
        with self._lock:
            kept.holders -= 1
            if not kept.holders:
                self._held.discard(kept)
                if not kept.wanted:
                    self._let_go(kept)

    def put(self, job: Job, snapshot: Snapshot) -> None:
        """Keep a paused trial, in the place of all that there is of it."""
        with self._lock:
            self._supersede(_owner(job))
            self._add(_kept(job, snapshot))
            self._bytes += snapshot.nbytes

    def spill(self) -> None:
        """Where more than the limit is in memory, take the oldest out of it; not where they cannot be written."""
        if self._bytes <= self._memory or self._folder is None:
            return
        if self.failure and time.monotonic() - self._last < self.seconds:
            return
        with self._lock:
            chosen, left = [], self._bytes
            for kept in [kept for each in self._of.values() for kept in each if kept.snapshot is not None]:
                if left <= self._memory / 2:
                    break
                left -= 0 if kept.snapshot is None else kept.snapshot.nbytes
                chosen.append(kept)
        self._save(lambda: chosen)
        with self._lock:
            for kept in chosen:
                if kept.wanted and kept.place is not None and kept.snapshot is not None:
                    self._bytes -= kept.snapshot.nbytes
                    kept.snapshot = None

    def write(self, pairs: Sequence[tuple[Job, Snapshot]]) -> None:
        """Write trials that are on their way, if that can be done."""
        new = [_kept(job, snapshot) for job, snapshot in pairs]
        if not self._save(lambda: new):
            return
        with self._lock:
            for kept in new:
                kept.snapshot = None
                self._supersede(kept.owner)
                self._add(kept)
                self._prune(kept.owner)

    def write_due(self) -> None:
        """Write the paused trials that are not on disk, if it is time."""
        if self._folder is not None and time.monotonic() - self._last >= self.seconds:
            self._last = time.monotonic()
            self._save(self._unsaved)

    def forget(self, job: Job) -> None:
        """Remove what there is of a job's trial and replicate."""
        with self._lock:
            for kept in self._of.pop(_owner(job), ()):
                self._drop(kept)

    def forget_trials(self, trials: Collection[int]) -> None:
        """Remove what there is of trials."""
        with self._lock:
            for owner in [owner for owner in self._of if owner[0] in trials]:
                for kept in self._of.pop(owner):
                    self._drop(kept)

    def close(self, *, done: bool) -> None:
        """Write what is not on disk; if the study is done, remove everything instead."""
        if self._folder is None:
            return
        if not done:
            self._save(self._urgent)
            return
        shutil.rmtree(self._folder, ignore_errors=True)

    def _add(self, kept: Kept) -> None:
        self._of[kept.owner].append(kept)
        self._on[kept.way].append(kept)

    def _supersede(self, owner: Owner) -> None:
        """Take a trial's snapshots out of memory; those on disk stay until there is a newer one."""
        for kept in list(self._of[owner]):
            if kept.place is None:
                self._of[owner].remove(kept)
                self._drop(kept)
            elif kept.snapshot is not None:
                self._bytes -= kept.snapshot.nbytes
                kept.snapshot = None

    def _prune(self, owner: Owner) -> None:
        """Remove all of a trial's on disk but the last few."""
        for kept in [kept for kept in self._of[owner] if kept.place is not None][:-KEPT]:
            self._of[owner].remove(kept)
            self._drop(kept)

    def _drop(self, kept: Kept) -> None:
        """Have nobody else find a snapshot; its holders still have it."""
        kept.wanted = False
        self._on[kept.way].remove(kept)
        if not self._on[kept.way]:
            del self._on[kept.way]
        if kept.snapshot is not None:
            self._bytes -= kept.snapshot.nbytes
        if not kept.holders:
            self._let_go(kept)

    def _let_go(self, kept: Kept) -> None:
        if kept.place is not None:
            self._files[kept.place.path] -= 1
            self._remove_unused(kept.place.path)

    def _remove_unused(self, path: Path) -> None:
        if self._files[path] <= 0:
            del self._files[path]
            _remove([path])

    def _unsaved(self) -> list[Kept]:
        """Return what is in memory only; what nobody but a holder can find comes first."""
        unwanted = [kept for kept in self._held if not kept.wanted]
        everything = [*unwanted, *(kept for each in self._of.values() for kept in each)]
        return [kept for kept in everything if kept.snapshot is not None and kept.place is None]

    def _urgent(self) -> list[Kept]:
        """Return what may still be written when the process ends."""
        room, chosen = LARGEST_URGENT, []
        for kept in self._unsaved():
            size = 0 if kept.snapshot is None else kept.snapshot.nbytes
            if size <= room:
                room -= size
                chosen.append(kept)
        return chosen

    def _save(self, choose: Callable[[], list[Kept]]) -> bool:
        """Write what is chosen into one file, but what is on disk already; return whether all of it is there."""
        folder = self._folder
        if folder is None:
            return False
        with self._writing:
            with self._lock:
                chosen = [(kept, kept.snapshot) for kept in choose() if kept.snapshot and kept.place is None]
            if not chosen:
                return True
            path = folder / f"{self._next:08d}{SUFFIX}"
            self._next += 1
            try:
                places = write(path, (self._to_bytes(kept, snapshot) for kept, snapshot in chosen))
            except OSError as error:
                self.failure, self._last = f"{path}: {error.strerror}", time.monotonic()
                return False
            with self._lock:
                for (kept, _), place in zip(chosen, places, strict=True):
                    if kept.wanted or kept.holders:
                        kept.place = place
                        self._files[path] += 1
                for owner in {kept.owner for kept, _ in chosen}:
                    self._prune(owner)
                self._remove_unused(path)
        return True

    def _to_bytes(self, kept: Kept, snapshot: Snapshot) -> bytes:
        return to_bytes(snapshot, {"study": self._study, "owner": json.dumps(kept.owner), "way": kept.way})

    def _read(self, record: bytes | None, place: Place) -> Kept | None:
        """Return what a record holds; None if it is another study's.

        Raises:
            DamagedSnapshotError: it is not what Ikura wrote.
        """
        if record is None:
            raise DamagedSnapshotError("its checksum is wrong")
        found = header(record)
        try:
            if found.about["study"] != self._study:
                return None
            number, replicate = json.loads(found.about["owner"])
            return Kept((number, replicate), found.about["way"], found.position, None, place)
        except (ValueError, LookupError, TypeError) as error:
            raise DamagedSnapshotError(str(error)) from error

    def _note_damage(self, path: Path) -> None:
        if path.name not in self.damaged:
            self.damaged.append(path.name)


class CheckpointWriter:
    """Writes jobs that are being trained, now and then."""

    def __init__(self, snapshots: Snapshots, pack: Callable[[Slice], list[tuple[Job, Snapshot]]]) -> None:
        self._snapshots = snapshots
        self._pack = pack
        self._last = time.monotonic()

    def after(self, here: Slice, *, urgent: bool) -> None:
        """Write them if it is due, or urgent; not at the end, when all is done."""
        now = time.monotonic()
        due = now - self._last >= self._snapshots.seconds
        if urgent and not due:
            due = sum(leaf.nbytes for leaf in jax.tree.leaves(here.population)) <= LARGEST_URGENT
        if due and not here.over and self._snapshots.on_disk:
            self._snapshots.write(self._pack(here))
            self._last = now


def _owner(job: Job) -> Owner:
    return job.number, job.replicate


def _kept(job: Job, snapshot: Snapshot) -> Kept:
    return Kept(_owner(job), way(job.legs, job.replicate, snapshot.position), snapshot.position, snapshot)


def _remove(paths: Iterable[Path]) -> None:
    """Remove them as far as that can be done: a file that stays is never read for another study."""
    for path in paths:
        with suppress(OSError):
            path.unlink()
