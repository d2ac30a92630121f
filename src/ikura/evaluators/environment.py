"""What a study is trained with, as it is kept with it."""

import platform
from importlib.metadata import version

from ikura.evaluators.processor import processor_model
from ikura.train import Plan, cores, devices, instructions, relative_slowdown


def versions() -> dict[str, str]:
    """Return the versions of everything that has a part in the numbers."""
    names = ("ikura", "jax", "jaxlib", "numpy", "scikit-learn")
    return {"python": platform.python_version(), "kernel": instructions()} | {name: version(name) for name in names}


def machine() -> str:
    """Return the machine that trains Ikura's own networks in a few words."""
    device = devices()[0]
    model = processor_model() if device.platform == "cpu" else device.device_kind
    return f"{len(devices())} x {model}, {device.platform}"


def workers(plan: Plan) -> int:
    """Return how many cores of the processor, or accelerators, train a search that is planned so."""
    return len(devices()) if plan.engine == "xla" else cores()


def seconds_of(plan: Plan) -> float | None:
    """Return the seconds that a planned search takes on this machine; None on an accelerator, which nobody knows."""
    return None if plan.engine == "xla" else relative_slowdown() * plan.train_seconds / cores()
