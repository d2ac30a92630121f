"""Trained models: prediction, saving and loading."""

from ikura.model.files import load_model, save_model, told_of
from ikura.model.model import Model

__all__ = ["Model", "load_model", "save_model", "told_of"]
