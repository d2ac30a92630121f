"""Searches that scikit-learn calls as estimators."""

from ikura.estimators.classifier import TunedClassifier
from ikura.estimators.regressor import TunedRegressor

__all__ = ["TunedClassifier", "TunedRegressor"]
