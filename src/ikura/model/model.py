"""A trained network with all that prediction needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from ikura.data import Preprocessing, read_features
from ikura.errors import ModelError
from ikura.nn import EngineNetwork, Variables, softmax
from ikura.records import Config, Value

if TYPE_CHECKING:
    import pandas as pd

Features: TypeAlias = "pd.DataFrame | NDArray[Any] | Sequence[Any] | str | Path"

BATCH = 4096
"""Examples predicted at once; bounds the memory."""


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A trained classifier. Made by a study, or by `load_model`."""

    network: EngineNetwork
    variables: Variables
    config: Config
    """The full configuration of the network and its training."""
    classes: tuple[Value, ...]
    """The labels, in the order of `predict_proba`'s columns."""
    preprocessing: Preprocessing

    def __repr__(self) -> str:
        return f"<Model of {self.preprocessing.width} inputs and {len(self.classes)} classes>"

    def predict(self, x: "Features") -> NDArray[Any]:
        """Return the most probable label of each example [example]; `x` as for `predict_proba`."""
        return np.array(self.classes)[np.argmax(self.predict_proba(x), axis=1)]

    def predict_proba(self, x: "Features") -> NDArray[np.float32]:
        """Return the probability of each class [example, class].

        Args:
            x: features as they were given for training [example, feature], or the path of a file of them; columns of a
                frame may stand in any order.

        Raises:
            DataError: columns are missing, or there are too many or too few.
            ModelError: the network gives no finite number for an example.
        """
        if isinstance(x, str | Path):
            return self.predict_proba(read_features(str(x), self.preprocessing).values)
        features: Any = x if hasattr(x, "columns") else np.asarray(x)
        found = self.probabilities(self.preprocessing.transform(features))
        lost = np.flatnonzero(~np.isfinite(found).all(axis=1))
        if len(lost):
            raise ModelError(
                f"the model: its network gives no finite number for row {lost[0]} (counted from 0) of {len(found)}; "
                "its arrays are damaged, or the row lies far outside the training data: check both"
            )
        return found

    def probabilities(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the probability of each class [example, class] for inputs that are preprocessed already."""
        batches = (inputs[first : first + BATCH] for first in range(0, len(inputs), BATCH))
        parts = [np.asarray(self._compiled(self.variables, batch)) for batch in batches]
        return np.concatenate([np.zeros((0, len(self.classes)), np.float32), *parts])

    @cached_property
    def _compiled(self) -> Callable[[Variables, NDArray[np.float32]], Array]:
        """The network and its softmax as one program: compiling operations one by one takes three times as long."""

        def probabilities(variables: Variables, inputs: Array) -> Array:
            key = jnp.zeros(2, jnp.uint32)
            logits, _ = self.network.apply(variables, inputs, self.config, train=False, key=key)
            return softmax(logits)

        return jax.jit(probabilities)
