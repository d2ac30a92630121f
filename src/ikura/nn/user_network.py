"""A network of the user's own, made ready for the engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jax import Array
from numpy.typing import NDArray

from ikura.nn.network import Network, ProgramConfig, Variables
from ikura.records import Config, Value


@dataclass(frozen=True)
class UserNetwork:
    """Splits a configuration by the space's word on each dimension, and pads nothing."""

    network: Network
    static: frozenset[str]
    """Names of the network's static hyperparameters; absent ones, by their conditions, are left out."""
    traced: frozenset[str]

    def init(self, key: NDArray[np.uint32], config: Config) -> Variables:
        """See `Network.init`."""
        return self.network.init(key, config)

    def apply(
        self, variables: Variables, inputs: Array, config: ProgramConfig, *, train: bool, key: Array
    ) -> tuple[Array, Variables]:
        """See `Network.apply`."""
        return self.network.apply(variables, inputs, config, train=train, key=key)

    def split(self, config: Config) -> tuple[Mapping[str, Value], Mapping[str, Any]]:
        """See `EngineNetwork.split`."""
        static = {name: value for name, value in config.items() if name in self.static}
        traced = {name: _scalar(value) for name, value in config.items() if name in self.traced}
        return static, traced

    def pad(self, variables: Variables, config: Config) -> Variables:  # noqa: ARG002
        """See `EngineNetwork.pad`."""
        return variables

    def trim(self, variables: Variables, config: Config) -> Variables:  # noqa: ARG002
        """See `EngineNetwork.trim`."""
        return variables


def _scalar(value: Any) -> np.generic:
    return np.int32(value) if isinstance(value, int) and not isinstance(value, bool) else np.float32(value)
