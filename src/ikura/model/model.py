"""A trained network with all that prediction needs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from ikura.data import Preprocessing
from ikura.errors import ModelError
from ikura.files import as_place
from ikura.forks import begin_jax
from ikura.model.predictor import BATCH, Predictor
from ikura.nn import EngineNetwork, Variables
from ikura.records import Config, Target
from ikura.tasks import Loss, Said, outputs_of, predictions_of
from ikura.wording import count


@dataclass(frozen=True, eq=False, repr=False)
class Model(Predictor):
    """A trained network. Made by a study, or by `load_model`."""

    network: EngineNetwork
    variables: Variables
    config: Config
    """The full configuration of the network and its training."""
    targets: tuple[Target, ...]
    loss: Loss
    preprocessing: Preprocessing

    def __repr__(self) -> str:
        return f"<Model of {self.preprocessing.width} inputs and {count(outputs_of(self.heads), 'output')}>"

    @property
    def parameters(self) -> int:
        """See `Predictor.parameters`."""
        return self.variables.learned

    def say(self, inputs: NDArray[np.float32], first: int = 0) -> Said:
        """See `Predictor.say`."""
        found = self.outputs(inputs)
        refuse_lost(found, first)
        return predictions_of(found, self.targets, self.heads)

    def outputs(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the network's outputs [example, output] for inputs that are preprocessed already."""
        begin_jax()
        batches = (inputs[first : first + BATCH] for first in range(0, len(inputs), BATCH))
        parts = [np.asarray(self._compiled(self.variables, batch)) for batch in batches]
        return np.concatenate([np.zeros((0, outputs_of(self.heads)), np.float32), *parts])

    def twin(self, variables: Variables) -> "Model":
        """Return the same network with other variables, which shares what was compiled for this one."""
        twin = replace(self, variables=variables)
        vars(twin)["_compiled"] = self._compiled
        return twin

    def export(self, path: str | Path) -> Path:
        """Write the model for another program, and return the path of the file.

        Args:
            path: ends in .onnx (for ONNX runtimes), .pt2 (PyTorch's `torch.export.load`) or .keras.

        Raises:
            SettingError: the ending is another, the file is there already or cannot be written, a package is missing.
            ModelError: the network is one of your own, or its columns are too fine for the format's numbers.
        """
        from ikura.model.export import export_model

        return export_model(self, as_place("path", path))

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs: arrays of no device, and no compiled program."""
        kept = {name: value for name, value in self.__dict__.items() if name != "_compiled"}
        return kept | {"variables": jax.tree.map(np.asarray, self.variables)}

    @cached_property
    def _compiled(self) -> Callable[[Variables, NDArray[np.float32]], Array]:
        """The network as one program: compiling operations one by one takes three times as long."""

        def outputs(variables: Variables, inputs: Array) -> Array:
            key = jnp.zeros(2, jnp.uint32)
            return self.network.apply(variables, inputs, self.config, train=False, key=key)[0]

        return jax.jit(outputs)


def refuse_lost(outputs: NDArray[np.floating], first: int) -> None:
    """Raise ModelError where there is no finite number; `first` is the number of the first row."""
    lost = np.flatnonzero(~np.isfinite(outputs).all(axis=1))
    if len(lost):
        raise ModelError(
            f"the model: its network gives no finite number for row {first + lost[0]} (counted from 0); its arrays are "
            "damaged, or the row lies far outside the training data: check both"
        )
