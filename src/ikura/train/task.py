"""What the candidates of a study have in common, and what one of them is."""

import traceback
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ikura.data import Dataset, batch_order
from ikura.nn import EngineNetwork, Variables
from ikura.records import METRICS, Config, TrialState, Value


@dataclass(frozen=True)
class Structure:
    """The static hyperparameters: trials of equal structure share a program."""

    network: tuple[tuple[str, Value], ...]
    """The network's own static hyperparameters, sorted by name."""
    batch_size: int
    clipped: bool
    """Whether the gradients' global norm is limited."""
    weighted: bool
    """Whether classes are weighted by the inverse of their frequency."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One network to train."""

    number: int
    """The trial's number."""
    config: Config
    """A value for every hyperparameter of the network and of its training."""
    replicate: int = 0
    """0 for the trial itself; 1, 2... for the same configuration under other seeds."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What became of a candidate."""

    candidate: Candidate
    state: TrialState
    curves: dict[str, NDArray[np.float32]]
    """For each name in METRICS the values [epoch], up to the last epoch that was finite."""
    variables: Variables
    """The network after the last epoch."""
    error: str | None = None
    """The traceback of a network of the user's own that raised."""


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be learned, and what the random draws follow from."""

    network: EngineNetwork
    dataset: Dataset
    seed: int
    epochs: int
    """The budget of each candidate."""
    _orders: dict[bool, NDArray[np.int32]] = field(default_factory=dict)

    def structure(self, config: Config) -> Structure:
        """What decides which program trains a configuration."""
        static, _ = self.network.split(config)
        return Structure(
            network=tuple(sorted(static.items())),
            batch_size=int(config["batch_size"]),
            clipped=float(config["clip_norm"]) > 0.0,
            weighted=config["class_weights"] == "balanced",
        )

    def steps(self, batch_size: int) -> int:
        """Mini-batches in an epoch; the examples that do not fill one are left out."""
        return len(self.dataset.train.y) // batch_size

    def keys(self, candidate: Candidate) -> NDArray[np.uint32]:
        """A key [2] for the initial weights and one for the training steps."""
        entropy = [self.seed, candidate.number, candidate.replicate]
        return np.random.SeedSequence(entropy).generate_state(4).astype(np.uint32).reshape(2, 2)

    def orders(self, again: bool) -> NDArray[np.int32]:
        """The order of the training examples in each epoch [epoch, example], the same for all trials.

        Args:
            again: whether for replicates, which see the mini-batches in another order than the trials did.
        """
        if again not in self._orders:
            seed = int(np.random.SeedSequence([self.seed, 1]).generate_state(1)[0]) if again else self.seed
            length = len(self.dataset.train.y)
            self._orders[again] = np.stack([batch_order(seed, epoch, length) for epoch in range(self.epochs)])
        return self._orders[again]

    def class_weights(self) -> NDArray[np.float32]:
        """The inverse of each class's frequency [class]; average 1 over the training examples."""
        counts = np.bincount(self.dataset.train.y, minlength=len(self.dataset.classes))
        return (len(self.dataset.train.y) / (len(counts) * np.maximum(counts, 1))).astype(np.float32)


def trained(candidate: Candidate, metrics: NDArray[np.float32], variables: Variables) -> Trained:
    """What the metrics [metric, epoch] say of a candidate."""
    broken = np.flatnonzero(~np.isfinite(metrics).all(axis=0))
    last = int(broken[0]) if broken.size else metrics.shape[1]
    return Trained(
        candidate=candidate,
        state=TrialState.DIVERGED if broken.size else TrialState.COMPLETE,
        curves={name: metrics[row, :last].copy() for row, name in enumerate(METRICS)},
        variables=variables,
    )


def failed(candidate: Candidate, error: Exception) -> Trained:
    """What is left of a candidate whose network raised an error."""
    nothing = {name: np.zeros(0, np.float32) for name in METRICS}
    told = traceback.TracebackException.from_exception(error)
    told.__notes__ = None  # in which JAX says what it left out
    return Trained(candidate, TrialState.FAILED, nothing, Variables(()), "".join(told.format()))
