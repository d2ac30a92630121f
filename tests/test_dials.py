"""The dials' rules and their defaults."""

import pytest

from ikura.dials import Dial, default_config
from ikura.nn import MLP_DIALS
from ikura.optim import TRAINING_DIALS

DIALS = TRAINING_DIALS | MLP_DIALS
RATE = Dial(0.5, high=1.0, low_open=True, high_open=True)
WHOLE = Dial(64, low=2)
ANY = Dial(0.0)
FLAG = Dial(True, options=(True, False))


@pytest.mark.parametrize("name", DIALS)
def test_every_default_keeps_its_own_rule(name):
    assert DIALS[name].allows(DIALS[name].default)


@pytest.mark.parametrize("name", [name for name, dial in DIALS.items() if dial.used_with])
def test_what_a_dial_is_used_with_are_options_of_another(name):
    other, options = DIALS[name].used_with
    assert set(options) < set(DIALS[other].options)


def test_what_shapes_a_network_or_its_training_is_fixed():
    free = {name for name, dial in DIALS.items() if not dial.fixed}
    assert free == {
        "learning_rate",
        "momentum",
        "beta1",
        "beta2",
        "epsilon",
        "weight_decay",
        "clip_norm",
        "decay_rate",
        "label_smoothing",
        "dropout",
        "bn_momentum",
        "bn_epsilon",
    }


@pytest.mark.parametrize(
    ("dial", "allowed", "forbidden"),
    [
        (RATE, [0.001, 0.999], [0, 0.0, 1.0, float("nan"), "0.5", True, None]),
        (WHOLE, [2, 10**400, 8.0], [1, 2.5, float("inf"), True, "64", None, [64]]),
        (ANY, [0, 0.0, 1e300], [-1e-9, float("inf"), float("nan"), False, {}]),
        (FLAG, [True, False], [1, 0, "True", None]),
    ],
)
def test_a_rule_holds_for_values_of_any_type(dial, allowed, forbidden):
    assert [value for value in allowed if not dial.allows(value)] == []
    assert [value for value in forbidden if dial.allows(value)] == []


def test_rules_are_told_in_words():
    assert RATE.rule() == "must be a number, above 0 and below 1"
    assert WHOLE.rule() == "must be a whole number, 2 or more"
    assert FLAG.rule() == "must be True or False"
    assert Dial(1, high=63).rule() == "must be a whole number, 0 or more and at most 63"


def test_the_default_configuration_has_every_dial():
    assert default_config({"rate": RATE, "size": WHOLE}) == {"rate": 0.5, "size": 64}
