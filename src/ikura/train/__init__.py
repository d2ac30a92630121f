"""The engine: trains populations of networks in compiled code."""

from ikura.train.checkpoints import Checkpoints
from ikura.train.devices import cores, devices, has_accelerator
from ikura.train.engine import Engine
from ikura.train.native import instructions, slowness
from ikura.train.plan import Part, Plan, choose_widths, plan_kernel, plan_programs
from ikura.train.task import Candidate, Task, Trained
from ikura.train.worker import Worker

__all__ = [
    "Candidate",
    "Checkpoints",
    "Engine",
    "Part",
    "Plan",
    "Task",
    "Trained",
    "Worker",
    "choose_widths",
    "cores",
    "devices",
    "has_accelerator",
    "instructions",
    "plan_kernel",
    "plan_programs",
    "slowness",
]
