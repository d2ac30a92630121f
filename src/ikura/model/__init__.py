"""Trained models: prediction, saving and loading."""

from ikura.model.ensemble import Ensemble
from ikura.model.ensemble_files import save_ensemble
from ikura.model.files import save_model, told_of
from ikura.model.loading import load_model
from ikura.model.model import Model
from ikura.model.predictor import Predictor

__all__ = ["Ensemble", "Model", "Predictor", "load_model", "save_ensemble", "save_model", "told_of"]
