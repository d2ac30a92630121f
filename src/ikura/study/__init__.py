"""The loop: ask, evaluate, store, decide; finals, test; resume; and the public facade."""

from ikura.study.finals import REPLICATES, count_finalists
from ikura.study.happenings import (
    Began,
    FinalsBegan,
    Finished,
    Happening,
    NetworksTrained,
    RoundBegan,
    TrialsTrained,
    Watcher,
)
from ikura.study.prediction import Prediction, predict_search
from ikura.study.result import Result, history_frame
from ikura.study.settings import SAMPLERS
from ikura.study.tune import resume, tune

__all__ = [
    "REPLICATES",
    "SAMPLERS",
    "Began",
    "FinalsBegan",
    "Finished",
    "Happening",
    "NetworksTrained",
    "Prediction",
    "Result",
    "RoundBegan",
    "TrialsTrained",
    "Watcher",
    "count_finalists",
    "history_frame",
    "predict_search",
    "resume",
    "tune",
]
