"""What the tests of one trial's mathematics share."""

from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np
import pytest

from ikura.nn import MLP
from ikura.records import Config

CONFIG = {
    "hidden_layers": 2,
    "hidden_units": 5,
    "activation": "tanh",
    "batch_norm": True,
    "bn_momentum": 0.875,
    "bn_epsilon": 1e-3,
    "dropout": 0.0,
    "initializer": "he",
}


@pytest.fixture
def float64() -> Iterator[None]:
    """Arrays of 64 bits for one test: rounding does not hide what finite differences show."""
    with jax.enable_x64(True):
        yield


@pytest.fixture
def make_config() -> Callable[..., Config]:
    """A full configuration of the multilayer perceptron, with changes."""
    return lambda **changes: CONFIG | changes


@pytest.fixture
def program_config() -> Callable[[MLP, Config], dict[str, Any]]:
    """The configuration as a program of the engine gives it to the network."""

    def merge(network: MLP, config: Config) -> dict[str, Any]:
        static, traced = network.split(config)
        return dict(static) | dict(traced)

    return merge


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)
