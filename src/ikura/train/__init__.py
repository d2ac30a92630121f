"""The engine: trains populations of networks in compiled code."""

from ikura.train.checkpoints import Snapshots
from ikura.train.devices import cores, devices, has_accelerator
from ikura.train.engine import Engine
from ikura.train.native import instructions, relative_slowdown
from ikura.train.plan import Part, Plan, choose_widths, plan_kernel, plan_programs
from ikura.train.snapshot import Position, Snapshot
from ikura.train.worker import Worker
from ikura.train.workload import ProgramKey, Trained, Workload

__all__ = [
    "Engine",
    "Part",
    "Plan",
    "Position",
    "ProgramKey",
    "Snapshot",
    "Snapshots",
    "Trained",
    "Worker",
    "Workload",
    "choose_widths",
    "cores",
    "devices",
    "has_accelerator",
    "instructions",
    "plan_kernel",
    "plan_programs",
    "relative_slowdown",
]
