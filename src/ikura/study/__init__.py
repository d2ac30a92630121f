"""The loop: decide, ask, evaluate, store; finals, refit, test; resume; and the public facade."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ikura.study.calling import call_again
from ikura.study.control import STOP
from ikura.study.events import (
    Began,
    EnsembleChosen,
    FinalsBegan,
    Finished,
    NetworksTrained,
    ResultsStored,
    RoundBegan,
    StudyEvent,
    Watcher,
)
from ikura.study.finals import REPLICATES, count_finalists
from ikura.study.loading import load
from ikura.study.proposed import arguments_again, next_space, next_space_of
from ikura.study.result import Result
from ikura.study.run import delete_study
from ikura.study.tune import resume, tune

if TYPE_CHECKING:
    from ikura.study.planning import predict_search
    from ikura.study.prediction import Prediction
    from ikura.study.starting_space import default_space

__all__ = [
    "REPLICATES",
    "STOP",
    "Began",
    "EnsembleChosen",
    "FinalsBegan",
    "Finished",
    "NetworksTrained",
    "Prediction",
    "Result",
    "ResultsStored",
    "RoundBegan",
    "StudyEvent",
    "Watcher",
    "arguments_again",
    "call_again",
    "count_finalists",
    "default_space",
    "delete_study",
    "load",
    "next_space",
    "next_space_of",
    "predict_search",
    "resume",
    "tune",
]

_LAZY = {
    "Prediction": "ikura.study.prediction",
    "default_space": "ikura.study.starting_space",
    "predict_search": "ikura.study.planning",
}
"""Names whose files import JAX."""


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'ikura.study' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
