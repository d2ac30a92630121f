"""The network that trials train, once it is known to be one that they can."""

import numpy as np

from ikura.data import Dataset
from ikura.errors import SpaceError
from ikura.evaluators.defaults import check_space, full_config
from ikura.evaluators.planning import choose_program_widths
from ikura.nn import MLP, MLP_DIALS, EngineNetwork, Network, UserNetwork, check_methods, check_network
from ikura.optim import TRAINING_DIALS
from ikura.records import Config
from ikura.space import Choice, Space
from ikura.tasks import Problem
from ikura.train import has_accelerator

TRIED = 8
"""So many structures of a user's network are tried before a study begins."""


def checked_network(dataset: Dataset, problem: Problem, space: Space, network: Network | None) -> EngineNetwork:
    """Return the built-in network, or the user's own, once it has kept its promises for a few configurations.

    Raises:
        SpaceError: a dimension has no dial, or can take a value that its dial forbids.
        SettingError: the user's network breaks a promise.
    """
    examples, features = dataset.train.x.shape
    if network is None:
        check_space(space, TRAINING_DIALS | MLP_DIALS, examples, user_network=False)
        widths = choose_program_widths(dataset, problem.outputs, space) if has_accelerator() else ()
        return MLP(features, problem.outputs, widths)
    check_space(space, TRAINING_DIALS, examples, user_network=True)
    check_methods(network)
    its_own = {name: dimension for name, dimension in space.dimensions.items() if name not in TRAINING_DIALS}
    for name, dimension in its_own.items():
        if isinstance(dimension, Choice) and not dimension.static and not dimension.ordinal:
            raise SpaceError(f"{name}: {dimension.options} cannot be traced, only numbers can: leave out static=False")
    static = frozenset(name for name, dimension in its_own.items() if dimension.static)
    users = UserNetwork(network, static, frozenset(its_own) - static)
    check_network(
        users,
        [full_config(config, TRAINING_DIALS, examples) for config in _examples_of(space)],
        features=features,
        outputs=problem.outputs,
        dev_examples=len(dataset.dev.y),
    )
    return users


def programs_of(network: EngineNetwork) -> str:
    """Return what of a space the programs of a network depend on."""
    if isinstance(network, UserNetwork):
        return f"static {sorted(network.static)}, traced {sorted(network.traced)}"
    return f"widths {network.widths}" if isinstance(network, MLP) else ""


def _examples_of(space: Space) -> list[Config]:
    """Return a few configurations from all over the space, each also with only its traced hyperparameters changed."""
    unit = np.random.default_rng(0).random((TRIED, len(space)))
    other = unit.copy()
    for column, dimension in enumerate(space.dimensions.values()):
        if not dimension.static:
            unit[:, column], other[:, column] = 0.0, 1.0
    return [config for pair in zip(space.decode(unit), space.decode(other), strict=True) for config in pair]
