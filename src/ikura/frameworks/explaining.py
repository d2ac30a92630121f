"""What runs of the same code say about which value makes it ask for another."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ikura.records import Value


@dataclass
class Run:
    """One run of code that asks for values."""

    values: dict[str, Value] = field(default_factory=dict)
    """In the order in which they were asked for."""
    whole: bool = True
    """Whether what was not asked for would not have been asked for later either: the run did not fail."""

    @property
    def names(self) -> frozenset[str]:
        """What was asked for."""
        return frozenset(self.values)

    def before(self, name: str) -> dict[str, Value]:
        """Return what was asked for before the name."""
        names = list(self.values)
        return {earlier: self.values[earlier] for earlier in names[: names.index(name)]}


def explanation(runs: Sequence[Run], name: str, parent: str) -> tuple[set[Value], set[Value]] | None:
    """Return the parent's values under which the name was asked for, and those under which it was not.

    None where these do not explain exactly in which runs it was: the parent was asked for later or not at all, or a
    value is on both sides, or all are on one.
    """
    present: set[Value] = set()
    absent: set[Value] = set()
    for run in runs:
        if name in run.values:
            if next(asked for asked in run.values if asked in (name, parent)) == name:
                return None
            present.add(run.values[parent])
        elif run.whole and parent in run.values:
            absent.add(run.values[parent])
    return (present, absent) if present and absent and not present & absent else None


def present_levels(levels: Sequence[Value], present: set[Value], absent: set[Value]) -> list[Value]:
    """Return the levels under which a name is asked for: between two that were tried, unless it was under neither."""
    tried = [place for place, level in enumerate(levels) if level in present or level in absent]
    found: list[Value] = []
    for place, level in enumerate(levels):
        below = max((other for other in tried if other <= place), default=tried[0])
        above = min((other for other in tried if other >= place), default=tried[-1])
        if levels[below] in present or levels[above] in present:
            found.append(level)
    return found
