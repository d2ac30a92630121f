"""Search spaces of Ray Tune's as Ikura's. Ray need not be installed: its classes are known by their names."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, TypeAlias

from ikura.errors import SpaceError
from ikura.frameworks.names import identifier, stand_ins
from ikura.frameworks.ranges import integers, numbers, on_step, settled
from ikura.records import Config, Value
from ikura.space import Choice, Dimension, Float, Space

Path: TypeAlias = tuple[str, ...]
"""The keys that lead to a value of nested dicts."""

DOMAINS = ("Float", "Integer", "Categorical", "Function")


def to_space(param_space: Mapping[str, Any]) -> Space:
    """Return the space of what is searched; nested names are joined, `{"opt": {"lr": ...}}` to `opt_lr`.

    Raises SpaceError for what Ikura cannot search, and where two names become one.
    """
    dimensions: dict[str, Dimension] = {}
    names: dict[str, str] = {}
    for path, domain in _domains(param_space):
        name, theirs = _name(path), "/".join(path)
        if (other := names.setdefault(name, theirs)) != theirs:
            raise SpaceError(
                f"param_space: {other!r} and {theirs!r} would both be called {name}; names must differ in letters, "
                "digits and underscores: rename one"
            )
        dimensions[name] = settled(_dimension(theirs, domain))
    if not dimensions:
        raise SpaceError("param_space: it has only constants; there must be something to tune: use tune.uniform(...)")
    return Space(**dimensions)


def to_param_config(param_space: Mapping[str, Any], config: Config, path: Path = ()) -> dict[str, Any]:
    """Return what Ray Tune would have given the function: the values of a configuration in their places."""
    found: dict[str, Any] = {}
    for key, entry in param_space.items():
        here = (*path, str(key))
        if _is_domain(entry):
            found[key] = _value(entry, config[_name(here)])
        else:
            found[key] = to_param_config(entry, config, here) if isinstance(entry, Mapping) else entry
    return found


def _domains(param_space: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    for key, entry in param_space.items():
        here = (*path, str(key))
        if _is_domain(entry):
            yield here, entry
        elif isinstance(entry, Mapping):
            yield from _domains(entry, here)
        elif isinstance(entry, list | tuple) and any(map(_has_domain, entry)):
            _refuse("/".join(here), "is a list with a search space in it", "write a dict")


def _is_grid(entry: Any) -> bool:
    return isinstance(entry, Mapping) and list(entry) == ["grid_search"]


def _is_domain(entry: Any) -> bool:
    return _is_grid(entry) or (type(entry).__name__ in DOMAINS and hasattr(entry, "sampler"))


def _has_domain(entry: Any) -> bool:
    if _is_domain(entry):
        return True
    inner = entry.values() if isinstance(entry, Mapping) else entry if isinstance(entry, list | tuple) else ()
    return any(map(_has_domain, inner))


def _name(path: Path) -> str:
    return identifier("_".join(path))


def _options(domain: Any) -> dict[Value, Any]:
    return stand_ins(domain["grid_search"] if _is_grid(domain) else domain.categories)


def _sampler(domain: Any) -> tuple[str, float | None]:
    """Return how a domain is drawn, in lower case, and the step to which that is rounded."""
    sampler = domain.get_sampler()
    step = getattr(sampler, "q", None)
    return type(sampler if step is None else sampler.sampler).__name__.strip("_").lower(), step


def _dimension(name: str, domain: Any) -> Dimension:
    kind = type(domain).__name__
    if kind == "Function":
        _refuse(name, "is a tune.sample_from, a function", "use tune.uniform, tune.randint or tune.choice")
    if _is_grid(domain) or kind == "Categorical":
        options = _options(domain)
        if any(map(_has_domain, options.values())):
            _refuse(name, "has a search space among its choices", "give it a name of its own")
        return Choice(*options)
    how, step = _sampler(domain)
    if how not in ("uniform", "loguniform") or not math.isfinite(domain.upper - domain.lower):
        _refuse(name, "is a tune.randn or a range without ends", "use tune.uniform(low, high)")
    log = how == "loguniform"
    if kind == "Float":
        return _float(domain, step, log=log)
    if step is None or step == 1:  # Ray Tune's integers end before their upper.
        return integers(domain.lower, domain.upper - 1, log=log)
    return integers(math.ceil(domain.lower / step) * step, domain.upper, step=int(step), log=log)


def _float(domain: Any, step: float | None, *, log: bool) -> Float | Choice:
    """Return a number; what is rounded to steps, on the log scale or to many, is only rounded when it is used."""
    if step is None or log:
        return numbers(domain.lower, domain.upper, log=log)
    first = math.ceil(round(domain.lower / step, 9)) * step
    return numbers(on_step(first, 0.0, step), domain.upper, step=step)


def _value(domain: Any, value: Value) -> Any:
    if _is_grid(domain) or type(domain).__name__ == "Categorical":
        return _options(domain)[value]
    _, step = _sampler(domain)
    return on_step(float(value), 0.0, step) if type(domain).__name__ == "Float" else value


def _refuse(name: str, what: str, advice: str) -> NoReturn:
    raise SpaceError(f"{name}: {what}; Ikura searches ranges and choices, each under its name: {advice}")
