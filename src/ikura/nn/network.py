"""What a network must be for the engine to train it."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

import jax
import numpy as np
from jax import Array
from numpy.typing import NDArray

from ikura.records import Config, Value

ProgramConfig: TypeAlias = Mapping[str, Any]
"""A configuration inside a compiled program: static hyperparameters as Python values, traced ones as scalar arrays."""


class Variables(NamedTuple):
    """A network's arrays, as two pytrees."""

    params: Any
    """What the optimizer learns."""
    state: Any = ()
    """What training updates by other means, such as batch normalisation's running averages."""

    @property
    def learned(self) -> int:
        """How many numbers the optimizer learns."""
        return sum(np.size(leaf) for leaf in jax.tree.leaves(self.params))


class Network(Protocol):
    """One trial's network, as pure functions. Only the engine knows that there are many trials."""

    def init(self, key: NDArray[np.uint32], config: Config) -> Variables:
        """Return the initial variables. Runs outside the compiled program, once a trial.

        Args:
            key: uint32 [2]; a seed for NumPy, or a key for `jax.random`.
            config: the trial's configuration, all plain Python values.
        """
        ...

    def apply(
        self, variables: Variables, inputs: Array, config: ProgramConfig, *, train: bool, key: Array
    ) -> tuple[Array, Variables]:
        """Return the outputs [example, output] of inputs [example, feature], and the variables with their new state.

        The outputs are logits of classes or labels, numbers in standard deviations of the target, logarithms of rates.

        Args:
            variables: as `init` made them.
            inputs: one mini-batch.
            config: the configuration; its traced hyperparameters are scalar arrays.
            train: whether this is a training step, or test time.
            key: uint32 [2], another one at every step; not used at test time.
        """
        ...


class EngineNetwork(Network, Protocol):
    """What the engine asks of a network besides: which trials can share a program, and how their arrays then look."""

    def split(self, config: Config) -> tuple[Mapping[str, Value], Mapping[str, Any]]:
        """Return the static and the traced hyperparameters that `apply` shall see for this configuration.

        The traced ones are NumPy's numbers or arrays. Trials with equal static ones share a program.
        """
        ...

    def pad(self, variables: Variables, config: Config) -> Variables:
        """Return the variables in the shapes of the configuration's program."""
        ...

    def trim(self, variables: Variables, config: Config) -> Variables:
        """Undo `pad`."""
        ...
