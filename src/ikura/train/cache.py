"""Where programs that XLA compiled are kept for the next run."""

import contextlib
import os
from pathlib import Path
from typing import Any

import jax

CACHE_BYTES = 1 << 30
"""Of compiled programs on disk, at most."""


def have_jax_keep_programs() -> None:
    """Set JAX's own cache up, unless the user has."""
    settings: Any = jax.config
    if settings.jax_compilation_cache_dir is None:
        folder = cache_folder() / "programs"
        settings.update("jax_compilation_cache_dir", str(folder))
        settings.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        _forget_oldest(folder)


def cache_folder() -> Path:
    """Return the folder for what can be made again."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ikura"


def _forget_oldest(folder: Path) -> None:
    """Remove the files that were written first until the others keep to CACHE_BYTES."""
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
