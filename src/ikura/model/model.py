"""A trained network with all that prediction needs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from ikura.data import CsvFile, InputStream, Preprocessing
from ikura.errors import ModelError
from ikura.files import as_place
from ikura.forks import begin_jax
from ikura.nn import EngineNetwork, Variables
from ikura.records import Config, Kind, Target, Value
from ikura.tasks import Head, Loss, called, heads_of, outputs_of, predictions_of
from ikura.wording import count

if TYPE_CHECKING:
    import pandas as pd

Features: TypeAlias = "pd.DataFrame | NDArray[Any] | Sequence[Any] | str | Path | CsvFile"

BATCH = 4096
"""Examples predicted at once; bounds the memory."""


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """A trained network. Made by a study, or by `load_model`."""

    network: EngineNetwork
    variables: Variables
    config: Config
    """The full configuration of the network and its training."""
    targets: tuple[Target, ...]
    """What it has learned."""
    loss: Loss
    """That numbers among them were held to."""
    preprocessing: Preprocessing

    def __repr__(self) -> str:
        return f"<Model of {self.preprocessing.width} inputs and {count(outputs_of(self.heads), 'output')}>"

    @property
    def classes(self) -> tuple[Value, ...]:
        """The labels of the first target, in the order of `predict_proba`'s columns; none of numbers."""
        return self.targets[0].classes

    @cached_property
    def heads(self) -> tuple[Head, ...]:
        """Which outputs of the network say what of which target."""
        return heads_of(self.targets, self.loss)

    def predict(self, x: "Features") -> Any:
        """Return what the network says of each example.

        Of classes the most probable label [example]; of labels which are there, 0 or 1 [example, label]; of a number
        [example] in its own unit, or [example, quantile] where several quantiles were learned; of a count the expected
        one [example]. Of several targets a frame with a column for each, or for each quantile.

        Args:
            x: features as they were given for training [example, feature], or the path of a file of them; columns of a
                frame may stand in any order.

        Raises:
            DataError: columns are missing, or there are too many or too few.
            ModelError: the network gives no finite number for an example.
        """
        said = [_answer(each, target) for each, target in zip(self._said(x), self.targets, strict=True)]
        return said[0] if len(said) == 1 else _frame(said, self.targets, self.loss)

    def predict_proba(self, x: "Features") -> NDArray[np.float32]:
        """Return the probability of each class, or of each label being there [example, class]; `x` as for `predict`.

        Raises:
            DataError: columns are missing, or there are too many or too few.
            ModelError: the network gives no finite number for an example, or learned no class alone.
        """
        if len(self.targets) > 1 or not self.classes:
            raise ModelError(
                "the model: it learned numbers, or several targets, which have no probabilities; only of a class or "
                "labels can they be asked for: call predict"
            )
        return self._said(x)[0]

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

    def _said(self, x: "Features") -> list[NDArray[Any]]:
        """Return what the network says of each target, as `predictions_of` has it."""
        if isinstance(x, str | Path | CsvFile):
            # All that is said of a batch is kept, but of the file no more than a piece at a time.
            batches = list(self.stream(InputStream(x, self.preprocessing)))
            return [np.concatenate(parts) for parts in zip(*batches, strict=True)]
        found = self.outputs(self.preprocessing.transform(x))
        refuse_lost(found, 0)
        return predictions_of(found, self.targets, self.heads)

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

    def stream(self, inputs: Iterable[NDArray[np.float32]]) -> Iterator[list[NDArray[Any]]]:
        """Yield what the network says of each target, for preprocessed inputs that come in pieces of any size.

        They go through the network in batches that do not depend on the pieces, so that the bits do not either.

        Raises:
            ModelError: the network gives no finite number for an example.
        """
        rows = 0
        for batch in _regrouped(inputs, BATCH):
            found = self.outputs(batch)
            refuse_lost(found, rows)
            rows += len(found)
            yield predictions_of(found, self.targets, self.heads)
        if not rows:
            yield predictions_of(self.outputs(np.zeros((0, 1), np.float32)), self.targets, self.heads)

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


def _answer(said: NDArray[Any], target: Target) -> NDArray[Any]:
    if target.kind is Kind.CLASS:
        return np.array(target.classes)[called(said, target)]
    return (said > 0.5).astype(int) if target.kind is Kind.LABELS else said


def _frame(said: Sequence[NDArray[Any]], targets: Sequence[Target], loss: Loss) -> "pd.DataFrame":
    import pandas as pd

    columns: dict[str, NDArray[Any]] = {}
    for each, target in zip(said, targets, strict=True):
        if each.ndim == 1:
            columns[target.name] = each
        else:
            levels = zip(loss.parameters, each.T, strict=True)
            columns |= {f"{target.name} {quantile:g}": values for quantile, values in levels}
    return pd.DataFrame(columns)


def _regrouped(pieces: Iterable[NDArray[np.float32]], rows: int) -> Iterator[NDArray[np.float32]]:
    """Yield the rows of all pieces, so many at a time, and at last what is left."""
    waiting: list[NDArray[np.float32]] = []
    for piece in pieces:
        waiting.append(piece)
        if sum(map(len, waiting)) >= rows:
            together = np.concatenate(waiting)
            whole = len(together) - len(together) % rows
            yield from np.split(together[:whole], whole // rows)
            waiting = [together[whole:]]
    if any(map(len, waiting)):
        yield np.concatenate(waiting)


def refuse_lost(outputs: NDArray[np.floating], first: int) -> None:
    """Raise ModelError where there is no finite number; `first` is the number of the first row."""
    lost = np.flatnonzero(~np.isfinite(outputs).all(axis=1))
    if len(lost):
        raise ModelError(
            f"the model: its network gives no finite number for row {first + lost[0]} (counted from 0); its arrays are "
            "damaged, or the row lies far outside the training data: check both"
        )
