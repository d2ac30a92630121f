"""The Gaussian process against scikit-learn's, its gradient against differences, its draws against what they are of."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern, WhiteKernel

from ikura.samplers.gaussian import Features, Prior, features_of, fitted, improbability
from ikura.space import Choice, Float, Space

FLAT = Prior(np.zeros(4), np.full(4, 1e9))
"""A prior that says nothing."""


@pytest.fixture(name="points")
def _points():
    return np.random.default_rng(0).random((60, 3))


@pytest.fixture(name="scores")
def _scores(points):
    values = np.sin(5 * points[:, 0]) + points[:, 1] ** 2 + 0.05 * np.random.default_rng(1).standard_normal(60)
    return (values - values.mean()) / values.std()


def theirs(points, scores, process):
    kernel = Matern(process.length_scales, "fixed", nu=2.5) + WhiteKernel(process.noise, "fixed")
    return GaussianProcessRegressor(kernel, optimizer=None).fit(points, scores)


def test_its_probability_is_scikit_learns(points, scores):
    logs = np.log([0.3, 0.8, 2.0, 0.05])
    model = GaussianProcessRegressor(
        Matern(np.exp(logs[:3]), nu=2.5) + WhiteKernel(np.exp(logs[3])), optimizer=None, alpha=0.0
    ).fit(points, scores)
    expected = -model.log_marginal_likelihood_value_ - len(scores) / 2 * np.log(2 * np.pi)
    value, _ = improbability(logs, points, np.arange(3), scores, FLAT)
    assert value == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("owners", [[0, 1, 2], [0, 1, 1]], ids=["a feature a dimension", "two of one dimension"])
def test_its_gradient_is_that_of_differences(points, scores, owners):
    owners = np.array(owners)
    logs = np.log([0.05, 0.3, 0.8, 2.0][-2 - owners.max() :])
    prior = Prior(np.full(len(logs), 0.5), np.full(len(logs), 0.7))
    _, gradient = improbability(logs, points, owners, scores, prior)
    expected = approx_fprime(logs, lambda at: improbability(at, points, owners, scores, prior)[0], 1e-6)
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-4)


def test_what_it_expects_is_what_scikit_learns_does(points, scores):
    process = fitted(Features(points, np.arange(3)), scores)
    new = np.random.default_rng(2).random((20, 3))
    np.testing.assert_allclose(process.mean(new), theirs(points, scores, process).predict(new), atol=1e-8)


def test_draws_have_the_mean_and_the_covariance_that_scikit_learn_says(points, scores):
    process = fitted(Features(points, np.arange(3)), scores)
    new = np.random.default_rng(2).random((5, 3))
    draws = process.draws(new, np.random.default_rng(3).standard_normal((40_000, 5)))
    mean, covariance = theirs(points, scores, process).predict(new, return_cov=True)
    covariance -= process.noise * np.eye(5)  # Scikit-learn's is of observations.
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.01)
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=0.01)


def test_a_dimension_without_effect_has_the_longest_scale(points, scores):
    process = fitted(Features(points, np.arange(3)), scores)
    assert process.length_scales[2] > 3 * process.length_scales[:2].max()
    assert process.noise < 0.02


@pytest.mark.parametrize("seed", range(6))
def test_noise_is_taken_for_noise(seed):
    rng = np.random.default_rng(seed)
    points, noise = rng.random((128, 3)), rng.standard_normal(128)
    process = fitted(Features(points, np.arange(3)), (noise - noise.mean()) / noise.std())
    assert process.noise > 0.7
    assert np.abs(process.mean(points)).max() < 0.7


def test_options_without_an_order_are_as_far_from_each_other_as_the_ends_of_a_range():
    space = Space(rate=Float(0, 1), kind=Choice("a", "b", "c"), width=Choice(1, 2, 3))
    unit = space.encode([{"rate": 0.0, "kind": option, "width": 1} for option in "abc"])
    features = features_of(space, unit)
    assert features.owners.tolist() == [0, 1, 1, 1, 2]
    distances = np.linalg.norm(features.values[:, None] - features.values, axis=2)
    np.testing.assert_allclose(distances, 1 - np.eye(3))


def test_what_does_not_exist_is_in_the_middle():
    space = Space(
        kind=Choice("a", "b"), rate=Float(0, 1, when={"kind": ["a"]}), way=Choice("x", "y", when={"kind": ["a"]})
    )
    values = features_of(space, space.encode([{"kind": "b"}])).values
    np.testing.assert_allclose(values, [[0, 0.5**0.5, 0.5, 0.5**1.5, 0.5**1.5]])
