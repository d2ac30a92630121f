"""Several trained networks that predict together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from ikura.data import Preprocessing
from ikura.errors import ModelError
from ikura.model.double import say_in_double
from ikura.model.model import Model
from ikura.model.predictor import Predictor
from ikura.records import Target
from ikura.tasks import Loss, Said, mean_said, outputs_saying
from ikura.wording import count


@dataclass(frozen=True, eq=False, repr=False)
class Ensemble(Predictor):
    """Networks whose predictions are put together: the mean of what they say. Made by a study, or by `load_model`.

    Of classes and labels it is the mean of the probabilities; of numbers, quantiles and counts that of the predictions.
    The built-in network is not compiled for this, which would take a third of a second for each of them.
    """

    members: tuple[Model, ...]
    """All learned the same of the same columns."""
    shares: tuple[float, ...]
    """How much each counts; together 1."""
    targets: tuple[Target, ...]
    """As the members have them; a threshold that dev examples chose is that of the mean."""

    def __repr__(self) -> str:
        return f"<Ensemble of {count(len(self.members), 'network')}, {self.preprocessing.width} inputs>"

    @property
    def loss(self) -> Loss:  # pyright: ignore[reportIncompatibleVariableOverride] - it is only read
        """That numbers among its targets were held to."""
        return self.members[0].loss

    @property
    def preprocessing(self) -> Preprocessing:  # pyright: ignore[reportIncompatibleVariableOverride]
        """What is done to the columns before any network sees them."""
        return self.members[0].preprocessing

    @property
    def parameters(self) -> int:
        """See `Predictor.parameters`: of all networks together."""
        return sum(member.parameters for member in self.members)

    def say(self, inputs: NDArray[np.float32], first: int = 0) -> Said:
        """See `Predictor.say`."""
        together = mean_said([say_in_double(member, inputs, first) for member in self.members], self.shares)
        # Of probabilities no more digits are wanted than a network gives.
        return [
            each.astype(np.float32) if target.classes else each
            for each, target in zip(together, self.targets, strict=True)
        ]

    def outputs(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        """See `Predictor.outputs`."""
        return outputs_saying(self.say(inputs), self.targets, self.heads)

    def export(self, path: str | Path) -> NoReturn:  # noqa: ARG002 - as a model has it
        """Raise ModelError: only single networks go to other programs."""
        raise ModelError(
            f"export: this is an ensemble of {count(len(self.members), 'network')}; only a single network has a file "
            "for other programs: export the winner of its study, in the folder above the ensemble's"
        )


def checked_ensemble(members: Sequence[Model], shares: Sequence[Any], targets: tuple[Target, ...]) -> Ensemble:
    """Return an ensemble of what was read from files.

    Raises:
        ValueError: they cannot be of one ensemble.
    """
    numbers = [share for share in shares if isinstance(share, float) and 0 < share <= 1]
    if not members or len(numbers) < len(shares) or len(shares) != len(members) or abs(sum(numbers) - 1) > SLACK:
        raise ValueError("its shares are not one above 0 for each network, 1 together")
    ensemble = Ensemble(tuple(members), tuple(numbers), targets)
    width = ensemble.preprocessing.width
    for member in members:
        if _learned(member.targets) != _learned(targets) or member.loss != ensemble.loss:
            raise ValueError("its networks have learned different targets")
        if member.preprocessing.to_json() != ensemble.preprocessing.to_json() or width != member.preprocessing.width:
            raise ValueError("its networks have learned of different columns")
    return ensemble


SLACK = 1e-6
"""How far from 1 shares may be together: each was rounded."""


def _learned(targets: Sequence[Target]) -> list[tuple[Any, ...]]:
    """Return what of targets must be the same: all but the threshold."""
    return [(each.name, each.kind, each.classes, each.mean, each.scale) for each in targets]
