"""Which of points with two losses are better: non-dominated sorting, and crowding (Deb et al., 2002, NSGA-II)."""

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray


def fronts_of(first: NDArray[np.float64], second: NDArray[np.float64], group: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the front of each point [point]: 0 of those that no other dominates, 1 of those that only these do, ...

    A point dominates another one of its group that is nowhere better, and somewhere worse.

    Args:
        first: losses [point], none of them NaN.
        second: losses [point], none of them NaN.
        group: of each point [point]; points of other groups are not compared.
    """
    order = np.lexsort((second, first, group))
    fronts: list[int] = []
    least: list[float] = []
    """The least second loss of each front so far, which never falls from front to front."""
    before = None
    for point in zip(group[order].tolist(), first[order].tolist(), second[order].tolist(), strict=True):
        if before is None or before[0] != point[0]:
            least = []
        if point != before:
            # All that came before have no greater first loss: a front with no greater second loss dominates the point.
            front = bisect_right(least, point[2])
            least[front : front + 1] = [point[2]]
            fronts.append(front)
        else:
            fronts.append(fronts[-1])
        before = point
    found = np.empty(len(order), np.intp)
    found[order] = fronts
    return found


def crowding_of(
    first: NDArray[np.float64], second: NDArray[np.float64], front: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return how far apart the neighbours of each point [point] in its front are; inf for those at its ends.

    The distances in both losses are summed, each as a share of the front's extent. Points that are equal count as one.

    Args:
        first: losses [point], none of them NaN.
        second: losses [point], none of them NaN.
        front: of each point [point], a number of its own for each front of each group.
    """
    if not len(front):
        return np.zeros(0)
    order = np.lexsort((first, front))
    points = np.stack([front, first, second])[:, order]
    is_new = np.append(True, (points[:, 1:] != points[:, :-1]).any(axis=0))
    own, *both = points[:, is_new]
    starts = np.flatnonzero(np.append(True, own[1:] != own[:-1]))
    ends = np.append(starts[1:], len(own)) - 1
    at_end = np.zeros(len(own), np.bool_)
    at_end[starts] = at_end[ends] = True
    inner = np.flatnonzero(~at_end)
    place = np.searchsorted(starts, inner, side="right") - 1
    distance = np.full(len(own), np.inf)
    with np.errstate(invalid="ignore"):
        shares = [
            np.abs(losses[inner + 1] - losses[inner - 1]) / np.abs(losses[ends[place]] - losses[starts[place]])
            for losses in both
        ]
    # Where an end is infinitely far away, no distance is a share of the extent.
    distance[inner] = np.nan_to_num(np.sum(shares, axis=0), nan=0.0)
    found = np.empty(len(order))
    found[order] = distance[np.cumsum(is_new) - 1]
    return found


def group_of(keys: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return a number for each point [point] that those share whose keys [key, point] are equal; ascending as these."""
    _, group = np.unique(keys, axis=1, return_inverse=True)
    return group.reshape(-1)
