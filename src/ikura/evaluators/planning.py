"""Which programs a search of the built-in network will need, before any of them is compiled."""

from dataclasses import replace

import numpy as np

from ikura.data import Dataset
from ikura.evaluators.dials import MLP_DIALS, TRAINING_DIALS, check_space, default_budget, full_config
from ikura.nn import MLP
from ikura.records import Value
from ikura.space import Choice, Int, Space
from ikura.train import Plan, choose_widths, plan_programs

SMALLEST_WIDTH = 32
"""Narrower layers would hardly run faster."""

MOST_SIZES = 6
"""Below the widest; there are 64 ways to choose among so many."""


def plan_study(dataset: Dataset, space: Space, *, trials: int | None = None, epochs: int | None = None) -> Plan:
    """The programs of a search, which the engine will use.

    The widths follow from the space and the data alone, at the default budget: so that a trial's numbers do not depend
    on how many others are to be tried.

    Args:
        dataset: what the networks will learn.
        space: of the built-in network.
        trials: how many trials the plan's times are for; by default as many as a study has.
        epochs: their budget, likewise.

    Raises:
        SpaceError: a dimension has no dial, or can take a value that its dial forbids.
    """
    examples = len(dataset.train.y)
    check_space(space, TRAINING_DIALS | MLP_DIALS, examples, own_network=False)
    usual_trials, usual_epochs = default_budget(examples)
    network = MLP(dataset.train.x.shape[1], len(dataset.classes))
    sizes = _sizes(space)
    if sizes:
        usual = _draw(space, usual_trials, examples)
        plan = choose_widths(network, sizes, usual, examples=examples, epochs=usual_epochs)
        network = replace(network, widths=plan.widths)
    configs = _draw(space, trials or usual_trials, examples)
    return plan_programs(network, configs, examples=examples, epochs=epochs or usual_epochs)


def _draw(space: Space, trials: int, examples: int) -> list[dict[str, Value]]:
    """Full configurations from all over the space, that stand for those of a search."""
    unit = np.random.default_rng(0).random((trials, len(space)))
    return [full_config(config, TRAINING_DIALS | MLP_DIALS, examples) for config in space.decode(unit)]


def _sizes(space: Space) -> tuple[int, ...]:
    """To which hidden layers might be padded: doubling from the smallest to the space's widest."""
    dimension = space.dimensions.get("hidden_units")
    if isinstance(dimension, Int):
        widest = int(dimension.high)
    elif isinstance(dimension, Choice):
        widest = max(int(option) for option in dimension.options)
    else:
        return ()
    sizes = []
    size = SMALLEST_WIDTH
    while size < widest:
        sizes.append(size)
        size *= 2
    return (*sizes[-MOST_SIZES:], widest)
