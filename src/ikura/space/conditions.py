"""Conditions: which dimensions exist, given the values of others."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from ikura.errors import SpaceError
from ikura.records import Config
from ikura.space.dimensions import Dimension, Float, When
from ikura.wording import remedy


def check_conditions(dimensions: Mapping[str, Dimension]) -> None:
    """Raise SpaceError where a condition names no other dimension, or values that the other cannot take."""
    for name, dimension in dimensions.items():
        for other, values in (dimension.when or {}).items():
            if other not in dimensions:
                others = [known for known in dimensions if known != name]
                advice = remedy(other, others) if others else "leave it out"
                raise SpaceError(
                    f"{name}: its condition names {other!r}; a condition must name a dimension of the space: {advice}"
                )
            if isinstance(dimensions[other], Float):
                raise SpaceError(
                    f"{name}: its condition names {other}, a float; a condition must name a choice or an integer, "
                    f"which take single values: make {other} a choice"
                )
            for value in values:
                if not dimensions[other].accepts(value):
                    raise SpaceError(
                        f"{name}: its condition lists {value!r}, which {other} never is; it must list values that "
                        f"{other} can take: use {dimensions[other].describe()}"
                    )


def parents_first(dimensions: Mapping[str, Dimension]) -> tuple[str, ...]:
    """Sort the names, each after those that its condition names. Raises SpaceError where conditions run in a circle."""
    try:
        return tuple(TopologicalSorter({name: d.when or () for name, d in dimensions.items()}).static_order())
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        raise SpaceError(
            f"{circle[0]}: its condition leads back to itself ({' -> '.join(circle)}); "
            f"conditions must not run in a circle: remove one of them"
        ) from None


def holds(when: When | None, config: Config) -> bool:
    """Tell whether the configuration, complete but for this dimension, meets the condition."""
    return all(other in config and config[other] in values for other, values in (when or {}).items())


def activity(
    dimensions: Mapping[str, Dimension], order: tuple[str, ...], columns: Mapping[str, NDArray]
) -> NDArray[np.bool_]:
    """Tell which dimensions exist [trial, dimension], given the value each would have (columns: name -> [trial])."""
    active: dict[str, NDArray[np.bool_]] = {}
    for name in order:
        active[name] = np.ones(len(columns[name]), dtype=bool)
        for other, values in (dimensions[name].when or {}).items():
            active[name] &= active[other] & np.isin(columns[other], np.array(values, dtype=np.object_))
    return np.column_stack([active[name] for name in dimensions])
