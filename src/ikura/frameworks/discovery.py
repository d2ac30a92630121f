"""The search space of code that asks for its hyperparameters while it runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias

from ikura.errors import IkuraError, SettingError, SpaceError
from ikura.frameworks.explaining import Run, explanation, present_levels
from ikura.frameworks.names import identifier
from ikura.frameworks.ranges import fitted, settled, widened
from ikura.records import Value
from ikura.space import Choice, Dimension, Float, Int, Space

Ask: TypeAlias = Callable[[str, Dimension], Value]
"""How the code asks for a value: by its own name for it, and what it may be."""

MOST_OPTIONS = 12
"""A choice of more numbers than these is tried at both ends, as an integer is; so is one of fractions."""

MOST_LEVELS = 256
"""An integer with more levels than these explains no other dimension."""


class AskingEnded(BaseException):
    """Ends a run that begins to train: it has asked. No Exception, which training code catches."""


def discover(run: Callable[[Ask], Any], *, most: int = 64) -> Space:
    """Find the search space of code by running it a few times.

    Each option of every choice is tried, and both ends of every integer, many of them in one run; where the code does
    not ask for the same in all runs, further runs find the choice or integer on which that depends. A dimension that no
    single one explains is left without a condition.

    Args:
        run: runs the code, which asks for its values by what it is given. It should raise `AskingEnded` where the code
            begins to train. A run that raises an Exception says nothing about what it did not ask for.
        most: runs.

    Raises:
        SpaceError: names that are the same to Ikura, one name for different kinds, or nothing is asked for.
        SettingError: every run failed.
    """
    search = _Search(run, most)
    for _ in range(2):  # What explains may show what is new.
        search.cover()
        search.explain()
    return search.space()


@dataclass
class _Search:
    code: Callable[[Ask], Any]
    left: int
    runs: list[Run] = field(default_factory=list)
    dimensions: dict[str, Dimension] = field(default_factory=dict)
    """As wide as they were ever asked for, in the order in which they were first."""
    names: dict[str, str] = field(default_factory=dict)
    """Ikura's -> the code's."""
    tried: set[tuple[str, Value]] = field(default_factory=set)
    parents: dict[str, str] = field(default_factory=dict)
    """Dimension -> that on which it depends, as far as is known."""
    error: Exception | None = None

    def cover(self) -> None:
        """Try every probe of every dimension, as many in a run as there are."""
        if not self.runs:
            self._run({})
        while (untried := self._untried()) and self.left:
            name, value = untried
            found = next(run for run in self.runs if name in run.values)
            always = all(name in run.values for run in self.runs)
            self._run({} if always else found.before(name) | {name: value})
            self.tried.add(untried)  # Even if the run failed, or its range was another.

    def explain(self) -> None:
        """Vary alone what each dimension that is not always asked for could depend on, until one explains it."""
        varied: set[tuple[int, str]] = set()
        for name in self._sometimes():
            base = self._base(name)
            for parent in reversed(self.runs[base].before(name)):  # What is asked for last is the likeliest.
                if self._explanation(name, parent) is None:
                    continue
                if (base, parent) not in varied:
                    varied.add((base, parent))
                    self._vary(self.runs[base], parent)
                self._provoke(name, parent)
                if self._explanation(name, parent) is not None:
                    self.parents[name] = parent
                    break

    def space(self) -> Space:
        """Return what was found. Raises SettingError where no run went well."""
        if self.error is not None and not any(run.whole for run in self.runs):
            raise SettingError(
                f"objective: each run in search of its space failed, at last with {type(self.error).__name__}: "
                f"{self.error}; it must run with values from its ranges: mend it, or give the space"
            ) from self.error
        if not self.dimensions:
            raise SpaceError("objective: asks for no hyperparameter; there must be one to tune: suggest one")
        sometimes = set(self._sometimes())
        return Space(
            **{
                name: _under(settled(dimension), self._condition(name) if name in sometimes else None)
                for name, dimension in self.dimensions.items()
            }
        )

    def _run(self, wanted: Mapping[str, Value]) -> Run | None:
        """Run the code with values that are wanted, and where none is, with what is still untried."""
        if not self.left:
            return None
        self.left -= 1
        run = Run()

        def ask(name: str, dimension: Dimension) -> Value:
            key = self._key(name)
            self.dimensions[key] = widened(name, self.dimensions.get(key, dimension), dimension)
            told = run.values.get(key, wanted.get(key))
            value = None if told is None else fitted(dimension, told)
            if value is None:
                value = self._new(key, dimension)
            run.values.setdefault(key, value)
            self.tried.add((key, value))
            return value

        try:
            self.code(ask)
        except AskingEnded:
            pass
        except IkuraError:
            raise
        except Exception as error:  # noqa: BLE001 - a user's code may raise anything
            run.whole = False
            self.error = error
        self.runs.append(run)
        return run

    def _like(self, wanted: Mapping[str, Value]) -> Run | None:
        """Return a run under these values, one that there was if possible."""
        for run in self.runs:
            if all(wanted.get(name, value) == value for name, value in run.values.items()):
                return run
        return self._run(wanted)

    def _key(self, name: str) -> str:
        key = identifier(name)
        if (other := self.names.setdefault(key, name)) != name:
            raise SpaceError(
                f"hyperparameters {other!r} and {name!r} would both be called {key}; names must differ in letters, "
                "digits and underscores: rename one"
            )
        return key

    def _new(self, key: str, dimension: Dimension) -> Value:
        values = _probes(dimension)
        return next((value for value in values if (key, value) not in self.tried), values[0])

    def _untried(self) -> tuple[str, Value] | None:
        pairs = ((name, value) for name, dimension in self.dimensions.items() for value in _probes(dimension))
        return next((pair for pair in pairs if pair not in self.tried), None)

    def _sometimes(self) -> list[str]:
        return [name for name in self.dimensions if any(run.whole and name not in run.values for run in self.runs)]

    def _explanation(self, name: str, parent: str) -> tuple[set[Value], set[Value]] | None:
        dimension = self.dimensions[parent]
        if name == parent or isinstance(dimension, Float) or dimension.levels > MOST_LEVELS:
            return None
        return explanation(self.runs, name, parent)

    def _condition(self, name: str) -> dict[str, list[Value]] | None:
        if (parent := self.parents.get(name)) is None or (sides := self._explanation(name, parent)) is None:
            return None
        return {parent: present_levels(_levels(self.dimensions[parent]), *sides)}

    def _vary(self, base: Run, parent: str) -> None:
        """Run the base under other values of the parent: its probes, and between levels whose runs differ."""
        runs: dict[Value, Run] = {base.values[parent]: base}

        def at(value: Value) -> Run | None:
            if value not in runs and (run := self._like(base.values | {parent: value})) is not None:
                runs[value] = run
            return runs.get(value)

        levels = _levels(self.dimensions[parent])
        for value in _probes(self.dimensions[parent]):
            at(value)
        known = [place for place, level in enumerate(levels) if level in runs]
        gaps = list(pairwise(known))
        while gaps:
            low, high = gaps.pop()
            if high - low > 1 and runs[levels[low]].names != runs[levels[high]].names:
                middle = (low + high) // 2
                if at(levels[middle]) is not None:
                    gaps += [(low, middle), (middle, high)]

    def _base(self, name: str) -> int:
        """Return the place of a run that asked for the name; one that did not fail, if there is one."""
        places = [place for place, run in enumerate(self.runs) if name in run.values]
        return next((place for place in places if self.runs[place].whole), places[0])

    def _provoke(self, name: str, parent: str) -> None:
        """Set the parent as it was where the dimension was asked for, in the run most unlike it in which it was not."""
        if self._explanation(name, parent) is None:
            return
        base = self.runs[self._base(name)].values
        without = [run.values for run in self.runs if run.whole and parent in run.values and name not in run.values]
        unlike = max(without, key=lambda values: sum(base[key] != values.get(key) for key in base))
        self._like(unlike | {parent: base[parent]})


def _probes(dimension: Dimension) -> list[Value]:
    """Return the values that are tried: each option, but of numbers in steps both ends, and the middle of a range."""
    if isinstance(dimension, Float):
        return dimension.from_unit([0.5]).tolist()
    if isinstance(dimension, Choice) and not (dimension.ordinal and _is_range(dimension)):
        return list(dimension.options)
    levels = (dimension.low, dimension.high) if isinstance(dimension, Int) else sorted(dimension.options)
    return list(dict.fromkeys((levels[0], levels[-1])))


def _is_range(dimension: Choice) -> bool:
    return dimension.levels > MOST_OPTIONS or any(isinstance(option, float) for option in dimension.options)


def _levels(dimension: Dimension) -> list[Value]:
    assert not isinstance(dimension, Float)
    if isinstance(dimension, Int):
        return list(range(dimension.low, dimension.high + 1, dimension.step))
    return sorted(dimension.options) if dimension.ordinal else list(dimension.options)


def _under(dimension: Dimension, when: Mapping[str, list[Value]] | None) -> Dimension:
    match dimension:
        case Choice():
            return dimension.changed(dimension.options, when)
        case Int():
            return Int(dimension.low, dimension.high, scale=dimension.scale, step=dimension.step, when=when)
        case Float():
            return Float(dimension.low, dimension.high, scale=dimension.scale, when=when)
