"""The hyperparameters of the built-in network and of training: their defaults, their rules, and the default space."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ikura.errors import SpaceError
from ikura.nn import ACTIVATIONS, INITIALIZERS, MOST_HIDDEN_LAYERS
from ikura.optim import ADAMS, DECAYS, OPTIMIZERS
from ikura.records import Config, Value
from ikura.space import Choice, Float, Int, Space


@dataclass(frozen=True, slots=True)
class Dial:
    """What a hyperparameter is where the space leaves it out, and what it may be."""

    default: Value
    low: float = 0.0
    high: float = float("inf")
    low_open: bool = False
    high_open: bool = False
    options: tuple[Value, ...] | None = None

    def rule(self) -> str:
        """The rule in words."""
        if self.options is not None:
            return "must be " + " or ".join(str(option) for option in self.options)
        kind = "a whole number" if isinstance(self.default, int) else "a number"
        low = f"above {self.low:g}" if self.low_open else f"{self.low:g} or more"
        if self.high == float("inf"):
            return f"must be {kind}, {low}"
        return f"must be {kind}, {low} and {'below' if self.high_open else 'at most'} {self.high:g}"

    def allows(self, value: Value) -> bool:
        """Whether a value keeps the rule."""
        if self.options is not None:
            return any(type(option) is type(value) and option == value for option in self.options)
        if isinstance(value, bool | str) or (isinstance(self.default, int) and value != int(value)):
            return False
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above and below


SMALLEST_EPSILON = 1e-12
"""Below about 1e-38, single precision has no room for an epsilon."""


def _share(default: float) -> Dial:
    return Dial(default, high=1.0, high_open=True)


TRAINING_DIALS: dict[str, Dial] = {
    "learning_rate": Dial(0.003, low_open=True),
    "optimizer": Dial("adam", options=OPTIMIZERS),
    "momentum": _share(0.9),
    "beta1": _share(0.9),
    "beta2": _share(0.999),
    "epsilon": Dial(1e-8, low=SMALLEST_EPSILON),
    "weight_decay": Dial(0.0),
    "clip_norm": Dial(0.0),
    "decay": Dial("none", options=tuple(DECAYS)),
    "decay_rate": Dial(0.1),
    "warmup": Dial(0.0),
    "batch_size": Dial(64, low=2),
    "label_smoothing": _share(0.0),
    "class_weights": Dial("none", options=("none", "balanced")),
}
"""The dials of training, whatever the network."""

MLP_DIALS: dict[str, Dial] = {
    "hidden_layers": Dial(1, high=MOST_HIDDEN_LAYERS),
    "hidden_units": Dial(64, low=1),
    **{f"hidden_units_{layer}": Dial(0) for layer in (1, 2, 3, 4)},
    "activation": Dial("relu", options=tuple(ACTIVATIONS)),
    "dropout": Dial(0.0, high=0.99),
    "batch_norm": Dial(True, options=(True, False)),
    "bn_momentum": _share(0.9),
    "bn_epsilon": Dial(1e-5, low=SMALLEST_EPSILON),
    "initializer": Dial("he", options=INITIALIZERS),
}
"""The dials of the built-in network."""

SMALL, LARGE = 512, 10_000
"""Training examples below and from which the default space and mini-batch size change."""

RMSPROP_DECAY = 0.9
"""RMSProp's default `beta2`: without Adam's bias correction, 0.999 makes its first steps 30 times too long."""


def default_budget(examples: int) -> tuple[int, int]:
    """Trials and epochs where the user names none: less for large data, so that an answer takes minutes."""
    return (128, 30) if examples < LARGE else (32, 10)


def full_config(config: Config, dials: dict[str, Dial], examples: int) -> dict[str, Value]:
    """The configuration with the defaults of the dials that it leaves out."""
    defaults = {name: dial.default for name, dial in dials.items()}
    defaults["batch_size"] = min(16 if examples < SMALL else 64 if examples < LARGE else 128, examples)
    if config.get("optimizer") == "rmsprop":
        defaults["beta2"] = RMSPROP_DECAY
    return defaults | dict(config)


def check_space(space: Space, dials: dict[str, Dial], examples: int, *, own_network: bool) -> None:
    """Checks every dimension of a space against the dial of its name.

    Args:
        space: the search space.
        dials: the dials there are.
        examples: how many training examples there are, which no mini-batch can exceed.
        own_network: whether dimensions without a dial are the user's network's own business.

    Raises:
        SpaceError: a dimension has no dial, or can take a value that its dial forbids.
    """
    for name, dimension in space.dimensions.items():
        if name not in dials:
            if own_network:
                continue
            close = difflib.get_close_matches(name, dials, n=1)
            hint = f"did you mean {close[0]}?" if close else f"the dials are {', '.join(dials)}"
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


_USED_BY: dict[str, tuple[str, tuple[Value, ...]]] = {
    "momentum": ("optimizer", ("momentum", "nesterov")),
    "beta1": ("optimizer", ADAMS),
    "beta2": ("optimizer", ("rmsprop", *ADAMS)),
    "epsilon": ("optimizer", ("rmsprop", *ADAMS)),
    "decay_rate": ("decay", ("inverse", "exponential", "staircase")),
    "bn_momentum": ("batch_norm", (True,)),
    "bn_epsilon": ("batch_norm", (True,)),
}
"""Dials that change nothing but under some options of another one."""


def _check_use(space: Space, dials: dict[str, Dial]) -> None:
    """Raises SpaceError for a dimension that could change no trial: what the search told of it would be noise."""
    for name, (other, options) in _USED_BY.items():
        if name not in space.names or other not in dials:
            continue
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
    """The values of a dimension that a rule could forbid."""
    return dimension.options if isinstance(dimension, Choice) else (dimension.low, dimension.high)


def default_space(examples: int, *, own_network: bool = False) -> Space:
    """A space that serves most tables of numbers.

    It keeps the programs few, since each must be compiled: two depths, few widths, one mini-batch size. The traced
    dials, which cost nothing, get their full range.

    Args:
        examples: how many training examples there are.
        own_network: whether the network is the user's, which has none of the built-in one's dials.
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
    if not own_network:
        return space
    return Space(**{name: dimension for name, dimension in space.items if name in TRAINING_DIALS})


def bound_is_natural(name: str, side: Literal["low", "high"], bound: float, *, own_network: bool) -> bool | None:
    """Whether a dimension's bound is where its dial ends, so that it cannot be widened; None without a dial."""
    dial = TRAINING_DIALS.get(name) if own_network else (TRAINING_DIALS | MLP_DIALS).get(name)
    if dial is None:
        return None
    return bound == (dial.low if side == "low" else dial.high)
