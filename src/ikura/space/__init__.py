"""The search space: dimensions on their scales, conditions between them, and the unit cube they map to."""

from ikura.space.completing import completed, drawn_values, shared
from ikura.space.dimensions import Choice, Dimension, Float, Int
from ikura.space.following import check_follows, differences, holding, spaces_of, united
from ikura.space.rules import LARGEST_INT
from ikura.space.scales import SCALES
from ikura.space.space import Space

__all__ = [
    "LARGEST_INT",
    "SCALES",
    "Choice",
    "Dimension",
    "Float",
    "Int",
    "Space",
    "check_follows",
    "completed",
    "differences",
    "drawn_values",
    "holding",
    "shared",
    "spaces_of",
    "united",
]
