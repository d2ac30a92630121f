"""Data: sources, splits, preprocessing, mini-batch order."""

from ikura.data.bundled import BUNDLED
from ikura.data.csv_file import CsvFile
from ikura.data.order import batch_order
from ikura.data.prepare import Dataset, Folded, Split, prepare, prepare_folds
from ikura.data.preprocessing import Dropped, OneHot, Preprocessing, Scaled
from ikura.data.roles import Roles
from ikura.data.sources import Features, Source, load, read_features
from ikura.data.stream import InputStream
from ikura.data.table import Table
from ikura.data.untested import Untested

__all__ = [
    "BUNDLED",
    "CsvFile",
    "Dataset",
    "Dropped",
    "Features",
    "Folded",
    "InputStream",
    "OneHot",
    "Preprocessing",
    "Roles",
    "Scaled",
    "Source",
    "Split",
    "Table",
    "Untested",
    "batch_order",
    "load",
    "prepare",
    "prepare_folds",
    "read_features",
]
