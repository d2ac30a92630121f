"""The plan: what programs a search takes, and which padded sizes cost least."""

from dataclasses import replace
from itertools import combinations

import pytest

from ikura.evaluators.dials import MLP_DIALS, TRAINING_DIALS, full_config
from ikura.nn import MLP
from ikura.train import choose_widths, plan_programs
from ikura.train.cost import compile_seconds, step_seconds
from ikura.train.plan import RUNS

EXAMPLES, EPOCHS = 1000, 30
NETWORK = MLP(64, 10)


def config(units, layers=1, **others):
    given = {"hidden_units": units, "hidden_layers": layers, "batch_size": 50} | others
    return full_config(given, TRAINING_DIALS | MLP_DIALS, EXAMPLES)


def plan(network, configs):
    return plan_programs(network, configs, examples=EXAMPLES, epochs=EPOCHS)


def test_trials_of_one_structure_share_a_program():
    configs = [config(10), config(64), config(65), config(10, layers=2), config(10, optimizer="adamw")]
    made = plan(replace(NETWORK, widths=(64, 128)), configs)
    found = {
        (dict(p.structure.network)["hidden_layers"], dict(p.structure.network)["padded_units"]): p.trials
        for p in made.programs
    }
    assert found == {(1, 64): 3, (1, 128): 1, (2, 64): 1}
    assert made.compile_seconds == pytest.approx(2 * compile_seconds(1) + compile_seconds(2))


def test_seconds_are_those_of_the_padded_network_and_waste_is_what_padding_adds():
    made = plan(replace(NETWORK, widths=(128,)), [config(32)] * 3)
    steps = 3 * EPOCHS * (EXAMPLES // 50)
    assert made.train_seconds == pytest.approx(steps * step_seconds((64, 128, 10), 50))
    assert made.padding_waste == pytest.approx(1 - step_seconds((64, 32, 10), 50) / step_seconds((64, 128, 10), 50))
    assert plan(replace(NETWORK, widths=(32,)), [config(32)]).padding_waste == 0.0


def test_no_other_sizes_would_cost_less():
    sizes = (16, 32, 64, 128, 256)
    configs = [
        config(units, layers) for units in (16, 20, 30, 60, 100, 150, 256) for layers in (1, 3) for _ in range(9)
    ]

    def cost(widths):
        made = plan(replace(NETWORK, widths=widths), configs)
        return made.compile_seconds / RUNS + made.train_seconds

    chosen = choose_widths(NETWORK, sizes, configs, examples=EXAMPLES, epochs=EPOCHS)
    others = [(*some, 256) for number in range(5) for some in combinations(sizes[:-1], number)]
    assert cost(chosen.widths) == min(map(cost, others))


def test_longer_training_pays_for_more_programs():
    sizes, configs = (32, 64, 128), [config(units) for units in (20, 50, 100)]
    short = choose_widths(NETWORK, sizes, configs, examples=EXAMPLES, epochs=1)
    long = choose_widths(NETWORK, sizes, configs, examples=EXAMPLES, epochs=100_000)
    assert short.widths == (128,)
    assert long.widths == sizes
