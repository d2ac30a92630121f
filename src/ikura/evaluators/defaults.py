"""What a study has where its user says nothing: the defaults of the dials, the budget and the space."""

from collections.abc import Iterable, Mapping, Sequence

from ikura.dials import Dial, default_config
from ikura.errors import SpaceError
from ikura.nn import MLP_DIALS
from ikura.records import Config, Kind, Target, Value
from ikura.space import Choice, Float, Int, Space
from ikura.wording import suggestion

OF_CLASSES = ("label_smoothing", "class_weights")
"""The dials that change nothing where numbers are learned."""

SMALL, LARGE = 512, 10_000
"""Training examples below and from which the default space and mini-batch size change."""

RMSPROP_DECAY = 0.9
"""RMSProp's default `beta2`: without Adam's bias correction, 0.999 makes its first steps 30 times too long."""


def default_budget(examples: int) -> tuple[int, int]:
    """Return trials and epochs where the user names none: less for large data, so that an answer takes minutes."""
    return (128, 100) if examples < LARGE else (32, 10)


def full_config(config: Config, dials: Mapping[str, Dial], examples: int) -> dict[str, Value]:
    """Return the configuration with the defaults of the dials that it leaves out."""
    defaults = default_config(dials)
    defaults["batch_size"] = min(16 if examples < SMALL else 64 if examples < LARGE else 128, examples)
    if config.get("optimizer") == "rmsprop":
        defaults["beta2"] = RMSPROP_DECAY
    return defaults | dict(config)


def check_space(space: Space, dials: Mapping[str, Dial], examples: int, *, user_network: bool) -> None:
    """Check every dimension of a space against the dial of its name.

    Args:
        space: the search space.
        dials: the dials there are.
        examples: how many training examples there are, which no mini-batch can exceed.
        user_network: whether dimensions without a dial are the business of the user's network.

    Raises:
        SpaceError: a dimension has no dial, or can take a value that its dial forbids.
    """
    for name, dimension in space.dimensions.items():
        if name not in dials:
            if user_network:
                continue
            hint = suggestion(name, dials) or f"the dials are {', '.join(dials)}"
            raise SpaceError(f"{name}: the built-in network has no such hyperparameter; {hint}")
        if dimension.static is not type(dimension).static:
            raise SpaceError(
                f"{name}: static={dimension.static} is given; what is static of Ikura's own dials is settled, and only "
                "a network of your own has others to choose for: leave it out"
            )
        default = dials[name].default
        if isinstance(dimension, Float) and isinstance(default, int):
            raise SpaceError(
                f"{name}: a float dimension is given; it must be a whole number: use type int, or Int(...)"
            )
        for value in extremes(dimension):
            if not dials[name].allows(value):
                raise SpaceError(f"{name}: {value!r} is no {name}; it {dials[name].rule()}: change the dimension")
            if name == "batch_size" and int(value) > examples:
                raise SpaceError(
                    f"batch_size: {value} is more than the {examples} training examples; "
                    f"a mini-batch must fit in them: lower it"
                )
    _check_use(space, dials)


def check_targets(space: Space, targets: Sequence[Target]) -> None:
    """Raise SpaceError for a dial of classes where numbers alone are learned: it could change no trial."""
    if any(target.kind in (Kind.CLASS, Kind.LABELS) for target in targets):
        return
    for name in OF_CLASSES:
        if name in space.dimensions:
            raise SpaceError(
                f"{name}: no trial would use it, since numbers are learned; it is for classes and labels: leave it out"
            )


def _check_use(space: Space, dials: Mapping[str, Dial]) -> None:
    """Raise SpaceError for a dimension that could change no trial: what the search told of it would be noise."""
    for name in space.names:
        if name not in dials or (used_with := dials[name].used_with) is None:
            continue
        other, options = used_with
        there = space.dimensions.get(other)
        offered = tuple(extremes(there)) if there is not None else (dials[other].default,)
        if not set(options) & set(offered):
            has = " or ".join(map(str, offered))
            needed = " or ".join(map(str, options))
            raise SpaceError(
                f"{name}: no trial would use it, since {other} is {has}; it takes {needed}: give {other} such an "
                f"option, or leave {name} out"
            )


def extremes(dimension: Float | Int | Choice) -> Iterable[Value]:
    """Return the values of a dimension that a rule could forbid."""
    return dimension.options if isinstance(dimension, Choice) else (dimension.low, dimension.high)


def default_space(examples: int, targets: Sequence[Target], *, user_network: bool = False) -> Space:
    """Return a space that serves most tables of numbers.

    It keeps the programs few, since each must be compiled: two depths, few widths, one mini-batch size. The traced
    dials, which cost nothing, get their full range.

    Args:
        examples: how many training examples there are.
        targets: what is learned.
        user_network: whether the network is the user's, which has none of the built-in one's dials.
    """
    widest = 64 if examples < SMALL else 128 if examples < LARGE else 256
    space = Space(
        learning_rate=Float(1e-4, 1.0, scale="log"),
        optimizer=Choice("momentum", "nesterov", "rmsprop", "adam", "adamw"),
        momentum=Float(0.8, 0.99, scale="one-minus-log", when={"optimizer": ["momentum", "nesterov"]}),
        beta1=Float(0.8, 0.99, scale="one-minus-log", when={"optimizer": ["adam", "adamw"]}),
        decay=Choice("none", "exponential", "cosine"),
        decay_rate=Float(0.01, 0.3, scale="log", when={"decay": ["exponential"]}),
        weight_decay=Float(1e-6, 1e-2, scale="log"),
        hidden_layers=Int(1, 2),
        hidden_units=Int(8, widest, scale="log"),
        dropout=Float(0.0, 0.5),
        label_smoothing=Float(0.0, 0.2),
    )
    of_numbers = not any(target.kind in (Kind.CLASS, Kind.LABELS) for target in targets)
    left_out = {*(OF_CLASSES if of_numbers else ()), *(MLP_DIALS if user_network else ())}
    return Space(**{name: dimension for name, dimension in space.items if name not in left_out})


def limits(space: Space, dials: Mapping[str, Dial]) -> dict[str, tuple[float | None, float | None]]:
    """Return the least and the greatest value that dials allow, for the dimensions that have dials and bounds.

    None stands for a side without an end: where the dial has none, or comes near it and never reaches it.
    """
    return {
        name: _ends(dials[name])
        for name, dimension in space.dimensions.items()
        if name in dials and not isinstance(dimension, Choice)
    }


def _ends(dial: Dial) -> tuple[float | None, float | None]:
    low = None if dial.low_open else dial.low
    high = None if dial.high_open or dial.high == float("inf") else dial.high
    return low, high
