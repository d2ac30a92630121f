"""Schedulers: who is trained on and how far, as deterministic functions of the history and the seed."""

from ikura.schedulers.catalogue import SCHEDULERS, make_scheduler
from ikura.schedulers.full import FullBudget
from ikura.schedulers.halving import SuccessiveHalving
from ikura.schedulers.hyperband import Hyperband
from ikura.schedulers.pbt import PopulationBased
from ikura.schedulers.protocol import Scheduler

__all__ = [
    "SCHEDULERS",
    "FullBudget",
    "Hyperband",
    "PopulationBased",
    "Scheduler",
    "SuccessiveHalving",
    "make_scheduler",
]
