"""The data sets that come inside scikit-learn: nothing to download."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

BUNDLED = ("digits", "wine", "breast-cancer", "iris")
"""The names that stand for a data set wherever a file may be given."""


def read_bundled(name: str) -> tuple[NDArray[Any], NDArray[Any], tuple[str, ...] | None]:
    """Return features, labels and the columns' names of a bundled set.

    Digits are uint8 images [example, 8, 8] with labels 0..9 and no names; the others [example, feature] with text.
    """
    from sklearn import datasets  # 2 s: only once it is known that a bundled set is wanted

    if name == "digits":
        digits: Any = datasets.load_digits()
        return digits.images.astype(np.uint8), digits.target, None
    readers: dict[str, Any] = {
        "wine": datasets.load_wine,
        "breast-cancer": datasets.load_breast_cancer,
        "iris": datasets.load_iris,
    }
    bunch = readers[name]()
    return bunch.data, bunch.target_names[bunch.target], tuple(map(str, bunch.feature_names))
