"""Runs a system in a process of its own and measures it from outside."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil

POLL = 0.2
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class System:
    """A system to measure."""

    label: str
    module: str
    needs: str
    """Return the package that must be there."""
    cache: str = "own"
    """Ikura's cache of compiled programs: `empty`, or `full` of this job's."""


SYSTEMS = {
    "ikura-warm": System("Ikura, warm", "with_ikura", "ikura", cache="full"),
    "ikura-cold": System("Ikura, cold", "with_ikura", "ikura", cache="empty"),
    "optuna": System("Optuna, PyTorch", "with_optuna", "optuna"),
    "ray": System("Ray Tune, PyTorch", "with_ray", "ray"),
    "keras-tuner": System("Keras Tuner, JAX", "with_keras_tuner", "keras_tuner"),
    "sklearn": System("scikit-learn (no batch norm)", "with_sklearn", "sklearn"),
    "empty-study": System("Empty study (bookkeeping)", "with_nothing", "ikura"),
}


def missing(name: str) -> str | None:
    """Return the package that a system lacks here, if any."""
    return None if find_spec(SYSTEMS[name].needs) else SYSTEMS[name].needs


def measure(name: str, job: Path, folder: Path) -> dict:
    """One run of a system on a job's file: seconds, trials, MB and the best dev accuracy.

    `wall` is from launch to exit of the process, `search` the search alone, `first` from launch to the first trial's
    end. `memory` is the largest sum of the resident sets of the process and all its descendants.
    """
    system = SYSTEMS[name]
    if system.cache == "full":
        cache = folder / f"cache-{job.stem}"
        if not cache.exists():
            _launch(system, job, cache)
        return _launch(system, job, cache)
    with tempfile.TemporaryDirectory() as empty:
        return _launch(system, job, Path(empty))


def _launch(system: System, job: Path, cache: Path) -> dict:
    paths = os.pathsep.join(filter(None, [str(Path.cwd()), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": paths, "XDG_CACHE_HOME": str(cache)}
    with tempfile.TemporaryDirectory() as folder:
        result, errors = Path(folder) / "result.json", Path(folder) / "errors"
        command = [sys.executable, "-m", "bench.peers.contract", f"bench.peers.{system.module}", str(job), str(result)]
        with errors.open("wb") as stream:
            launched = time.time()
            process = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream)
            memory = _watch(process)
            wall = time.time() - launched
        if process.returncode:
            raise SystemExit(f"{system.label} failed on {job.name}:\n{errors.read_text(errors='replace')[-4000:]}")
        progress = json.loads(result.read_text(encoding="utf-8"))
    return {
        "wall": wall,
        "search": progress["ended"] - progress["began"],
        "first": progress["first"] - launched,
        "trials": progress["trials"],
        "memory": memory / 1e6,
        "best": progress["best"],
        "notes": progress["notes"],
    }


def _watch(process: subprocess.Popen) -> int:
    """Wait for the process, and return the most memory that it and its descendants had."""
    root, most = psutil.Process(process.pid), 0
    while True:
        try:
            process.wait(POLL)
        except subprocess.TimeoutExpired:
            most = max(most, _resident(root))
        else:
            return most


def _resident(root: psutil.Process) -> int:
    total = 0
    try:
        family = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for member in family:
        try:
            total += member.memory_info().rss
        except psutil.NoSuchProcess:  # it ended in the meantime
            continue
    return total
