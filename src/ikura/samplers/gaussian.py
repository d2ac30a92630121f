"""A Gaussian process over the unit cube (Rasmussen and Williams, 2006): what trials say of all other points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ikura.space import Choice, Space

LEAST_NOISE = 1e-4
"""Of the variance of a score: they are ranks, which are never exact."""

MOST_FITTED = 256
"""Of so many points the hyperparameters are found."""

STEPS = 40
"""Of that, at most."""

DIGITS = 2
"""To which their logarithms are rounded, so that they do not depend on the last bits of a machine's linear algebra."""

JITTER = 1e-6
"""Added to the variance of what is drawn: candidates may all but coincide."""


@dataclass(frozen=True, eq=False)
class Features:
    """Points between which distances mean something."""

    values: NDArray[np.float64]
    """[point, feature]"""
    owners: NDArray[np.intp]
    """The dimension [feature] that each is of."""


@dataclass(frozen=True, eq=False)
class Prior:
    """Normal distributions of the logarithms of hyperparameters."""

    center: NDArray[np.float64]
    """[hyperparameter]"""
    width: NDArray[np.float64]
    """[hyperparameter]"""


@dataclass(frozen=True, eq=False)
class Process:
    """A Gaussian process that has seen the scores of some points; less is better."""

    points: NDArray[np.float64]
    """[point, feature], each divided by its length scale."""
    owners: NDArray[np.intp]
    """The dimension [feature] that each is of."""
    length_scales: NDArray[np.float64]
    """[dimension]: 1 is the whole range; the shorter, the more a dimension matters."""
    noise: float
    """The variance of a score beside its mean; 1 is that of all scores."""
    root: NDArray[np.float64]
    """The lower Cholesky factor [point, point] of the covariance of the scores."""
    weights: NDArray[np.float64]
    """The scores [point], divided by their covariance."""

    def mean(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the score that is expected of features [point, feature]."""
        return _matern(_distance(self._scaled(values), self.points)) @ self.weights

    def draws(self, values: NDArray[np.float64], normal: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return scores [draw, point] of functions drawn from what is believed, of standard normal numbers alike."""
        from scipy.linalg import cholesky, solve_triangular

        points = self._scaled(values)
        across = _matern(_distance(self.points, points))
        explained = solve_triangular(self.root, across, lower=True, check_finite=False)
        covariance = _matern(_distance(points, points)) - explained.T @ explained
        covariance[np.diag_indices_from(covariance)] += JITTER
        root = cholesky(covariance, lower=True, overwrite_a=True, check_finite=False)
        return across.T @ self.weights + normal @ root.T

    def _scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return values / self.length_scales[self.owners]


def features_of(space: Space, unit: NDArray[np.float64]) -> Features:
    """Return the features of points of the unit cube [point, dimension], NaN where a dimension does not exist.

    Numbers are their places. An option without an order is a corner of a simplex, so that any two are as far from each
    other as the ends of a range. Where a dimension does not exist it is taken in its middle: that it does not exist is
    told by the dimension that it hangs on.
    """
    columns, owners = [], []
    for column, (_, dimension) in enumerate(space.items):
        places = unit[:, column]
        if isinstance(dimension, Choice) and not dimension.ordinal:
            options = np.floor(places * dimension.levels)[:, None]
            corners = np.where(np.isnan(options), 1 / dimension.levels, options == np.arange(dimension.levels))
            columns.append(corners / np.sqrt(2))
            owners += [column] * dimension.levels
        else:
            columns.append(np.nan_to_num(places, nan=0.5)[:, None])
            owners.append(column)
    return Features(np.concatenate(columns, axis=1), np.array(owners, np.intp))


def fitted(features: Features, scores: NDArray[np.float64]) -> Process:
    """Fit a process to the scores [point] of points: of mean 0 and variance 1, less is better.

    The length scale of each dimension and the noise are the most probable ones under the priors of Hvarfner et al.
    (2024, "Vanilla Bayesian Optimization Performs Great in High Dimensions"), of some of many points.
    """
    from scipy.linalg import cho_solve, cholesky

    every = -(-len(scores) // MOST_FITTED)
    lengths, noise = _most_probable(features.values[::every], features.owners, scores[::every])
    points = features.values / lengths[features.owners]
    covariance = _matern(_distance(points, points))
    covariance[np.diag_indices_from(covariance)] += noise
    root = cholesky(covariance, lower=True, check_finite=False)
    weights = cho_solve((root, True), scores, check_finite=False)
    return Process(points, features.owners, lengths, noise, root, weights)


def _most_probable(
    values: NDArray[np.float64], owners: NDArray[np.intp], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return the length scales [dimension] and the noise."""
    from scipy.optimize import minimize

    dimensions = int(owners.max()) + 1
    prior = Prior(
        np.append(np.full(dimensions, np.sqrt(2) + np.log(dimensions) / 2), -4.0),
        np.append(np.full(dimensions, np.sqrt(3)), 1.0),
    )
    start = np.append(np.full(dimensions, np.log(dimensions / 4) / 2), np.log(0.5))
    bounds = [(np.log(0.02), np.log(1000.0))] * dimensions + [(np.log(LEAST_NOISE), np.log(10.0))]
    found = minimize(
        improbability,
        start,
        args=(values, owners, scores, prior),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": STEPS},
    )
    logs = np.round(found.x, DIGITS)
    return np.exp(logs[:-1]), float(np.exp(logs[-1]))


def improbability(
    logs: NDArray[np.float64],
    values: NDArray[np.float64],
    owners: NDArray[np.intp],
    scores: NDArray[np.float64],
    prior: Prior,
) -> tuple[float, NDArray[np.float64]]:
    """Return how improbable hyperparameters are, as minus the logarithm of their posterior, and its gradient.

    Args:
        logs: the logarithms of the length scales and, last, the noise [hyperparameter].
        values: of the points [point, feature].
        owners: the dimension [feature] whose length scale a feature has.
        scores: of the points [point].
        prior: of the logarithms.
    """
    from scipy.linalg import cho_solve, cholesky

    noise = np.exp(logs[-1])
    points = values / np.exp(logs[:-1])[owners]
    distance = _distance(points, points)
    covariance = _matern(distance)
    covariance[np.diag_indices_from(covariance)] += noise
    root = cholesky(covariance, lower=True, check_finite=False)
    inverse = cho_solve((root, True), np.eye(len(points)), check_finite=False)
    weights = inverse @ scores
    away = (logs - prior.center) / prior.width
    value = scores @ weights / 2 + np.log(np.diag(root)).sum() + away @ away / 2
    # By the covariance; then by each length, of which the squared distance has the square below its share.
    slope = (inverse - np.outer(weights, weights)) / 2
    pull = slope * (1 + distance) * np.exp(-distance) * (5 / 3)
    shares = 2 * (points**2 * pull.sum(axis=1)[:, None] - points * (pull @ points)).sum(axis=0)
    gradient = np.append(np.bincount(owners, shares, len(logs) - 1), noise * np.trace(slope))
    return float(value), gradient + away / prior.width


def _matern(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Matern's covariance of 5/2, of functions that are twice differentiable."""
    return (1 + distance + distance**2 / 3) * np.exp(-distance)


def _distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distances [first, second], times the root of 5."""
    squares = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1) - 2 * first @ second.T
    return np.sqrt(5 * np.maximum(squares, 0.0))
