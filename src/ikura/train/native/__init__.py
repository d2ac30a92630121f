"""The built-in network's training, compiled for the processor before it is installed."""

from ikura.train.native.kernel import instructions
from ikura.train.native.speed import relative_slowdown
from ikura.train.native.worker import CoreWorker, core_workers

__all__ = ["CoreWorker", "core_workers", "instructions", "relative_slowdown"]
