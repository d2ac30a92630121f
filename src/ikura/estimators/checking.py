"""What scikit-learn promises of an estimator's data: names and numbers of features, labels, and what is refused."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, validate_data  # pyright: ignore[reportPrivateUsage]

from ikura.errors import DataError

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator


_check_array: Any = check_array
_validate_data: Any = validate_data
"""Their types are inferred from defaults, and wrong."""


def training_features(estimator: "BaseEstimator", x: Any, y: Any) -> Any:
    """Return features as Ikura reads them, and set the estimator's `n_features_in_` and `feature_names_in_`.

    A frame stays one, whose columns may hold text, dates or missing values; all else becomes numbers.

    Raises:
        ValueError: they are no features, or not as many as there is y.
    """
    if isinstance(x, pd.DataFrame) or y is None:  # which is refused in scikit-learn's own words
        _validate_data(estimator, x, y, skip_check_array=True)
    else:
        x = _validate_data(estimator, x, accept_sparse="csr", ensure_all_finite="allow-nan", ensure_min_samples=2)
    check_consistent_length(x, y)
    return x


def new_features(estimator: "BaseEstimator", x: Any) -> Any:
    """Return features to predict from, checked against those of training.

    Raises:
        ValueError: they are not those.
    """
    if isinstance(x, pd.DataFrame):
        _validate_data(estimator, x, skip_check_array=True, reset=False)
        return x
    x = _validate_data(estimator, x, accept_sparse="csr", ensure_all_finite="allow-nan", reset=False)
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        return x
    # Of whom the frame is, which columns are text or left out is known by their names.
    return pd.DataFrame(x if isinstance(x, np.ndarray) else x.toarray(), columns=names)


def training_labels(y: Any) -> NDArray[Any]:
    """Return the class of each example [example], or which labels are there [example, label].

    Raises:
        ValueError: they are neither.
    """
    y = _check_array(y, accept_sparse="csr", ensure_2d=False, dtype=None, input_name="y")
    check_classification_targets(y)
    kind = type_of_target(y, input_name="y")
    if kind == "multilabel-indicator":
        return np.asarray(y if isinstance(y, np.ndarray) else y.toarray()).astype(int)
    if kind == "multiclass-multioutput":
        raise DataError(
            f"y: it has several columns of classes, shape {y.shape}; a classifier learns one class an example, or any "
            "number of labels as columns of 0 and 1: wrap it in sklearn.multioutput.MultiOutputClassifier"
        )
    return column_or_1d(y, warn=True)


def training_numbers(y: Any) -> NDArray[Any]:
    """Return a number for each example [example], or several [example, output].

    Raises:
        ValueError: they are no numbers.
    """
    y = _check_array(y, ensure_2d=False, dtype="numeric", input_name="y")
    return y if y.ndim == 2 and y.shape[1] > 1 else column_or_1d(y, warn=True)


def training_weights(x: Any, given: Any) -> NDArray[np.float64] | None:
    """Return how much each example counts [example]; None where all count the same.

    Raises:
        ValueError: they are no weights, or not as many as there are examples.
    """
    if given is None:
        return None
    return _check_sample_weight(given, x, dtype=np.float64, ensure_non_negative=True)
