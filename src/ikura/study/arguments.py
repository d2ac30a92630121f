"""The arguments of a study, checked before anything is read or stored."""

import math
import operator
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ikura.errors import SettingError, StoreError
from ikura.records import Constraint, Settings
from ikura.samplers import Sampler, SamplerLike, make_sampler
from ikura.schedulers import SCHEDULERS
from ikura.space import Space
from ikura.study.constraints import constraints
from ikura.study.objectives import Second, objectives
from ikura.wording import listing

if TYPE_CHECKING:
    from ikura.data import Roles
    from ikura.nn import Network
    from ikura.tasks import ClassWeights, OwnMetric

MOST_TRIALS, MOST_EPOCHS, MOST_SEED = 1_000_000, 10_000, 2**63 - 1
"""Of trials and epochs more would fill the memory with tables; of the seed, the store keeps 64 bits."""

MOST_FOLDS = 100
"""Each is trained on, for each trial."""

MOST_WORKERS, MOST_NUMBER = 10_000, 1e9
"""Nobody has more."""

RANGES = {
    "trials": (1, MOST_TRIALS),
    "epochs": (1, MOST_EPOCHS),
    "folds": (2, MOST_FOLDS),
    "reduction": (2, MOST_EPOCHS),
    "min_epochs": (1, MOST_EPOCHS),
}
"""The least and the most of the whole numbers that may be left out."""

OF_DATA = (
    "target",
    "task",
    "loss",
    "class_weights",
    "weights",
    "groups",
    "time",
    "folds",
    "threshold",
    "ensemble",
    "network",
    "reference_error",
)
"""The arguments that training code of the user's own does without."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What decides a study's numbers, beside its data; None for what follows from the data."""

    space: Space | None
    target: str | int | tuple[str | int, ...] | None
    target_weights: tuple[float, ...] | None
    """How much each of several targets counts; None where all count the same."""
    task: str | None
    loss: str | None
    class_weights: "ClassWeights | None"
    roles: "Roles"
    folds: int | None
    threshold: str | None
    ensemble: bool
    network: "Network | None"
    sampler: SamplerLike
    rounds: int | None
    start: tuple[Mapping[str, object], ...]
    """As given: it is checked against the space, once there is one."""
    prior: tuple[str, ...]
    """Names of earlier studies."""
    schedule: str | None
    reduction: int | None
    min_epochs: int | None
    trials: int | None
    epochs: int | None
    seed: int
    out: Path | None
    timeout: float | None
    reference_error: float | None
    running: "Running"

    def make_sampler(self) -> Sampler:
        """Return the sampler, whether it was named or given."""
        return make_sampler(self.sampler, self.rounds)


@dataclass(frozen=True, slots=True)
class Running:
    """What is optimised, and how training code is run, as far as the user says it, and checked."""

    metric: "str | OwnMetric | None"
    direction: str | None
    second: Second | None
    """What is optimised beside the metric."""
    constraint: tuple[Constraint, ...]
    workers: int | None
    retries: int
    time_limit: float | None
    silence_limit: float | None
    memory_limit: float | None
    finals: bool


def _running(given: Mapping[str, object]) -> Running:
    """Return how training code is to be run, as it is meant."""
    made: dict[str, Any] = {field.name: given[field.name] for field in fields(Running) if field.name in given}
    made["metric"], made["direction"], made["second"] = objectives(made["metric"], made["direction"])
    made["constraint"] = constraints(made["constraint"])
    if made["workers"] is not None:
        made["workers"] = whole("workers", made["workers"], 1, MOST_WORKERS)
    made["retries"] = whole("retries", made["retries"], 0, MOST_EPOCHS)
    for name in ("time_limit", "silence_limit", "memory_limit"):
        made[name] = above_zero(name, made[name], "GiB" if name == "memory_limit" else "seconds")
    check_kind("finals", made["finals"], bool)
    return Running(**made)


