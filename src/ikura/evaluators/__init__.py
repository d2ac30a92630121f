"""Evaluators: from configurations and epochs to metrics."""

from ikura.evaluators.defaults import FIXED_DIALS, default_budget, default_space
from ikura.evaluators.environment import machine, processor, seconds_of, versions, workers
from ikura.evaluators.fused import make_evaluator
from ikura.evaluators.objective import make_objective, trial_folders
from ikura.evaluators.planning import plan_study
from ikura.evaluators.protocol import Evaluator, Finisher
from ikura.train import Part, Plan

__all__ = [
    "FIXED_DIALS",
    "Evaluator",
    "Finisher",
    "Part",
    "Plan",
    "default_budget",
    "default_space",
    "machine",
    "make_evaluator",
    "make_objective",
    "plan_study",
    "processor",
    "seconds_of",
    "trial_folders",
    "versions",
    "workers",
]
