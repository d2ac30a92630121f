"""Snapshots as bytes, and files of several of them.

A file is a row of records: a checksum of 32 bytes, the length of the rest in 8, and the rest, which is safetensors with
the arrays' own bytes. So one of many can be read without the others, and damage to one harms no other.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ikura.nn import Variables
from ikura.optim import initial_slots
from ikura.train.snapshot import Position, Snapshot

SUFFIX = ".checkpoint"
CHECKSUM = hashlib.sha256().digest_size
LENGTH = 8


class DamagedSnapshotError(ValueError):
    """A record is not what Ikura wrote."""


class Place(NamedTuple):
    """Where a record lies."""

    path: Path
    offset: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a record says before its arrays are looked at."""

    about: Mapping[str, str]
    """What was given with the snapshot."""
    position: Position
    loss: float
    layout: str
    """Types and shapes of the arrays."""


def write(path: Path, records: Iterable[bytes]) -> list[Place]:
    """Write a file that is whole, or not there, and return where its records lie.

    Raises:
        OSError: it cannot be written; nothing is left of it.
    """
    unfinished = path.with_suffix(".unfinished")
    places = []
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            for record in records:
                places.append(Place(path, file.tell()))
                file.write(hashlib.sha256(record).digest())
                file.write(len(record).to_bytes(LENGTH, "little"))
                file.write(record)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError:
        # What there is of it would take the room that others need.
        with suppress(OSError):
            unfinished.unlink()
        raise
    return places


def records_of(path: Path) -> Iterator[tuple[Place, bytes | None]]:
    """Yield a file's records with their places; None for one that is damaged."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if not size:
                yield Place(path, 0), None
            while (offset := file.tell()) < size:
                yield Place(path, offset), _next_record(file, size)
    except OSError:
        yield Place(path, 0), None


def read(place: Place) -> bytes | None:
    """Return one record; None where it is damaged, or gone."""
    try:
        with place.path.open("rb") as file:
            file.seek(place.offset)
            return _next_record(file, os.fstat(file.fileno()).st_size)
    except OSError:
        return None


def to_bytes(snapshot: Snapshot, about: Mapping[str, str]) -> bytes:
    """Return a snapshot as a record."""
    leaves = snapshot.leaves
    arrays = {f"{place}": _bytes_of(leaf) for place, leaf in enumerate(leaves)}
    metadata = {
        "about": json.dumps(dict(about)),
        "position": json.dumps(snapshot.position),
        "loss": json.dumps(snapshot.loss),
        "layout": _layout(leaves),
    }
    return save(arrays | {"curves": np.ascontiguousarray(snapshot.curves)}, metadata=metadata)


def header(record: bytes) -> Header:
    """Read what a record says of itself.

    Raises:
        DamagedSnapshotError: it is not what `to_bytes` made.
    """
    try:
        metadata = json.loads(record[8 : 8 + int.from_bytes(record[:8], "little")])["__metadata__"]
        epoch, steps = json.loads(metadata["position"])
        about, loss = json.loads(metadata["about"]), float(json.loads(metadata["loss"]))
        return Header(about, Position(int(epoch), int(steps)), loss, metadata["layout"])
    except (ValueError, LookupError, TypeError) as error:
        raise DamagedSnapshotError(str(error)) from error


def from_bytes(record: bytes, blank: Variables) -> Snapshot | None:
    """Return the snapshot in a record; None where its arrays are not as those of `blank`, the network's variables now.

    Raises:
        DamagedSnapshotError: it is not what `to_bytes` made.
    """
    found = header(record)
    expected, structure = jax.tree.flatten((blank, initial_slots(blank.params)))
    if found.layout != _layout(expected):
        return None
    try:
        arrays = load(record)
        leaves = [arrays[f"{place}"].view(_dtype(leaf)).reshape(np.shape(leaf)) for place, leaf in enumerate(expected)]
        variables, slots = jax.tree.unflatten(structure, leaves)
        return Snapshot(found.position, variables, slots, found.loss, arrays["curves"])
    except (ValueError, LookupError, TypeError, SafetensorError) as error:
        raise DamagedSnapshotError(str(error)) from error


def _next_record(file: Any, size: int) -> bytes | None:
    """Read a record and go behind it, or to the end where nobody knows how long it is."""
    checksum, length = file.read(CHECKSUM), int.from_bytes(file.read(LENGTH), "little")
    if file.tell() + length > size:
        file.seek(size)
        return None
    record = file.read(length)
    return record if hashlib.sha256(record).digest() == checksum else None


def _bytes_of(leaf: NDArray[Any]) -> NDArray[np.uint8]:
    """Return an array's bytes: safetensors does not read every type of numbers that JAX has."""
    return np.ascontiguousarray(leaf).reshape(-1).view(np.uint8)


def _layout(leaves: Iterable[Any]) -> str:
    return json.dumps([[str(_dtype(leaf)), list(np.shape(leaf))] for leaf in leaves])


def _dtype(leaf: Any) -> np.dtype[Any]:
    """Return the type that an array has once a program has trained it."""
    return jax.dtypes.canonicalize_dtype(np.asarray(leaf).dtype)