def check_unused(running: Running) -> None:
    """Raise SettingError where something is said of how training code is run, and there is none."""
    for field in fields(running):
        if field.name not in ("metric", "direction", "second", "constraint") and getattr(running, field.name) not in (
            None,
            0,
            False,
        ):
            raise SettingError(
                f"{field.name}: {getattr(running, field.name)!r} is given; it is for training code of your own, and "
                "there is only data: leave it out, or give a function or a program"
            )


def above_zero(what: str, number: object, unit: str = "") -> float | None:
    """Return a number that may be left out; raise SettingError for one that is not above 0."""
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, Real) or not 0 < float(number) < MOST_NUMBER:
        of_what = f" of {unit}" if unit else ""
        raise SettingError(
            f"{what}: {number!r} is given; it must be a number{of_what} above 0 and below {MOST_NUMBER:g}: change it"
        )
    return float(number)


def _reference_error(number: object) -> float | None:
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, Real) or not 0 <= float(number) < math.inf:
        raise SettingError(
            f"reference_error: {number!r} is given; it must be a number from 0, such as the error that people make: "
            "change it"
        )
    return float(number)


def checked(arguments: Mapping[str, object]) -> Arguments:
    """Return the arguments as they are meant: whole numbers of any type as int, paths as Path.

    Args:
        arguments: of `tune`, by name; those that decide no numbers, as the study's name, are left alone.

    Raises:
        SettingError: one of them is of the wrong kind, or out of range.
    """
    given = dict(arguments)
    if given["schedule"] is not None and not isinstance(given["schedule"], str):
        raise SettingError(
            f"schedule: {given['schedule']!r} is given; it must be the name of one, {listing(list(SCHEDULERS), 'or')}: "
            "give that, with reduction and min_epochs beside it"
        )
    check_kind("out", given["out"], str, Path)
    given["timeout"] = above_zero("timeout", given["timeout"], "seconds")
    given["reference_error"] = _reference_error(given["reference_error"])
    for name, (least, most) in RANGES.items():
        if given[name] is not None:
            given[name] = whole(name, given[name], least, most)
    given["seed"] = whole("seed", given["seed"], 0, MOST_SEED)
    given["target"], given["target_weights"] = _targets(given["target"])
    given["roles"] = _roles({role: given.pop(role) for role in ("weights", "groups", "time")})
    check_kind("class_weights", given["class_weights"], str, Mapping)
    check_kind("task", given["task"], str)
    check_kind("threshold", given["threshold"], str)
    check_kind("loss", given["loss"], str)
    check_space(given["space"])
    if given["network"] is not None:
        from ikura.nn import check_methods  # it imports JAX, which training code does without

        check_methods(given["network"])
    given["out"] = None if given["out"] is None else Path(str(given["out"]))
    given["running"] = _running(given)
    given["ensemble"] = _ensemble(given)
    given["start"], given["prior"] = _start(given["start"]), _prior(given["prior"])
    made = Arguments(**{field.name: given[field.name] for field in fields(Arguments)})  # pyright: ignore[reportArgumentType] - each has just been checked, or is below
    made.make_sampler()
    if made.out is not None:
        check_folder(made.out)
    return made


def _ensemble(given: Mapping[str, Any]) -> bool:
    """Return whether networks are put together; raise SettingError beside what does not go with it."""
    if not isinstance(given["ensemble"], bool):
        raise SettingError(f"ensemble: {given['ensemble']!r} is given; it must be True or False: change it")
    for what, is_given, why in (
        ("folds", given["folds"], "networks are put together by what they say of one dev part, and folds have several"),
        ("constraint", given["constraint"], "what several networks together keep to is not measured"),
        ("two metrics", given["running"].second, "networks are put together by one of them"),
    ):
        if given["ensemble"] and is_given:
            raise SettingError(f"ensemble: it is given together with {what}; {why}: leave one of them out")
    return bool(given["ensemble"])


