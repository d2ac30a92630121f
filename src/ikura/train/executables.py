"""Compiled programs on disk, so that the next run starts at once.

JAX's own cache finds what XLA compiled by the program's text, for which the program must be traced and lowered each
time: most of a second. Here a program is found by all that its text follows from, and loaded in a few hundredths. That
goes for the built-in network; what a network of the user's own is made of nobody knows, and JAX's cache serves it.
"""

import contextlib
import hashlib
import io
import os
import platform
import threading
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.experimental import serialize_executable

from ikura.nn import MLP, EngineNetwork
from ikura.train.devices import Device
from ikura.train.program import Structure

DIGEST = hashlib.sha256().digest_size


CACHE_BYTES = 1 << 30
"""Of compiled programs on disk, at most; one has about 300 kB."""


def keeps_programs(network: EngineNetwork) -> bool:
    """Whether the programs of a network are kept here, or by JAX if at all.

    Where JAX's cache is in use, it is left to it: what comes out of that cannot be written once more, since on a CPU it
    loses its functions.
    """
    return isinstance(network, MLP) and jax.config.values["jax_compilation_cache_dir"] is None


def have_jax_keep_programs() -> None:
    """Sets JAX's own cache up, unless the user has."""
    settings: Any = jax.config
    if settings.jax_compilation_cache_dir is None:
        folder = cache_folder() / "programs"
        settings.update("jax_compilation_cache_dir", str(folder))
        settings.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        _forget_oldest(folder)


def executable_path(structure: Structure, arguments: tuple[Any, ...], device: Device) -> Path:
    """Where the program of the built-in network for arguments of these shapes lies or is to be laid."""
    shapes = [(leaf.shape, str(leaf.dtype)) for leaf in jax.tree.leaves(arguments)]
    facts = (structure, shapes, device.device_kind, device.client.platform_version, _surroundings())
    return cache_folder() / "executables" / hashlib.sha256(repr(facts).encode()).hexdigest()


def load(path: Path, arguments: tuple[Any, ...], device: Device) -> Callable[..., Any] | None:
    """The program that `save` laid there, or None if there is none, or a damaged one.

    Args:
        path: from `executable_path`.
        arguments: the program's; it returns a pytree like the first of them.
        device: which is to run it.
    """
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content[DIGEST:]).digest() != content[:DIGEST]:
        return None
    unloaded, signature, no_kwargs = _Unpickler(io.BytesIO(content[DIGEST:]), device.client, [device]).load()
    in_tree, out_tree = jax.tree.structure((arguments, {})), jax.tree.structure(arguments[0])
    return jax.stages.Compiled(unloaded.load(), [], in_tree.unflatten(signature), out_tree, no_kwargs=no_kwargs)


def save(path: Path, compiled: jax.stages.Compiled) -> None:
    """Lays a program down for later runs; readers see all of it or nothing. Where no file can be, none is."""
    payload, _, _ = serialize_executable.serialize(compiled)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            unfinished.write_bytes(hashlib.sha256(payload).digest() + payload)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        _forget_oldest(path.parent)


def cache_folder() -> Path:
    """The folder for what can be made again."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ikura"


def _forget_oldest(folder: Path) -> None:
    """Removes the files that were written first until the others keep to CACHE_BYTES."""
    files = []
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # another process tidies up, too
            if path.is_file():
                files.append((path.stat().st_mtime, path.stat().st_size, path))
    room = CACHE_BYTES
    for _, size, path in sorted(files, reverse=True):
        room -= size
        if room < 0:
            path.unlink(missing_ok=True)


class _Unpickler(serialize_executable._JaxPjrtUnpickler):
    """Loads a program for the device at hand, whichever one it was compiled for: they are all of a kind."""

    def persistent_load(self, pid: tuple[Any, ...]) -> Any:
        device = self.execution_devices[0]
        if pid[0] == "device":
            return device
        if pid[0] == "exec":
            xla: Any = serialize_executable.xc  # pyright: ignore[reportPrivateImportUsage]
            options = xla.CompileOptions()
            options.device_assignment = xla.DeviceAssignment.create(np.array([[device.id]]))
            return self.backend.deserialize_executable(pid[1], self.execution_devices, options)
        return super().persistent_load(pid)


def _surroundings() -> str:
    """All else that a program's instructions follow from: our code, JAX and how it is set, the processor."""
    settings = {name: value for name, value in jax.config.values.items() if "cache" not in name}
    return repr((_code_and_processor(), os.environ.get("XLA_FLAGS"), sorted(settings.items())))


@cache
def _code_and_processor() -> str:
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parents[1].glob("**/*.py")):
        digest.update(file.read_bytes())
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    processor = sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))})
    versions = [version(package) for package in ("jax", "jaxlib", "numpy")]
    digest.update(repr((platform.python_version(), versions, processor)).encode())
    return digest.hexdigest()
