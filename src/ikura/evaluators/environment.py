"""What a study is trained with, as it is kept with it."""

import platform
from importlib.metadata import version
from pathlib import Path

from ikura.train import Plan, cores, devices, instructions, relative_slowdown


def versions() -> dict[str, str]:
    """Return the versions of everything that has a part in the numbers."""
    names = ("ikura", "jax", "jaxlib", "numpy", "scikit-learn")
    return {"python": platform.python_version(), "kernel": instructions()} | {name: version(name) for name in names}


def machine() -> str:
    """Return the machine that trains Ikura's own networks in a few words."""
    device = devices()[0]
    model = _model() if device.platform == "cpu" else device.device_kind
    return f"{len(devices())} x {model}, {device.platform}"


def processor() -> str:
    """Return the machine's cores in a few words."""
    return f"{cores()} x {_model()}"


def _model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return (models or [platform.machine()])[0]


def workers(plan: Plan) -> int:
    """Return how many cores of the processor, or accelerators, train a search that is planned so."""
    return len(devices()) if plan.engine == "xla" else cores()


def seconds_of(plan: Plan) -> float | None:
    """Return the seconds that a planned search takes on this machine; None on an accelerator, which nobody knows."""
    return None if plan.engine == "xla" else relative_slowdown() * plan.train_seconds / cores()
