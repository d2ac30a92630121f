"""The plan: what a search takes in the kernel; what programs it takes in XLA, and which padded sizes cost least."""

from dataclasses import replace
from itertools import combinations

import pytest

from ikura.evaluators.defaults import full_config
from ikura.nn import MLP, MLP_DIALS
from ikura.optim import TRAINING_DIALS
from ikura.train import choose_widths, plan_kernel, plan_programs
from ikura.train.cost import TRIAL_MICROSECONDS, compile_seconds, step_seconds, xla_step_seconds
from ikura.train.plan import RUNS

EXAMPLES, EPOCHS = 1000, 30
NETWORK = MLP(64, 10)


def config(units, layers=1, **others):
    given = {"hidden_units": units, "hidden_layers": layers, "batch_size": 50} | others
    return full_config(given, TRAINING_DIALS | MLP_DIALS, EXAMPLES)


def plan(network, configs):
    return plan_programs(network, configs, examples=EXAMPLES, epochs=EPOCHS)


def test_trials_of_one_program_share_a_program():
    configs = [config(10), config(64), config(65), config(10, layers=2), config(10, optimizer="adamw")]
    made = plan(replace(NETWORK, widths=(64, 128)), configs)
    found = {(part.hidden_layers, part.units): part.trials for part in made.parts}
    assert found == {(1, (64, 64)): 3, (1, (128, 128)): 1, (2, (64, 64)): 1}
    assert made.compile_seconds == pytest.approx(2 * compile_seconds(1) + compile_seconds(2))


def test_seconds_are_those_of_the_padded_network_and_waste_is_what_padding_adds():
    made = plan(replace(NETWORK, widths=(128,)), [config(32)] * 3)
    steps = 3 * EPOCHS * (EXAMPLES // 50)
    padded, unpadded = (xla_step_seconds((64, units, 10), 50) for units in (128, 32))
    assert made.train_seconds == pytest.approx(steps * padded)
    assert made.padding_waste == pytest.approx(1 - unpadded / padded)
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


def test_the_kernel_compiles_and_pads_nothing():
    configs = [config(10), config(64), config(10, layers=2, hidden_units_2=90), config(10, layers=0)]
    made = plan_kernel(NETWORK, configs, examples=EXAMPLES, epochs=EPOCHS)
    assert {(part.hidden_layers, part.units, part.trials) for part in made.parts} == {
        (1, (10, 64), 2),
        (2, (10, 90), 1),
        (0, (0, 0), 1),
    }
    sizes = [(64, 10, 10), (64, 64, 10), (64, 10, 90, 10), (64, 10)]
    steps = EPOCHS * (EXAMPLES // 50)
    seconds = sum(steps * step_seconds(each, 50) + 1e-6 * TRIAL_MICROSECONDS for each in sizes)
    assert made.train_seconds == pytest.approx(seconds)
    assert (made.compile_seconds, made.padding_waste, made.widths) == (0.0, 0.0, ())
