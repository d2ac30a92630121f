"""Evaluators: from configurations and a budget to metrics."""

from ikura.evaluators.dials import MLP_DIALS, TRAINING_DIALS, default_budget, default_space
from ikura.evaluators.fused import FusedEvaluator
from ikura.evaluators.planning import plan_study
from ikura.evaluators.protocol import Evaluator, Results

__all__ = [
    "MLP_DIALS",
    "TRAINING_DIALS",
    "Evaluator",
    "FusedEvaluator",
    "Results",
    "default_budget",
    "default_space",
    "plan_study",
]
