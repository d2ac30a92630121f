"""Classification: each example belongs to one of several classes. The loss, which needs JAX, is in `loss`."""

from ikura.tasks.classification.facts import CLASSIFICATION, Classification

__all__ = ["CLASSIFICATION", "Classification"]
