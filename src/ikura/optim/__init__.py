"""Optimizers and learning-rate schedules whose constants are traced."""

from ikura.optim.decay import DECAYS, Schedule, learning_rates, schedule
from ikura.optim.rule import OPTIMIZERS, Coefficients, Slots, clip_by_global_norm, coefficients, initial_slots, update

__all__ = [
    "DECAYS",
    "OPTIMIZERS",
    "Coefficients",
    "Schedule",
    "Slots",
    "clip_by_global_norm",
    "coefficients",
    "initial_slots",
    "learning_rates",
    "schedule",
    "update",
]
