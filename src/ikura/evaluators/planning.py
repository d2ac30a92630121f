"""How a search of the built-in network will be trained, before any of it is."""

from dataclasses import replace

import numpy as np

from ikura.data import Dataset
from ikura.evaluators.defaults import check_space, default_budget, extremes, full_config
from ikura.nn import MLP, MLP_DIALS
from ikura.optim import TRAINING_DIALS
from ikura.records import Value
from ikura.space import Space
from ikura.train import Plan, choose_widths, has_accelerator, plan_kernel, plan_programs

SMALLEST_WIDTH = 32
"""Narrower layers would hardly run faster."""

MOST_SIZES = 6
"""Below the widest; there are 64 ways to choose among so many."""


def plan_study(
    dataset: Dataset, outputs: int, space: Space, *, trials: int | None = None, epochs: int | None = None
) -> Plan:
    """Return how the engine will train a search on this machine: in the kernel or, on accelerators, in XLA's programs.

    These programs' widths follow from the space and the data alone, at the default budget: so that a trial's numbers do
    not depend on how many others are to be tried.

    Args:
        dataset: what the networks will learn.
        outputs: that they have.
        space: of the built-in network.
        trials: how many trials the plan's times are for; by default as many as a study has.
        epochs: to which each is trained, likewise.

    Raises:
        SpaceError: a dimension has no dial, or can take a value that its dial forbids.
    """
    examples = len(dataset.train.y)
    check_space(space, TRAINING_DIALS | MLP_DIALS, examples, user_network=False)
    usual_trials, usual_epochs = default_budget(examples)
    network = MLP(dataset.train.x.shape[1], outputs)
    configs = _draw(space, trials or usual_trials, examples)
    if not has_accelerator():
        return plan_kernel(network, configs, examples=examples, epochs=epochs or usual_epochs)
    network = replace(network, widths=choose_program_widths(dataset, outputs, space))
    return plan_programs(network, configs, examples=examples, epochs=epochs or usual_epochs)


def choose_program_widths(dataset: Dataset, outputs: int, space: Space) -> tuple[int, ...]:
    """Return the widths to which XLA's programs pad hidden layers in a search of a space that was checked."""
    examples = len(dataset.train.y)
    trials, epochs = default_budget(examples)
    if not (sizes := _sizes(space)):
        return ()
    network = MLP(dataset.train.x.shape[1], outputs)
    return choose_widths(network, sizes, _draw(space, trials, examples), examples=examples, epochs=epochs).widths


def _draw(space: Space, trials: int, examples: int) -> list[dict[str, Value]]:
    """Return full configurations from all over the space, that stand for those of a search."""
    unit = np.random.default_rng(0).random((trials, len(space)))
    return [full_config(config, TRAINING_DIALS | MLP_DIALS, examples) for config in space.decode(unit)]


def _sizes(space: Space) -> tuple[int, ...]:
    """Return to which sizes hidden layers might be padded: doubling from the smallest to the space's widest."""
    widths = [dimension for name, dimension in space.dimensions.items() if name.startswith("hidden_units")]
    if not widths:
        return ()
    widest = max(int(value) for dimension in widths for value in extremes(dimension))
    sizes = []
    size = SMALLEST_WIDTH
    while size < widest:
        sizes.append(size)
        size *= 2
    return (*sizes[-MOST_SIZES:], widest)
