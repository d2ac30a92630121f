"""The loop: decide, ask, evaluate, store; finals, refit, test; resume; and the public facade."""

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
from ikura.study.prediction import Prediction, predict_search
from ikura.study.result import Result
from ikura.study.run import forget_evaluator
from ikura.study.tune import resume, tune

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
    "forget_evaluator",
    "predict_search",
    "resume",
    "tune",
]
