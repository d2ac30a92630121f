"""Dimensions as Optuna has them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ikura.records import Config, Value
from ikura.space import Choice, Dimension, Float, Int, Space
from ikura.space.conditions import holds

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import Trial


@dataclass(frozen=True, slots=True)
class Parameter:
    """A dimension as a parameter of Optuna's."""

    distribution: "BaseDistribution"
    theirs: Callable[[Any], Any]
    """From a value of the dimension to one of the parameter."""
    ours: Callable[[Any], Value]
    """And back."""


def parameters(space: Space) -> dict[str, Parameter]:
    """Return the space's dimensions as parameters, each after those that its condition names."""
    return {name: _parameter(space.dimensions[name]) for name in space.parents_first}


def suggested(trial: "Trial", space: Space, known: dict[str, Parameter]) -> dict[str, Value]:
    """Return the configuration that Optuna suggests, asked dimension by dimension for those that exist."""
    config: dict[str, Value] = {}
    for name, parameter in known.items():
        if holds(space.dimensions[name].when, config):
            config[name] = parameter.ours(_suggested(trial, name, parameter.distribution))
    return {name: config[name] for name in space.names if name in config}


def within(config: Config, space: Space) -> Config | None:
    """Return a configuration, perhaps of a space of before, with the nearest values that this one has of its own.

    None where it has an option that is left out by now: there is nothing near it.
    """
    found = dict(config)
    for name, value in config.items():
        dimension = space.dimensions[name]
        if not dimension.accepts(value):
            place = dimension.to_unit([value])
            if np.isnan(place).any():
                return None
            (found[name],) = dimension.from_unit(place).tolist()
    return found


def theirs(config: Config, known: dict[str, Parameter]) -> dict[str, Any]:
    """Return a configuration as Optuna has it."""
    return {name: known[name].theirs(value) for name, value in config.items()}


def _suggested(trial: "Trial", name: str, distribution: Any) -> Any:
    from optuna.distributions import CategoricalDistribution, IntDistribution

    if isinstance(distribution, CategoricalDistribution):
        return trial.suggest_categorical(name, distribution.choices)
    bounds = distribution.low, distribution.high
    if isinstance(distribution, IntDistribution):
        return trial.suggest_int(name, *bounds, step=distribution.step, log=distribution.log)
    return trial.suggest_float(name, *bounds, log=distribution.log)


def _parameter(dimension: Dimension) -> Parameter:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    match dimension:
        case Choice() if dimension.ordinal:
            # By their places, since few of Optuna's samplers see an order in categories, and CMA-ES sees none at all.
            options = sorted(dimension.options)
            return Parameter(IntDistribution(0, len(options) - 1), options.index, options.__getitem__)
        case Choice():
            return Parameter(CategoricalDistribution(dimension.options), _same, _same)
        case Int(scale="linear"):
            return Parameter(IntDistribution(dimension.low, dimension.high, step=dimension.step), int, int)
        case Int(scale="log", step=1):
            return Parameter(IntDistribution(dimension.low, dimension.high, log=True), int, int)
        case Float(scale="linear" | "log"):
            low, high = float(dimension.low), float(dimension.high)
            distribution = FloatDistribution(low, high, log=dimension.scale == "log")
            # Logarithms there and back may leave the range by a rounding.
            return Parameter(distribution, float, lambda value: min(max(value, low), high))
    # Optuna has no such scale: it draws the place in the unit interval.
    return Parameter(
        FloatDistribution(0.0, 1.0),
        lambda value: dimension.to_unit([value]).item(),
        lambda place: dimension.from_unit([place]).item(),
    )


def _same(value: Any) -> Any:
    return value
