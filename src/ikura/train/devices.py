"""Sets JAX up for populations: one single-threaded device a core, and compiled programs kept on disk."""

import contextlib
import os
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import jax

Device: TypeAlias = Any
"""A `jax.Device`, which JAX declares in a way that type checkers take for a variable."""

CPU_CHUNK = 4
"""Trials that a program trains at once on a CPU core.

With 0.5 to 1 MiB of cache a core, 4 was the best or close to it for every network measured, from 64-64-10 to
784-256-256-10, with dropout and without. It is no setting and is not tuned at run time: another chunk rounds otherwise,
and a trial's numbers must not depend on the clock.
"""

ACCELERATOR_CHUNK = 256
"""The same elsewhere, where memory is fast and launches are dear."""


@cache
def devices() -> tuple[Device, ...]:
    """The devices that populations are spread over.

    The first call sets JAX up, as far as the user has not done so: a CPU device for each core this process may use, no
    threads inside operations (trials need no synchronisation; threads do), and compiled programs kept in the user's
    cache folder.
    """
    settings: Any = jax.config
    flags = os.environ.get("XLA_FLAGS", "")
    if "xla_cpu_multi_thread_eigen" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false".lstrip()
    if settings.jax_num_cpu_devices < 1:
        # Refused once the user's own code has started JAX: then his devices serve, with the same numbers.
        with contextlib.suppress(RuntimeError):
            settings.update("jax_num_cpu_devices", len(os.sched_getaffinity(0)))
    if settings.jax_compilation_cache_dir is None:
        settings.update("jax_compilation_cache_dir", str(_cache_folder()))
        settings.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    return tuple(jax.local_devices())


def chunk_size() -> int:
    """How many trials a program trains at once on this backend."""
    return CPU_CHUNK if jax.default_backend() == "cpu" else ACCELERATOR_CHUNK


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ikura" / "programs"
