"""Evaluators: from configurations and epochs to metrics."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ikura.evaluators.objective import make_objective, trial_folders
from ikura.evaluators.processor import processor
from ikura.evaluators.protocol import Ensembler, Evaluator, Finisher

if TYPE_CHECKING:
    from ikura.evaluators.defaults import default_budget, default_space
    from ikura.evaluators.environment import machine, seconds_of, versions, workers
    from ikura.evaluators.folds import make_folded_evaluator
    from ikura.evaluators.fused import make_evaluator
    from ikura.evaluators.planning import plan_study
    from ikura.train import Part, Plan

__all__ = [
    "Ensembler",
    "Evaluator",
    "Finisher",
    "Part",
    "Plan",
    "default_budget",
    "default_space",
    "machine",
    "make_evaluator",
    "make_folded_evaluator",
    "make_objective",
    "plan_study",
    "processor",
    "seconds_of",
    "trial_folders",
    "versions",
    "workers",
]

_LAZY = {
    "default_budget": "ikura.evaluators.defaults",
    "default_space": "ikura.evaluators.defaults",
    "machine": "ikura.evaluators.environment",
    "seconds_of": "ikura.evaluators.environment",
    "versions": "ikura.evaluators.environment",
    "workers": "ikura.evaluators.environment",
    "make_evaluator": "ikura.evaluators.fused",
    "make_folded_evaluator": "ikura.evaluators.folds",
    "plan_study": "ikura.evaluators.planning",
    "Part": "ikura.train",
    "Plan": "ikura.train",
}
"""Names whose files import JAX, which studies of training code do without."""


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'ikura.evaluators' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
