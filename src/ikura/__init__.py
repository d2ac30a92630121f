"""Ikura tunes deep networks by training the whole population of candidates in compiled code."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ikura.errors import (
    DataError,
    IkuraError,
    ModelError,
    SettingError,
    SpaceError,
    StoreError,
    StudyExists,
    StudyInterrupted,
    StudyStopped,
    UnknownStudy,
)

if TYPE_CHECKING:
    from ikura.data import CsvFile
    from ikura.estimators import TunedClassifier, TunedRegressor
    from ikura.model import Ensemble, Model, load_model
    from ikura.nn import Network, Variables
    from ikura.space import Choice, Float, Int, Space
    from ikura.study import Result, default_space, load, next_space, resume, tune

    __version__: str
    from ikura.workers import Program, Trial, TrialStopped

__all__ = [
    "Choice",
    "CsvFile",
    "DataError",
    "Ensemble",
    "Float",
    "IkuraError",
    "Int",
    "Model",
    "ModelError",
    "Network",
    "Program",
    "Result",
    "SettingError",
    "Space",
    "SpaceError",
    "StoreError",
    "StudyExists",
    "StudyInterrupted",
    "StudyStopped",
    "Trial",
    "TrialStopped",
    "TunedClassifier",
    "TunedRegressor",
    "UnknownStudy",
    "Variables",
    "__version__",
    "default_space",
    "load",
    "load_model",
    "next_space",
    "resume",
    "tune",
]

_LAZY = {
    "Choice": "ikura.space",
    "Float": "ikura.space",
    "Int": "ikura.space",
    "Space": "ikura.space",
    "CsvFile": "ikura.data",
    "Ensemble": "ikura.model",
    "Model": "ikura.model",
    "load_model": "ikura.model",
    "Network": "ikura.nn",
    "Variables": "ikura.nn",
    "Program": "ikura.workers",
    "Trial": "ikura.workers",
    "TrialStopped": "ikura.workers",
    "Result": "ikura.study",
    "TunedClassifier": "ikura.estimators",
    "TunedRegressor": "ikura.estimators",
    "default_space": "ikura.study",
    "load": "ikura.study",
    "next_space": "ikura.study",
    "resume": "ikura.interactive",
    "tune": "ikura.interactive",
}
"""Names whose rooms import NumPy or JAX, which takes up to a second: they are imported when they are first used."""


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version("ikura")
    if name not in _LAZY:
        raise AttributeError(f"module 'ikura' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
