"""What the documents of a study must hold before anything is made of them: any program may change a database.

A shape is a function that tells whether a value fits, or a list of one shape, a dict of several or a tuple of two, of
which a value fits when its parts do.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from ikura.errors import SpaceError, StoreError
from ikura.records import Config, History, Region, Shares, Span, TrialState
from ikura.space import Choice, Dimension, Space
from ikura.store.protocol import JSON, Store, StudyRecord

IMPORTED = "<imported>"
"""What stands for the data of a study that another program made: Ikura can show it, and not go on with it."""

MOST_ROUNDS = 1_000_000
"""A list of them is made."""

Shape: TypeAlias = "Callable[[Any], bool] | list[Shape] | dict[str, Shape] | tuple[Shape, Shape]"


def is_imported(settings: Mapping[str, JSON]) -> bool:
    """Tell whether another program made the study of these settings."""
    return settings["data"] == IMPORTED


def read_whole(store: Store, name: str) -> tuple[StudyRecord, Space, History]:
    """Read a study that `ikura.tune` or an import began, and check that all of it is what these write.

    Raises StoreError when it is not, and whatever the store raises.
    """
    record, history = store.study(name), store.history(name)
    return record, check_whole(name, record.settings, record.space, record.outcome, history), history


def check_whole(name: str, settings: JSON, space: str, outcome: JSON, history: History) -> Space:
    """Raise StoreError unless all parts of a study have what is read of them, and agree; return its space."""
    check_documents(name, settings, outcome)
    try:
        found = Space.from_toml(space)
    except SpaceError as error:
        raise _damaged(name, f"its space is none ({error})") from error
    for wrong in _wrong_history(found, history):
        raise _damaged(name, wrong)
    if outcome is not None:
        for each in (outcome["best"], *outcome["finalists"]):
            number, config = each["number"], each["config"]
            if not config or number >= len(history.trials) or history.trials[number].config != config:
                raise _damaged(name, f"trial {number} of its outcome is another one")
    return found


def check_documents(name: str, settings: JSON, outcome: JSON) -> None:
    """Raise StoreError unless a study's settings and outcome have all that is read of them."""
    for what, document, shape in (("settings", settings, _SETTINGS), ("outcome", outcome, _maybe(_OUTCOME))):
        for place in _misfits(document, shape, what):
            raise _damaged(name, f"{place} is not what it must be")
    if not _whole(settings.get("columns", 0)):
        raise _damaged(name, "settings.columns is not what it must be")
    if outcome is not None and not _agrees(outcome):
        raise _damaged(name, "the parts of its outcome do not agree")


def _damaged(name: str, wrong: str) -> StoreError:
    return StoreError(f"study {name!r}: {wrong}; it was changed outside of Ikura: restore the database from a copy")


def _wrong_history(space: Space, history: History) -> Iterator[str]:
    accuracy = history.curves["dev_accuracy"] if history.curves else np.zeros(0)
    if (accuracy < 0).any() or (accuracy > 1).any() or any(np.isinf(curve).any() for curve in history.curves.values()):
        yield "its metrics hold what no trial can have"
    rounds = [trial.round for trial in history.trials]
    if not all(_whole(number) and number < len(rounds) for number in rounds) or rounds != sorted(rounds):
        yield "the rounds of its trials are out of order"
    for trial in history.trials:
        if not _is_config(trial.config, space):
            yield f"the configuration of trial {trial.number} is not of its space"
    if TrialState.COMPLETE in history.states and not history.curves["dev_accuracy"].shape[1]:
        yield "its complete trials have no metrics"
    for region in history.regions:
        if not _is_region(region, space):
            yield f"what its round {region.round} tells is not of its space"


def _is_config(config: Config, space: Space) -> bool:
    dimensions = space.dimensions
    return isinstance(config, dict) and all(
        name in dimensions and _is_place(value, dimensions[name]) for name, value in config.items()
    )


def _is_place(value: JSON, dimension: Dimension) -> bool:
    """Whether a value can be drawn on the dimension's scale; a sampler of the user's own may have left its range."""
    if isinstance(dimension, Choice):
        return dimension.accepts(value)
    beyond = {"log": value <= 0, "one-minus-log": value >= 1} if _number(value) else {dimension.scale: True}
    return not beyond.get(dimension.scale, False)


def _is_region(region: Region, space: Space) -> bool:
    return (
        _whole(region.round)
        and region.round <= MOST_ROUNDS
        and _whole(region.trials)
        and all(
            part.dimension in space.names and _is_evidence(part, space.dimensions[part.dimension])
            for part in region.dimensions
        )
    )


