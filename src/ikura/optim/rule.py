"""One update rule for gradient descent, momentum, Nesterov, RMSProp, Adam and AdamW.

They differ in a few scalars. As these are traced, trials with different optimizers share one compiled program:

    first  ← first_decay · first + first_gain · g
    second ← second_decay · second + second_gain · g²
    d      = direct · g + carried · first
    w      ← w - rate · (d / (sqrt(second) + epsilon) + decoupled · w)

where only adaptive rules divide, and both averages are divided by 1 - decay^t if the rule corrects their bias (Adam:
Kingma and Ba 2015, algorithm 1). What depends on t alone is tabulated before training. The tests hold each rule against
Optax.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from ikura.optim.decay import learning_rates
from ikura.records import Config

OPTIMIZERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw")
ADAMS = ("adam", "adamw")


class Coefficients(NamedTuple):
    """The scalars that make the rule one optimizer or another; inside a program each is a scalar array."""

    first_decay: ArrayLike
    first_gain: ArrayLike
    second_decay: ArrayLike
    second_gain: ArrayLike
    direct: ArrayLike
    carried: ArrayLike
    epsilon: ArrayLike
    adaptive: ArrayLike
    """Whether the move is divided by the root of the second average; a boolean."""
    coupled: ArrayLike
    """L2 regularisation: weight decay that is added to the gradient."""
    decoupled: ArrayLike
    """Weight decay beside the gradient (Loshchilov and Hutter 2019)."""


class Step(NamedTuple):
    """The scalars of one step; as a table, arrays [epoch, step]."""

    rate: ArrayLike
    """The learning rate."""
    first_rate: ArrayLike
    """The learning rate over the first average's bias."""
    second_scale: ArrayLike
    """One over the second average's bias."""


class Slots(NamedTuple):
    """What an optimizer remembers for each parameter: two pytrees of the parameters' structure."""

    first: Any
    second: Any


def coefficients(config: Config) -> Coefficients:
    """Read `optimizer`, `momentum`, `beta1`, `beta2`, `epsilon` and `weight_decay` from a full configuration.

    RMSProp's decay is `beta2`. `weight_decay` is decoupled in AdamW, and L2 regularisation everywhere else.
    """
    optimizer = config["optimizer"]
    momentum, beta1, beta2 = (float(config[name]) for name in ("momentum", "beta1", "beta2"))
    adam, heavy_ball = optimizer in ADAMS, optimizer in ("momentum", "nesterov")
    weight_decay = float(config["weight_decay"])
    numbers = Coefficients(
        first_decay=beta1 if adam else momentum if heavy_ball else 0.0,
        first_gain=1.0 - beta1 if adam else 1.0,
        second_decay=beta2,
        second_gain=1.0 - beta2,
        direct=1.0 if optimizer == "nesterov" else 0.0,
        carried=momentum if optimizer == "nesterov" else 1.0,
        epsilon=float(config["epsilon"]),
        adaptive=adam or optimizer == "rmsprop",
        coupled=0.0 if optimizer == "adamw" else weight_decay,
        decoupled=weight_decay if optimizer == "adamw" else 0.0,
    )
    return Coefficients(*(np.asarray(x, bool if isinstance(x, bool) else np.float32) for x in numbers))


def step_table(config: Config, epochs: int, steps: int) -> Step:
    """Return the scalars of every step of a training [epoch, step], up to the horizon, with so many steps an epoch."""
    rates = learning_rates(config, epochs, steps)
    first_bias = second_bias = np.ones_like(rates)
    if config["optimizer"] in ADAMS:
        count = np.arange(1, rates.size + 1, dtype=np.float64).reshape(rates.shape)
        first_bias, second_bias = (1.0 - float(config[name]) ** count for name in ("beta1", "beta2"))
    return Step(*(array.astype(np.float32) for array in (rates, rates / first_bias, 1.0 / second_bias)))


def initial_slots(params: Any) -> Slots:
    """Return zeros of the parameters' shapes."""
    return Slots(*(jax.tree.map(lambda leaf: np.zeros(np.shape(leaf), np.float32), params) for _ in range(2)))


def update(params: Any, gradients: Any, slots: Slots, rule: Coefficients, step: Step) -> tuple[Any, Slots]:
    """Take one step of the optimizer.

    Weight decay touches arrays of two or more axes only: weights, but not biases, gamma or beta.

    Args:
        params: pytree of arrays.
        gradients: pytree of the same structure.
        slots: what the optimizer remembers.
        rule: which optimizer it is.
        step: the scalars of this step.
    """

    def leaf(w: Array, g: Any, first: Any, second: Any) -> tuple[Array, Any, Any]:
        decays = w.ndim >= 2
        if decays:
            g = g + rule.coupled * w
        first = rule.first_decay * first + rule.first_gain * g
        second = rule.second_decay * second + rule.second_gain * jnp.square(g)
        move = step.first_rate * (rule.direct * g + rule.carried * first)
        move = jnp.where(rule.adaptive, move / (jnp.sqrt(second * step.second_scale) + rule.epsilon), move)
        if decays:
            move = move + step.rate * rule.decoupled * w
        return w - move, first, second

    leaves, treedef = jax.tree.flatten(params)
    others = (treedef.flatten_up_to(tree) for tree in (gradients, slots.first, slots.second))
    moved = [leaf(*arrays) for arrays in zip(leaves, *others, strict=True)]
    new_params, first, second = (treedef.unflatten(column) for column in zip(*moved, strict=True))
    return new_params, Slots(first, second)


def clip_by_global_norm(gradients: Any, limit: ArrayLike) -> Any:
    """Scale all gradients so that their joint Euclidean norm is at most `limit` (Pascanu et al. 2013, algorithm 1)."""
    squares = sum(jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(gradients))
    factor = jnp.minimum(1.0, limit / jnp.maximum(jnp.sqrt(squares), jnp.finfo(jnp.float32).tiny))
    return jax.tree.map(lambda leaf: leaf * factor, gradients)
