"""From an endless stream of points to the next configurations that were not tried before."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.records import Config, History, Value
from ikura.samplers.lattice import every_level, points
from ikura.space import Space

BLOCK = 1024
"""How many points a stream gives at a time: a power of 2, as Sobol's sequence wants."""

PATIENCE = 16
"""After so many blocks without a new configuration, a space is taken to be exhausted."""

ENUMERABLE = 2**16
"""A discrete space up to this size is enumerated when its stream runs dry."""

ENUMERATION = 1
"""The stream of random numbers that shuffles the enumeration."""

Key: TypeAlias = tuple[Value | None, ...]
"""A configuration's values in the order of the space's dimensions; None where one does not exist."""


def next_configs(
    space: Space, stream: Iterator[NDArray[np.float64]], history: History, limit: int, seed: int
) -> list[Config]:
    """Take the first `limit` configurations of the stream, blocks [BLOCK, dimension], that the history does not have.

    No configuration comes twice. Fewer come only where the space has no more.
    """
    # As they were proposed: what becomes of them under training must not move the stream.
    tried = {key_of(trial.config, space.names) for trial in history.trials}
    # What is distinct does not depend on the history: so a study that goes on takes up the stream where it left it.
    untried = (config for key, config in _distinct(space, stream, seed) if key not in tried)
    return list(islice(untried, max(limit, 0)))


def untried(configs: Iterable[Config], space: Space, tried: Iterable[Config]) -> list[Config]:
    """Leave out the configurations that were tried."""
    keys = {key_of(config, space.names) for config in tried}
    return [config for config in configs if key_of(config, space.names) not in keys]


def _distinct(space: Space, stream: Iterator[NDArray[np.float64]], seed: int) -> Iterator[tuple[Key, Config]]:
    met: set[Key] = set()
    levels = every_level(space, ENUMERABLE)
    patience = PATIENCE if levels is None else 1
    dry = 0
    while dry < patience:
        before = len(met)
        yield from _new(space, next(stream), met)
        dry = 0 if len(met) > before else dry + 1
    if levels is not None:
        rest = points(space, levels)
        yield from _new(space, np.random.default_rng([seed, ENUMERATION]).permutation(rest), met)


def _new(space: Space, unit: NDArray[np.float64], met: set[Key]) -> Iterator[tuple[Key, Config]]:
    for config in space.decode(unit):
        key = key_of(config, space.names)
        if key not in met:
            met.add(key)
            yield key, config


def key_of(config: Config, names: tuple[str, ...]) -> Key:
    """Return what two configurations of a space have in common if they are one."""
    return tuple(map(config.get, names))
