"""Code that was written for Optuna, Keras Tuner and Ray Tune, as Ikura trains it."""

from ikura.frameworks.asking import Asks, ask_for_space
from ikura.frameworks.keras_tuner import KerasTunerModel
from ikura.frameworks.optuna import OptunaObjective
from ikura.frameworks.ray import RayTrainable

__all__ = ["Asks", "KerasTunerModel", "OptunaObjective", "RayTrainable", "ask_for_space"]
