"""What can be asked of whatever predicts: one network, or several together."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.data import CsvFile, InputStream, Preprocessing
from ikura.errors import ModelError
from ikura.records import Kind, Target, Value
from ikura.tasks import Head, Loss, Said, called, heads_of

if TYPE_CHECKING:
    import pandas as pd

Features: TypeAlias = "pd.DataFrame | NDArray[Any] | Sequence[Any] | str | Path | CsvFile"

BATCH = 4096
"""Examples predicted at once; bounds the memory."""


class Predictor:
    """Predicts examples as a user has them."""

    targets: tuple[Target, ...]
    """What it has learned."""
    loss: Loss
    """That numbers among them were held to."""
    preprocessing: Preprocessing

    def say(self, inputs: NDArray[np.float32], first: int = 0) -> Said:
        """Return what it says of each target, as `predictions_of` has it, for inputs that are preprocessed already.

        Args:
            inputs: [example, input].
            first: the number of their first row, for what is told of a row.

        Raises:
            ModelError: a network gives no finite number for an example.
        """
        raise NotImplementedError

    def outputs(self, inputs: NDArray[np.float32]) -> NDArray[np.floating]:
        """Return the outputs [example, output] of a network that says so, for inputs as `say` takes them."""
        raise NotImplementedError

    @property
    def parameters(self) -> int:
        """How many weights, biases and other numbers were learned."""
        raise NotImplementedError

    @property
    def classes(self) -> tuple[Value, ...]:
        """The labels of the first target, in the order of `predict_proba`'s columns; none of numbers."""
        return self.targets[0].classes

    @cached_property
    def heads(self) -> tuple[Head, ...]:
        """Which outputs of a network say what of which target."""
        return heads_of(self.targets, self.loss)

    def predict(self, x: "Features") -> Any:
        """Return what it says of each example.

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

    def _said(self, x: "Features") -> Said:
        """Return what it says of each target, as `predictions_of` has it."""
        if isinstance(x, str | Path | CsvFile):
            # All that is said of a batch is kept, but of the file no more than a piece at a time.
            batches = list(self.stream(InputStream(x, self.preprocessing)))
            return [np.concatenate(parts) for parts in zip(*batches, strict=True)]
        return self.say(self.preprocessing.transform(x))

    def stream(self, inputs: Iterable[NDArray[np.float32]]) -> Iterator[Said]:
        """Yield what it says of each target, for preprocessed inputs that come in pieces of any size.

        They are predicted in batches that do not depend on the pieces, so that the bits do not either.

        Raises:
            ModelError: the network gives no finite number for an example.
        """
        rows = 0
        for batch in _regrouped(inputs, BATCH):
            yield self.say(batch, rows)
            rows += len(batch)
        if not rows:
            yield self.say(np.zeros((0, 1), np.float32))


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
