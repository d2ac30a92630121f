"""Studies for other programs and from them: tables, Optuna's storage, TensorBoard, MLflow."""

from ikura.exchange.export import export
from ikura.exchange.optuna_export import to_optuna
from ikura.exchange.optuna_import import Imported, from_optuna
from ikura.exchange.optuna_storage import PREFIX
from ikura.exchange.tables import ENDINGS, history_frame
from ikura.exchange.tracking import Tracker, make_tracker

__all__ = [
    "ENDINGS",
    "PREFIX",
    "Imported",
    "Tracker",
    "export",
    "from_optuna",
    "history_frame",
    "make_tracker",
    "to_optuna",
]
