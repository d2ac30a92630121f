"""Code that was written for Optuna, Keras Tuner and Ray Tune, as Ikura trains it."""

from ikura.frameworks.keras_tuner import KerasTunerModel
from ikura.frameworks.optuna import OptunaObjective
from ikura.frameworks.ray import RayTrainable

__all__ = ["KerasTunerModel", "OptunaObjective", "RayTrainable"]
