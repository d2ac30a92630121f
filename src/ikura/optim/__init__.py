"""Optimizers and learning-rate schedules whose constants are traced."""

from ikura.optim.decay import DECAYS, learning_rates
from ikura.optim.dials import TRAINING_DIALS
from ikura.optim.rule import (
    ADAMS,
    OPTIMIZERS,
    Coefficients,
    Slots,
    Step,
    clip_by_global_norm,
    coefficients,
    initial_slots,
    step_table,
    update,
)

__all__ = [
    "ADAMS",
    "DECAYS",
    "OPTIMIZERS",
    "TRAINING_DIALS",
    "Coefficients",
    "Slots",
    "Step",
    "clip_by_global_norm",
    "coefficients",
    "initial_slots",
    "learning_rates",
    "step_table",
    "update",
]