def _start(given: object) -> tuple[Mapping[str, object], ...]:
    """Return the configurations to begin with, one or several."""
    configs = () if given is None else (given,) if isinstance(given, Mapping) else given
    if isinstance(configs, Sequence) and all(isinstance(each, Mapping) for each in configs):
        return tuple(configs)
    raise SettingError(
        f"start: {given!r} is given; it must be a list of configurations, each a dict of hyperparameters: change it"
    )


def _prior(given: object) -> tuple[str, ...]:
    """Return the names of the earlier studies, one or several, each once."""
    names = () if given is None else (given,) if isinstance(given, str) else given
    if isinstance(names, Sequence) and all(isinstance(each, str) for each in names):
        return tuple(dict.fromkeys(names))
    raise SettingError(f"prior: {given!r} is given; it must be a study's name, or a list of names: see `ikura list`")


def _targets(target: object) -> tuple[str | int | tuple[str | int, ...] | None, tuple[float, ...] | None]:
    """Return the columns to be learned, and how much each counts where that is said."""
    if target is None or isinstance(target, str):
        return target, None
    if isinstance(target, Integral) and not isinstance(target, bool):
        return operator.index(target), None
    weights: tuple[float, ...] | None = None
    if (as_list := getattr(target, "tolist", None)) is not None:  # of an array, or an index of pandas'
        target = as_list()
    if isinstance(target, Mapping):
        weights = tuple(above_zero("target", weight) or 1.0 for weight in target.values())
    if isinstance(target, Mapping | Sequence) and target:
        columns = [operator.index(each) if isinstance(each, Integral) else each for each in target]
        if all(isinstance(each, str | int) for each in columns):
            return tuple(columns), weights
    raise SettingError(
        f"target: {target!r} is given; it must be a column by name or position, a list of columns that are learned "
        "together, or a dict of them with their weights: change it"
    )


def _roles(given: dict[str, object]) -> "Roles":
    """Return what is known of the examples beside their features and targets."""
    from ikura.data import Roles  # it imports NumPy, which `import ikura` does without

    plain = {
        role: operator.index(value) if isinstance(value, Integral) and not isinstance(value, bool) else value
        for role, value in given.items()
    }
    return Roles(**plain)


def check_space(given: object) -> None:
    """Raise SettingError unless the argument is left out or a space."""
    if given is not None and not isinstance(given, Space):
        kind = type(given).__name__
        raise SettingError(f"space: {kind} is given; it must be an ikura.Space: try Space.from_toml(text)")


def check_kind(what: str, given: object, *kinds: type) -> None:
    """Raise SettingError unless the argument is left out or of one of the kinds."""
    if given is not None and not isinstance(given, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        raise SettingError(f"{what}: {given!r} is of type {type(given).__name__}; it must be a {names}: change it")


def whole(what: str, number: object, least: int, most: int) -> int:
    """Return the number as Python's int, whichever integral type it is of; NumPy's are no ints."""
    found = operator.index(number) if isinstance(number, Integral) and not isinstance(number, bool) else None
    if found is None or not least <= found <= most:
        raise SettingError(
            f"{what}: {number!r} is given; it must be a whole number, {least} or more and at most {most:,}: change it"
        )
    return found


def check_stored(name: str, settings: Settings) -> None:
    """Raise StoreError where a study's settings are no arguments that it can have begun with."""
    for what, (least, most) in RANGES.items():
        kept = getattr(settings, what)
        if kept is not None and not least <= kept <= most:
            raise StoreError(
                f"study {name!r}: {what} is {kept:,} in its settings, where {least:,} to {most:,} can be; it was "
                "changed outside of Ikura: restore the database from a copy"
            )


def check_folder(path: Path) -> None:
    """Raise SettingError unless a folder can be written, or made: half an hour later would be too late."""
    there = next(folder for folder in (path.absolute(), *path.absolute().parents) if os.path.lexists(folder))
    if not there.is_dir():
        raise SettingError(f"out: {there} is not a folder; results need one: give another out")
    if not os.access(there, os.W_OK | os.X_OK):
        raise SettingError(f"out: {there} cannot be written; results need a folder that can: give another out")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"out: {path} cannot be made ({error.strerror}); give another out") from error
