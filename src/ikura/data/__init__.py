"""Data: sources, splits, preprocessing, mini-batch order."""

from ikura.data.bundled import BUNDLED
from ikura.data.order import batch_order
from ikura.data.prepare import Dataset, Split, prepare
from ikura.data.preprocessing import Preprocessing
from ikura.data.sources import Features, Source, load, read_features
from ikura.data.table import Table

__all__ = [
    "BUNDLED",
    "Dataset",
    "Features",
    "Preprocessing",
    "Source",
    "Split",
    "Table",
    "batch_order",
    "load",
    "prepare",
    "read_features",
]
