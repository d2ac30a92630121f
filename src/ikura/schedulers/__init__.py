"""Schedulers: who is trained on and how far, as deterministic functions of the history and the seed."""

from ikura.schedulers.asha import AsynchronousHalving
from ikura.schedulers.catalogue import SCHEDULERS, make_scheduler
from ikura.schedulers.full import FullBudget
from ikura.schedulers.halving import SuccessiveHalving
from ikura.schedulers.hyperband import Hyperband
from ikura.schedulers.median import MedianStopping
from ikura.schedulers.patience import Patience
from ikura.schedulers.pbt import PopulationBased
from ikura.schedulers.protocol import Scheduler
from ikura.schedulers.usual import usual_schedule

__all__ = [
    "SCHEDULERS",
    "AsynchronousHalving",
    "FullBudget",
    "Hyperband",
    "MedianStopping",
    "Patience",
    "PopulationBased",
    "Scheduler",
    "SuccessiveHalving",
    "make_scheduler",
    "usual_schedule",
]
