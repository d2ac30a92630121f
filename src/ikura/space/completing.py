"""From a configuration that says only some of its values to a whole one."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from ikura.records import Config, Value
from ikura.space.conditions import holds
from ikura.space.dimensions import Choice, Dimension, Float, is_number
from ikura.space.space import Space


def drawn_values(space: Space, rng: Generator) -> dict[str, Value]:
    """Draw a value of every dimension, whether it exists or not."""
    places = rng.random(len(space))
    drawn = zip(space.items, places[:, None], strict=True)
    return {name: dimension.from_unit(place).tolist()[0] for (name, dimension), place in drawn}


def completed(space: Space, config: Config, values: Config) -> dict[str, Value]:
    """Return a configuration with what it lacks of the space, taken from other values; in the order of the space.

    What is lacking and decides whether a value that is given can be is such that it can. Nothing else is checked.
    """
    found = {name: plain(space.dimensions.get(name), value) for name, value in config.items()}
    options = _options(space, config)
    for name in space.parents_first:
        if name not in found and holds(space.dimensions[name].when, found):
            allowed = options.get(name)
            found[name] = values[name] if not allowed or values[name] in allowed else allowed[0]
    return {name: found[name] for name in (*space.names, *found) if name in found}


def shared(space: Space, config: Config, values: Config) -> dict[str, Value] | None:
    """Return a configuration of another space as one of this space; None where one of its values is out of bounds.

    What this space does not have is left out, and what the other one lacks is taken from other values.
    """
    found: dict[str, Value] = {}
    for name in space.parents_first:
        dimension = space.dimensions[name]
        if not holds(dimension.when, found):
            continue
        value = plain(dimension, config[name]) if name in config else values[name]
        if not dimension.accepts(value):
            return None
        found[name] = value
    return {name: found[name] for name in space.names if name in found}


def plain(dimension: Dimension | None, value: object) -> Value:
    """Return a value as the space would draw it, if it can: NumPy's numbers as Python's, and of a float no integer."""
    found: Value = value.item() if isinstance(value, np.generic) else value  # pyright: ignore[reportAssignmentType] - what it is is checked later
    if isinstance(dimension, Choice) and dimension.accepts(found):
        return dimension.options[dimension.options.index(found)]
    return float(found) if isinstance(dimension, Float) and is_number(found) else found


def _options(space: Space, config: Config) -> dict[str, Sequence[Value]]:
    """Return, for the dimensions that are lacking and on which others hang that are given, what they can be."""
    found: dict[str, Sequence[Value]] = {}
    for name in reversed(space.parents_first):
        if name not in config and name not in found:
            continue
        for other, values in (space.dimensions[name].when or {}).items():
            if other not in config:
                found[other] = [value for value in found.get(other, values) if value in values]
    return found
