"""The schedule of a search that none is asked for; docs/search-quality.md has the reason."""

from collections.abc import Sequence

FEWEST = 9
"""Epochs of the horizon, and trials of a round: a third of a third is one still."""


def usual_schedule(horizon: int, rounds: Sequence[int]) -> str:
    """Return the name of the schedule for a search with rounds of these sizes."""
    return "halving" if min(horizon, *rounds) >= FEWEST else "full"
