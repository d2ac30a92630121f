"""Sets JAX up for populations: one single-threaded device a core."""

import contextlib
import os
from functools import cache
from typing import Any, TypeAlias

import jax

Device: TypeAlias = Any
"""A `jax.Device`, which JAX declares in a way that type checkers take for a variable."""

CPU_CHUNKS = ((32_000, 4), (128_000, 2))
"""Up to so many parameters a network, so many trials are trained at once on a CPU core; one by one above.

Small networks gain most from company (30 to 50 % of a step), large ones least (10 to 25 %), and a chunk that is not
full is wasted work. Measured with 0.5 MiB of cache a core, from 64-64-10 to 784-256-256-10. It is no setting and is not
tuned at run time: another chunk rounds otherwise, and a trial's numbers must not depend on the clock.
"""

ACCELERATOR_CHUNK = 256
"""The same elsewhere, where memory is fast and launches are dear."""


@cache
def devices() -> tuple[Device, ...]:
    """Return the devices that populations are spread over.

    The first call sets JAX up, as far as the user has not done so: a CPU device for each core this process may use, and
    no threads inside operations (trials need no synchronisation; threads do).
    """
    settings: Any = jax.config
    flags = os.environ.get("XLA_FLAGS", "")
    if "xla_cpu_multi_thread_eigen" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false".lstrip()
    if settings.jax_num_cpu_devices < 1:
        # Refused once the user's own code has started JAX: then his devices serve, with the same numbers.
        with contextlib.suppress(RuntimeError):
            settings.update("jax_num_cpu_devices", cores())
    return tuple(jax.local_devices())


def cores() -> int:
    """Return how many cores of the processor this process may use."""
    # Of other systems than Linux none tells.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def has_accelerator() -> bool:
    """Return whether JAX trains on something else than the processor here."""
    return devices()[0].platform != "cpu"


def chunk_size(parameters: int) -> int:
    """Return how many trials a program trains at once on this backend, for networks of so many parameters."""
    if jax.default_backend() != "cpu":
        return ACCELERATOR_CHUNK
    return next((chunk for most, chunk in CPU_CHUNKS if parameters <= most), 1)
