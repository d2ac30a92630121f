"""What each worker is given of the machine: threads, so that workers do not fight, and a GPU."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "BLIS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
"""Where numerical libraries look for how many threads they may start."""

VISIBLE = "CUDA_VISIBLE_DEVICES"


def gpus() -> tuple[str, ...]:
    """Return the names of the GPUs that may be used, as CUDA_VISIBLE_DEVICES has them; by default all there are."""
    if (said := os.environ.get(VISIBLE)) is not None:
        return tuple(name.strip() for name in said.split(",") if name.strip() not in ("", "-1"))
    return tuple(str(number) for number in range(len(list(Path("/dev").glob("nvidia[0-9]*")))))


def usual_workers() -> int:
    """Return how many workers there are by default: one for each GPU, or for each core that this process may use."""
    return len(gpus()) or len(os.sched_getaffinity(0))


def environment_of(place: int, workers: int, devices: Sequence[str]) -> dict[str, str]:
    """Return the environment of one of the workers; what the user has set stays.

    Args:
        place: of the worker among them, from 0.
        workers: how many there are.
        devices: the GPUs that they share.
    """
    threads = str(max(1, len(os.sched_getaffinity(0)) // workers))
    usual: Mapping[str, str] = dict.fromkeys(THREADS, threads) | {"PYTHONUNBUFFERED": "1"}
    if devices and workers > len(devices):
        # JAX would take most of a GPU's memory at once, and leave none to its neighbour.
        usual |= {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    made = {**usual, **os.environ}
    return made | {VISIBLE: devices[place % len(devices)]} if devices else made