def _is_evidence(part: Span | Shares, dimension: Dimension) -> bool:
    if not _whole(part.elites):
        return False
    if isinstance(part, Shares):
        options = [option for option, count in part.counts if _whole(count) and count <= part.elites]
        return isinstance(dimension, Choice) and options == list(dimension.options)
    return (
        not isinstance(dimension, Choice)
        and _is_place(part.low, dimension)
        and _is_place(part.high, dimension)
        and part.low <= part.high
        and _whole(part.inside)
        and part.inside <= part.elites
        and part.edge in (None, "low", "high")
    )


def _misfits(value: JSON, shape: Shape, place: str) -> Iterator[str]:
    """The places that do not fit."""
    if isinstance(shape, dict):
        if not isinstance(value, Mapping):
            yield place
            return
        for key, part in shape.items():
            yield from _misfits(value[key], part, f"{place}.{key}") if key in value else (f"{place}.{key}",)
    elif isinstance(shape, list | tuple):
        if not isinstance(value, list | tuple) or (isinstance(shape, tuple) and len(value) != len(shape)):
            yield place
            return
        parts = shape if isinstance(shape, tuple) else tuple(shape) * len(value)
        for number, (each, part) in enumerate(zip(value, parts, strict=True)):
            yield from _misfits(each, part, f"{place}[{number}]")
    elif not shape(value):
        yield place


def _text(value: JSON) -> bool:
    return isinstance(value, str)


def _whole(value: JSON) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _wholes(values: JSON) -> bool:
    """A row of a table that may be large."""
    return isinstance(values, list) and all(map(_whole, values))


def _number(value: JSON) -> bool:
    # Of whole numbers beyond them, too, doubles are none.
    return type(value) in (int, float) and abs(value) < 1e300


def _share(value: JSON) -> bool:
    return _number(value) and 0 <= value <= 1


def _value(value: JSON) -> bool:
    return isinstance(value, str | bool) or _number(value)


def _fits(value: JSON, shape: Shape) -> bool:
    return next(_misfits(value, shape, ""), None) is None


def _maybe(shape: Shape) -> Shape:
    return lambda value: value is None or _fits(value, shape)


def _table(shape: Shape) -> Shape:
    return lambda value: isinstance(value, Mapping) and all(_fits(each, shape) for each in value.values())


def _either(*shapes: Shape) -> Shape:
    return lambda value: any(_fits(value, shape) for shape in shapes)


_SETTINGS: Shape = {
    "data": _text,
    "target": _maybe(_either(_text, _number)),
    "seed": _whole,
    "trials": _whole,
    "epochs": _whole,
    "sampler": _text,
    "rounds": _maybe(_whole),
    "network": _text,
    "out": _maybe(_text),
    "fingerprint": _text,
    "examples": {"train": _whole, "dev": _whole, "test": _whole},
    "features": _whole,
    "classes": [_value],
    "notes": [_text],
    "versions": _table(_text),
    "machine": _text,
}

_PLANNED: Shape = {
    "engine": _text,
    "seconds": _maybe(_number),
    "parts": [_table(lambda _: True)],
    "padding_waste": _number,
}

_OUTCOME: Shape = {
    "best": {"number": _whole, "config": _table(_value), "dev_accuracy": _share, "dev_loss": _number},
    "finalists": [
        {
            "number": _whole,
            "config": _table(_value),
            "search_dev_accuracy": _share,
            "dev_accuracy": [_maybe(_share)],
            "dev_loss": [_maybe(_number)],
        }
    ],
    "test": {
        "accuracy": _share,
        "interval": (_share, _share),
        "correct": _whole,
        "examples": _whole,
        "loss": _number,
        "confusion": [_wholes],
        "classes": [_text],
    },
    "trials": _whole,
    "diverged": _whole,
    "epochs": _whole,
    "seconds": {"total": _number, "search": _number, "finals": _number, "compile": _number},
    "resumed": _whole,
    "trials_per_second": _number,
    "programs": _whole,
    "model": _maybe(_text),
}


def _agrees(outcome: JSON) -> bool:
    """Whether the parts of an outcome of the right shape can be of one study."""
    test, finalists = outcome["test"], outcome["finalists"]
    low, high = test["interval"]
    classes = len(test["classes"])
    best = [each for each in finalists if each["number"] == outcome["best"]["number"]]
    return (
        # Studies of before bounds were exact have them beyond the accuracy by a rounding error.
        low - 1e-9 <= test["accuracy"] <= high + 1e-9
        and low < 1
        and len(test["confusion"]) == classes
        and all(len(row) == classes for row in test["confusion"])
        and len(best) == 1
        and all(len(each["dev_accuracy"]) == len(each["dev_loss"]) for each in finalists)
        and _fits(outcome.get("planned"), _maybe(_PLANNED))
        and _whole(outcome.get("failed", 0))
        and _fits(outcome.get("troubles", []), [_text])
    )
