"""What a study has where its user says nothing, and what its space may hold."""

import pytest

from ikura.errors import SpaceError
from ikura.evaluators.defaults import OF_CLASSES, check_space, check_targets, default_space, full_config, limits
from ikura.nn import MLP_DIALS
from ikura.optim import TRAINING_DIALS
from ikura.records import Kind, Target
from ikura.space import Choice, Float, Int, Space

DIALS = TRAINING_DIALS | MLP_DIALS
CLASSES = (Target("y", Kind.CLASS, ("a", "b")),)
NUMBERS = (Target("y", Kind.NUMBER), Target("z", Kind.COUNT))


def check(examples=100, user_network=False, **dimensions):
    check_space(Space(**dimensions), DIALS, examples, user_network=user_network)


@pytest.mark.parametrize("examples", [4, 90, 511, 512, 1078, 9_999, 10_000, 48_000])
def test_the_default_space_is_allowed_whatever_the_size_of_the_data(examples):
    space = default_space(examples, CLASSES)
    check_space(space, DIALS, examples, user_network=False)


@pytest.mark.parametrize(
    ("dimensions", "words"),
    [
        ({"lerning_rate": Float(0.1, 1.0)}, ["lerning_rate", "did you mean 'learning_rate'?"]),
        ({"xyzzy": Float(0.1, 1.0)}, ["xyzzy", "the dials are learning_rate, "]),
        ({"momentum": Float(0.5, 1.0)}, ["momentum", "1.0", "below 1", "change the dimension"]),
        ({"learning_rate": Float(0.0, 1.0)}, ["learning_rate", "0.0", "above 0"]),
        ({"hidden_units": Choice(64, 0)}, ["hidden_units", "0", "1 or more"]),
        ({"hidden_units": Float(16.5, 64.0)}, ["hidden_units", "float", "whole number"]),
        ({"optimizer": Choice("adam", "adaam")}, ["optimizer", "'adaam'", "rmsprop"]),
        ({"learning_rate": Float(0.1, 1.0, static=True)}, ["learning_rate: static=True is given", "leave it out"]),
        ({"hidden_units": Int(8, 16, static=False)}, ["hidden_units: static=False is given"]),
        ({"optimizer": Choice("adam", static=False)}, ["optimizer: static=False is given"]),
        ({"batch_norm": Choice(0, 1)}, ["batch_norm", "True or False"]),
        ({"activation": Choice("relu", 3)}, ["activation", "3", "tanh"]),
        ({"batch_size": Choice(32, 128)}, ["batch_size", "128", "100 training examples", "lower it"]),
    ],
)
def test_a_bad_dimension_gets_one_line(dimensions, words):
    with pytest.raises(SpaceError) as caught:
        check(**dimensions)
    assert "\n" not in str(caught.value)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_dimensions_of_the_users_own_network_are_its_own_business():
    check(user_network=True, kernel=Int(3, 5))


def test_a_space_has_the_limits_of_its_dials():
    space = Space(
        dropout=Float(0.0, 0.5),
        label_smoothing=Float(0.0, 0.2),
        hidden_layers=Int(1, 2),
        momentum=Float(0.8, 0.999),
        learning_rate=Float(1e-4, 1.0),
        batch_size=Choice(32, 64),
        gain=Float(0.0, 1.0),
    )
    found = limits(space, DIALS)
    assert found["dropout"] == (0.0, 0.99)
    assert found["hidden_layers"] == (0, 63)
    # No space reaches a momentum of 1.
    assert found["label_smoothing"] == found["momentum"] == (0.0, None)
    assert found["learning_rate"] == (None, None)
    # Choices have no bounds, and the gain is a user's.
    assert found.keys() == {"dropout", "label_smoothing", "hidden_layers", "momentum", "learning_rate"}
    assert limits(space, TRAINING_DIALS).keys() == {"label_smoothing", "momentum", "learning_rate"}


def test_a_network_of_the_users_own_is_not_given_the_built_in_ones_dials():
    assert not set(default_space(100, CLASSES, user_network=True).names) & MLP_DIALS.keys()


def test_what_the_space_leaves_out_has_a_default():
    config = full_config({"learning_rate": 0.5}, DIALS, examples=1000)
    assert config.keys() == DIALS.keys()
    assert config["learning_rate"] == 0.5
    assert config["batch_size"] == 64
    assert full_config({}, DIALS, examples=100)["batch_size"] == 16
    assert full_config({}, DIALS, examples=10)["batch_size"] == 10


def test_rmsprop_has_a_shorter_memory_by_default():
    assert full_config({"optimizer": "rmsprop"}, DIALS, 1000)["beta2"] == 0.9
    assert full_config({"optimizer": "adam"}, DIALS, 1000)["beta2"] == 0.999


@pytest.mark.parametrize(
    ("dimensions", "words"),
    [
        ({"momentum": Float(0.5, 0.9)}, "momentum: no trial would use it, since optimizer is adam; it takes momentum"),
        ({"decay_rate": Float(0.1, 1.0)}, "decay_rate: no trial would use it, since decay is none"),
        ({"beta1": Float(0.1, 0.9), "optimizer": Choice("sgd", "rmsprop")}, "since optimizer is sgd or rmsprop"),
        ({"bn_momentum": Float(0.1, 0.9), "batch_norm": Choice(False)}, "since batch_norm is False; it takes True"),
    ],
)
def test_a_dimension_that_no_trial_would_use_is_refused(dimensions, words):
    with pytest.raises(SpaceError) as caught:
        check_space(Space(**dimensions), TRAINING_DIALS | MLP_DIALS, 100, user_network=False)
    assert words in str(caught.value)
    used = {"momentum": Float(0.5, 0.9), "optimizer": Choice("adam", "nesterov"), "bn_momentum": Float(0.1, 0.9)}
    check_space(Space(**used), TRAINING_DIALS | MLP_DIALS, 100, user_network=False)
    check_space(Space(bn_momentum=Float(0.1, 0.9)), TRAINING_DIALS, 100, user_network=True)


def test_dials_of_classes_are_for_classes_and_labels_alone():
    space = default_space(100, NUMBERS)
    assert not set(space.names) & set(OF_CLASSES)
    check_targets(space, NUMBERS)
    for name, dimension in {"label_smoothing": Float(0.0, 0.2), "class_weights": Choice("none", "balanced")}.items():
        with pytest.raises(SpaceError, match=f"{name}: no trial would use it, since numbers are learned"):
            check_targets(Space(**{name: dimension}), NUMBERS)
        check_targets(Space(**{name: dimension}), (*NUMBERS, *CLASSES))
