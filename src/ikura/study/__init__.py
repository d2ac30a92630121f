"""The loop: decide, ask, evaluate, store; finals, refit, test; resume; and the public facade."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ikura.study.control import STOP
from ikura.study.events import (
    Began,
    FinalsBegan,
    Finished,
    NetworksTrained,
    ResultsStored,
    RoundBegan,
    StudyEvent,
    Watcher,
)
from ikura.study.finals import REPLICATES, count_finalists
from ikura.study.result import Result
from ikura.study.run import delete_study
from ikura.study.tune import resume, tune

if TYPE_CHECKING:
    from ikura.study.prediction import Prediction, predict_search

__all__ = [
    "REPLICATES",
    "STOP",
    "Began",
    "FinalsBegan",
    "Finished",
    "NetworksTrained",
    "Prediction",
    "Result",
    "ResultsStored",
    "RoundBegan",
    "StudyEvent",
    "Watcher",
    "count_finalists",
    "delete_study",
    "predict_search",
    "resume",
    "tune",
]

_LAZY = ("Prediction", "predict_search")
"""Names whose file imports JAX."""


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'ikura.study' has no attribute {name!r}")
    return getattr(import_module("ikura.study.prediction"), name)
