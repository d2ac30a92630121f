"""The engine: trains populations of networks as compiled programs."""

from ikura.train.checkpoints import Checkpoints
from ikura.train.cost import gigaflops
from ikura.train.devices import devices
from ikura.train.engine import Engine
from ikura.train.plan import Plan, PlannedProgram, choose_widths, plan_programs
from ikura.train.rows import Candidate, Trained

__all__ = [
    "Candidate",
    "Checkpoints",
    "Engine",
    "Plan",
    "PlannedProgram",
    "Trained",
    "choose_widths",
    "devices",
    "gigaflops",
    "plan_programs",
]
