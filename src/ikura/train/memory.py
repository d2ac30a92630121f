"""How much is trained at once: as much as there is memory for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jax

SHARE = 0.8
"""Of the memory that is free when training begins, at most so much is used."""


class MemoryBudget:
    """Lets chunks in as long as their memory fits; one alone is always let in, to try."""

    def __init__(self, budget: float) -> None:
        """Set the budget, in bytes."""
        self.shortages = 0
        """How often memory ran out all the same."""
        self._budget = budget
        self._used: list[float] = []
        self._changed = threading.Condition()

    @contextmanager
    def reserve(self, needed: float) -> Iterator[None]:
        """Wait until so many bytes fit, and hold them."""
        with self._changed:
            self._changed.wait_for(lambda: not self._used or sum(self._used) + needed <= self._budget)
            self._used.append(needed)
        try:
            yield
        finally:
            with self._changed:
                self._used.remove(needed)
                self._changed.notify_all()

    @property
    def one_by_one(self) -> bool:
        """Whether chunks come in one by one, since memory ran out before."""
        return self.shortages > 0

    def ran_out(self) -> None:
        """Note that memory ran out: from now on, chunks come in one by one."""
        with self._changed:
            self._budget = 0.0
            self.shortages += 1


def is_shortage(error: Exception) -> bool:
    """Return whether an error says that memory ran out, be it Python's or a device's."""
    return isinstance(error, MemoryError) or (
        isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" in str(error)
    )


def available_bytes() -> float:
    """Return the memory that this process may still take, by the kernel's estimate and its control group's limit."""
    free = [_meminfo("MemAvailable")]
    limit, used = (_number(Path("/sys/fs/cgroup") / name) for name in ("memory.max", "memory.current"))
    if limit is not None and used is not None:
        free.append(limit - used)
    known = [amount for amount in free if amount is not None]
    return min(known, default=float("inf"))


def _meminfo(name: str) -> float | None:
    info = Path("/proc/meminfo")
    lines = info.read_text(encoding="ascii").splitlines() if info.exists() else []
    kilobytes = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return 1024.0 * float(kilobytes[0]) if kilobytes else None


def _number(path: Path) -> float | None:
    """Return the number; None where there is no such file, or no limit in it."""
    text = path.read_text(encoding="ascii").strip() if path.exists() else "max"
    return None if text == "max" else float(text)
