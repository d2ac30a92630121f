"""A network without hidden layers, trained to the end, is scikit-learn's (logistic) regression."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from ikura.nn import MLP, Variables, cross_entropy, softmax
from ikura.optim import Coefficients, Step, coefficients, initial_slots, update
from ikura.records import Config

L2 = 0.05


def minimise(x: np.ndarray, y: np.ndarray, config: Config) -> Variables:
    """Full-batch Nesterov until nothing moves any more."""
    network = MLP(x.shape[1], int(y.max()) + 1)
    static, traced = network.split(config)
    rule = coefficients(
        {"optimizer": "nesterov", "momentum": 0.9, "beta1": 0.0, "beta2": 0.0, "epsilon": 1.0, "weight_decay": L2}
    )
    rule = Coefficients(*(np.float64(number) for number in rule))._replace(adaptive=rule.adaptive)
    start = jax.tree.map(jnp.float64, network.init(np.uint32([0, 1]), config).params)
    slots = jax.tree.map(jnp.float64, initial_slots(start))

    def cost(params):
        logits, _ = network.apply(Variables(params), x, static | traced, train=True, key=jnp.zeros(2, jnp.uint32))
        return jnp.mean(cross_entropy(logits, y))

    @jax.jit
    def train(params, slots):
        def step(_, carry):
            params, slots = carry
            return update(params, jax.grad(cost)(params), slots, rule, Step(0.3, 0.3, 1.0))

        return jax.lax.fori_loop(0, 3000, step, (params, slots))

    return Variables(train(start, slots)[0])


def probabilities(variables: Variables, x: np.ndarray) -> np.ndarray:
    (layer,) = variables.params
    return np.asarray(softmax(x @ layer["weights"] + layer["bias"]))


@pytest.mark.usefixtures("float64")
def test_two_classes_are_logistic_regression(make_config: Callable[..., Config]) -> None:
    x, y = load_breast_cancer(return_X_y=True)
    x = StandardScaler().fit_transform(x[:, :10])
    variables = minimise(x, y, make_config(hidden_layers=0))
    # At the optimum the columns are v/2 and -v/2: the penalty L2/2·(|v/2|² + |v/2|²) is scikit-learn's 1/(2nC)·|v|².
    theirs = LogisticRegression(C=2.0 / (L2 * len(y)), solver="newton-cholesky", tol=1e-12).fit(x, y)
    (layer,) = variables.params
    np.testing.assert_allclose(layer["weights"][:, 1] - layer["weights"][:, 0], theirs.coef_[0], atol=1e-7)
    assert float(layer["bias"][1] - layer["bias"][0]) == pytest.approx(float(theirs.intercept_[0]), abs=1e-7)
    np.testing.assert_allclose(probabilities(variables, x), theirs.predict_proba(x), atol=1e-7)


@pytest.mark.usefixtures("float64")
def test_more_classes_are_multinomial_regression(make_config: Callable[..., Config]) -> None:
    x, y = load_iris(return_X_y=True)
    x = StandardScaler().fit_transform(x)
    variables = minimise(x, y, make_config(hidden_layers=0))
    theirs = LogisticRegression(C=1.0 / (L2 * len(y)), solver="newton-cholesky", tol=1e-12).fit(x, y)
    np.testing.assert_allclose(variables.params[0]["weights"].T, theirs.coef_, atol=1e-6)
    np.testing.assert_allclose(probabilities(variables, x), theirs.predict_proba(x), atol=1e-6)
