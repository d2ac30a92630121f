"""The engine: trains populations of networks as compiled programs."""

from ikura.train.checkpoints import Checkpoints
from ikura.train.cost import gigaflops
from ikura.train.devices import devices, has_accelerator
from ikura.train.engine import Engine
from ikura.train.plan import Plan, PlannedProgram, choose_widths, plan_programs
from ikura.train.task import Candidate, Task, Trained

__all__ = [
    "Candidate",
    "Checkpoints",
    "Engine",
    "Plan",
    "PlannedProgram",
    "Task",
    "Trained",
    "choose_widths",
    "devices",
    "gigaflops",
    "has_accelerator",
    "plan_programs",
]
