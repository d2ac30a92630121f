"""What a hyperparameter is where the space leaves it out, and what it may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = float | int | str | bool


@dataclass(frozen=True, slots=True)
class Dial:
    """A hyperparameter that Ikura itself knows."""

    default: Value
    low: float = 0.0
    high: float = float("inf")
    low_open: bool = False
    high_open: bool = False
    options: tuple[Value, ...] | None = None
    fixed: bool = False
    """Whether it cannot be changed once training has begun."""
    used_with: tuple[str, tuple[Value, ...]] | None = None
    """Another dial, and the options of it under which this one changes anything; None where it always does."""

    def rule(self) -> str:
        """Return the rule in words."""
        if self.options is not None:
            return "must be " + " or ".join(str(option) for option in self.options)
        kind = "a whole number" if isinstance(self.default, int) else "a number"
        low = f"above {self.low:g}" if self.low_open else f"{self.low:g} or more"
        if self.high == float("inf"):
            return f"must be {kind}, {low}"
        return f"must be {kind}, {low} and {'below' if self.high_open else 'at most'} {self.high:g}"

    def allows(self, value: object) -> bool:
        """Return whether a value keeps the rule."""
        if self.options is not None:
            return any(type(option) is type(value) and option == value for option in self.options)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        # Every comparison with NaN is false.
        return above and below and value < float("inf") and (isinstance(self.default, float) or value == int(value))


def default_config(dials: Mapping[str, Dial]) -> dict[str, Value]:
    """Return every dial's default."""
    return {name: dial.default for name, dial in dials.items()}
