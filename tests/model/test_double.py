"""The network in double precision, held against the same in JAX."""

from dataclasses import replace

import numpy as np
import pytest

from ikura.errors import ModelError
from ikura.model.double import predict_in_double
from ikura.model.model import BATCH
from ikura.nn import ACTIVATIONS, UserNetwork, Variables
from tests.model.export.conftest import FORMS, Example
from tests.model.export.test_answers import EXAMPLES, check, said_by

X = np.random.default_rng(0).normal(size=(2 * BATCH + 3, 3))


def doubled(model, example):
    return [each.reshape(len(each), -1) for each in predict_in_double(model, example.new)]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_form_of_the_network(form):
    example = EXAMPLES["a number"]
    model = example.model(**form)
    check(doubled(model, example), said_by(model, example))


def test_every_activation_is_tried():
    assert {form["activation"] for form in FORMS} == ACTIVATIONS.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_kind_of_target(name):
    model = EXAMPLES[name].model()
    check(doubled(model, EXAMPLES[name]), said_by(model, EXAMPLES[name]))


def test_the_order_and_the_number_of_examples_change_nothing():
    model = Example((X, X[:, 0]), X).model(hidden_layers=2)
    (said,) = predict_in_double(model, X)
    shuffled = np.random.default_rng(1).permutation(len(X))
    (again,) = predict_in_double(model, X[shuffled])
    np.testing.assert_allclose(again, said[shuffled], rtol=1e-13, atol=1e-13)
    (alone,) = predict_in_double(model, X[:1])
    np.testing.assert_allclose(alone, said[:1], rtol=1e-13, atol=1e-13)


def test_what_is_no_number_is_refused():
    model = EXAMPLES["a number"].model()
    damaged = [*model.variables.params[:-1], model.variables.params[-1] | {"bias": np.array([np.nan], np.float32)}]
    with pytest.raises(ModelError, match="no finite number for row 0"):
        predict_in_double(replace(model, variables=Variables(damaged, model.variables.state)), X[:2])


class Linear:
    def init(self, key, features, outputs, config):
        raise NotImplementedError

    def apply(self, variables, inputs, config, *, train, key):
        return inputs @ variables.params["weights"], variables


def test_a_network_of_the_users_own_is_asked_itself():
    example = EXAMPLES["a number"]
    network = UserNetwork(Linear(), frozenset(), frozenset())
    variables = Variables({"weights": np.ones((3, 1), np.float32)}, {})
    model = replace(example.model(), network=network, variables=variables)
    check(doubled(model, example), said_by(model, example))
