"""What a Keras Tuner build function takes for its `hp`."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from ikura.errors import SettingError
from ikura.frameworks.discovery import Ask
from ikura.frameworks.names import stand_ins
from ikura.frameworks.ranges import integers, numbers, on_step
from ikura.records import Value
from ikura.space import Choice

SAMPLINGS = ("linear", "log", "reverse_log")


class HyperParameters:
    """Asks for hyperparameters as `keras_tuner.HyperParameters` does; `reverse_log` is taken for linear.

    In a conditional scope whose condition does not hold, nothing is asked for and every value is None.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._scopes: list[str] = []
        self._active = [True]
        self._inactive_names: set[str] = set()
        self.values: dict[str, Any] = {}
        """What is active, by its name."""

    def Int(  # noqa: N802
        self,
        name: str,
        min_value: int,
        max_value: int,
        step: int | None = None,
        sampling: str | None = "linear",
        default: int | None = None,  # noqa: ARG002
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """Ask for an integer. See `keras_tuner.HyperParameters.Int`."""

        def value(name: str) -> Any:
            how = _sampling(name, sampling)
            if how != "linear" and step:
                return int(self._one_of(name, [int(v) for v in _multiples(min_value, max_value, step, how)]))
            return self._ask(name, integers(min_value, max_value, step=step or 1, log=how == "log"))

        return self._under(name, value, parent_name, parent_values)

    def Float(  # noqa: N802
        self,
        name: str,
        min_value: float,
        max_value: float,
        step: float | None = None,
        sampling: str | None = "linear",
        default: float | None = None,  # noqa: ARG002
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """Ask for a number. See `keras_tuner.HyperParameters.Float`."""

        def value(name: str) -> Any:
            how = _sampling(name, sampling)
            if how != "linear" and step:
                return float(self._one_of(name, _multiples(min_value, max_value, step, how)))
            told = self._ask(name, numbers(min_value, max_value, step=step, log=how == "log"))
            return on_step(float(told), min_value, step)

        return self._under(name, value, parent_name, parent_values)

    def Choice(  # noqa: N802
        self,
        name: str,
        values: Sequence[Any],
        ordered: bool | None = None,  # noqa: ARG002
        default: Any = None,  # noqa: ARG002
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """Ask for one of the values. See `keras_tuner.HyperParameters.Choice`."""
        # Keras Tuner takes booleans for integers here.
        values = [int(value) if isinstance(value, bool) else value for value in values]
        return self._under(name, lambda name: self._one_of(name, values), parent_name, parent_values)

    def Boolean(  # noqa: N802
        self,
        name: str,
        default: bool = False,  # noqa: ARG002
        parent_name: str | None = None,
        parent_values: Any = None,
    ) -> Any:
        """Ask for True or False. See `keras_tuner.HyperParameters.Boolean`."""
        return self._under(name, lambda name: self._one_of(name, (False, True)), parent_name, parent_values)

    def Fixed(self, name: str, value: Any, parent_name: str | None = None, parent_values: Any = None) -> Any:  # noqa: N802
        """Return the value, which is not searched."""
        return self._under(name, lambda _: value, parent_name, parent_values)

    @contextmanager
    def name_scope(self, name: str) -> Iterator[None]:
        """Put the name before those that are asked for inside."""
        self._scopes.append(name)
        try:
            yield
        finally:
            self._scopes.pop()

    @contextmanager
    def conditional_scope(self, parent_name: str, parent_values: Any) -> Iterator[None]:
        """Ask for what is inside only where the parent has one of the values."""
        parent = self._full(parent_name)
        if parent not in self.values and parent not in self._inactive_names:
            raise ValueError(f"`HyperParameter` named: {parent} not defined.")
        values = parent_values if isinstance(parent_values, list | tuple) else [parent_values]
        self._active.append(self._active[-1] and parent in self.values and self.values[parent] in values)
        try:
            yield
        finally:
            self._active.pop()

    def get(self, name: str) -> Any:
        """Return the value of what is active; raise ValueError or KeyError as Keras Tuner does."""
        full = self._full(name)
        if full in self.values:
            return self.values[full]
        if full in self._inactive_names:
            raise ValueError(f"{full} is currently inactive.")
        raise KeyError(f"{full} does not exist.")

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __contains__(self, name: str) -> bool:
        return self._full(name) in self.values

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise SettingError(
            f"build_model: it uses hp.{name}, which Ikura's hp does not have; it asks for values and keeps them: leave "
            "it out, or run it in Keras Tuner"
        )

    def _under(self, name: str, value: Any, parent_name: str | None, parent_values: Any) -> Any:
        with self.conditional_scope(parent_name, parent_values) if parent_name else nullcontext():
            full = self._full(name)
            if not self._active[-1]:
                self._inactive_names.add(full)
                return None
            if full not in self.values:
                self.values[full] = value(full)
            return self.values[full]

    def _full(self, name: str) -> str:
        return "/".join([*self._scopes, str(name)])

    def _one_of(self, name: str, values: Sequence[Any]) -> Value | Any:
        options = stand_ins(values)
        return options[self._ask(name, Choice(*options))]


def _sampling(name: str, sampling: str | None) -> str:
    how = "linear" if sampling is None else sampling.lower()
    if how not in SAMPLINGS:
        raise SettingError(f"{name}: sampling is {sampling!r}; it must be one of {', '.join(SAMPLINGS)}: choose one")
    return how


def _multiples(low: float, high: float, step: float, how: str) -> list[float]:
    """Return low, low * step, ... up to high; for reverse_log, as far from high."""
    count = int(math.log(high / low, step) + 1e-8) + 1
    values = [low * math.pow(step, place) for place in range(count)]
    return [high + low - value for value in values] if how == "reverse_log" else values
