"""The processor, as a study tells of it."""

import os
import platform
from pathlib import Path


def processor() -> str:
    """Return the cores that this process may use in a few words."""
    return f"{len(os.sched_getaffinity(0))} x {processor_model()}"


def processor_model() -> str:
    """Return what the processor is called."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return (models or [platform.machine()])[0]
