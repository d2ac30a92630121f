"""Arrays of other kinds as plain ones: masked, sparse."""

import sys
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.errors import DataError

MOST_DENSE = 2**30
"""So many bytes may come of a sparse matrix."""


def plain_array(values: Any, source: str) -> Any:
    """Return a masked array with missing values where it is masked, a sparse one dense, and all else as it is.

    Raises:
        DataError: a sparse matrix would fill too much memory.

    """
    if isinstance(values, list | tuple) and any(isinstance(row, np.ma.MaskedArray) for row in values):
        values = np.ma.array(values)
    if isinstance(values, np.ma.MaskedArray):
        return _without_mask(values)
    scipy_sparse: Any = sys.modules.get("scipy.sparse")
    if scipy_sparse is not None and scipy_sparse.issparse(values):
        return _dense(values, source)
    return values


def to_array(values: Any) -> NDArray[Any]:
    """Return an array of whatever NumPy makes one of; single cells that are masked become NaN."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Warning: converting a masked element to nan", UserWarning)
        return np.asarray(values)


def _without_mask(values: "np.ma.MaskedArray[Any, Any]") -> NDArray[Any]:
    if not np.ma.is_masked(values):
        return np.asarray(values.data)
    kind = values.dtype.kind
    if kind in "biu":
        values, kind = np.ma.array(values.data.astype(np.float64), mask=values.mask), "f"
    if kind in "fmM":
        missing: Any = np.nan if kind == "f" else np.array("NaT", values.dtype)
        return values.filled(missing)
    if kind in "US":
        text = np.char.decode(values.data, "utf-8") if kind == "S" else values.data
        values = np.ma.array(text.astype(object), mask=values.mask)
    plain = np.array(values.data, copy=True)
    plain[np.ma.getmaskarray(values)] = None
    return plain


def _dense(matrix: Any, source: str) -> NDArray[Any]:
    size = int(np.prod([float(length) for length in matrix.shape])) * max(8, matrix.dtype.itemsize)
    if size > MOST_DENSE:
        raise DataError(
            f"{source}: a sparse matrix of shape {matrix.shape} would take {size:,} bytes as an array, which a network "
            f"learns from; at most {MOST_DENSE:,} are made: reduce its columns, such as by "
            "sklearn.decomposition.TruncatedSVD"
        )
    return matrix.toarray()
