"""The compiled training function that all trials of one program key share."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from ikura.data import Split
from ikura.errors import SettingError
from ikura.nn import EngineNetwork, Variables, fold_in
from ikura.optim import Coefficients, Slots, Step, clip_by_global_norm, update
from ikura.tasks.classification.loss import dev_sums, training_loss
from ikura.train.workload import ProgramKey, Workload

DEV_BATCH = 1024
"""Examples in one pass over the dev set; bounds its memory."""


class Constants(NamedTuple):
    """One trial's traced hyperparameters and its key."""

    network: Mapping[str, Any]
    rule: Coefficients
    steps: Any
    """The fields of `Step` [epoch, step, field]."""
    label_smoothing: Any
    clip_norm: Any
    key: Any
    """uint32 [2]"""


class TrainingState(NamedTuple):
    """What training changes of one trial."""

    variables: Variables
    slots: Slots
    metrics: Any
    """[metric, epoch], in the order of the task's metrics; NaN where the trial has not been."""


class Examples(NamedTuple):
    """The data of a study as a program reads it."""

    x: Any
    """Training inputs [example, feature]."""
    y: Any
    """Training classes [example]."""
    class_weights: Any
    """[class]; average 1 over the training examples."""
    dev_x: Any
    """Dev inputs [pass, example, feature]; the last pass is filled up with zeros."""
    dev_y: Any
    """Dev classes [pass, example]; -1 marks the filling."""

    @staticmethod
    def of(workload: Workload) -> "Examples":
        """Lay a workload's data out for programs."""
        train = workload.dataset.train
        return Examples(train.x, train.y, workload.class_weights(), *_passes(workload.dataset.dev))


def _passes(split: Split) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    size = min(DEV_BATCH, len(split.y))
    filling = -len(split.y) % size
    x = np.pad(split.x, ((0, filling), (0, 0)))
    y = np.pad(split.y, (0, filling), constant_values=-1)
    return x.reshape(-1, size, x.shape[1]), y.reshape(-1, size)


def training(network: EngineNetwork, program: ProgramKey) -> Callable[..., TrainingState]:
    """Return the function that trains a chunk of trials of one program over whole epochs.

    It takes `(population, constants, orders, examples, start, stop)`: population and constants with a leading axis
    [trial], the mini-batch orders [epoch, example] up to the horizon, and the epochs [start, stop) to train. It
    returns the population. Within an epoch the examples that do not fill a mini-batch are left out.
    """
    static = dict(program.network)
    size = program.batch_size

    def train_one(
        trial: TrainingState, constants: Constants, orders: Array, examples: Examples, start: Array, stop: Array
    ) -> TrainingState:
        config = static | dict(constants.network)
        steps, classes = examples.x.shape[0] // size, examples.class_weights.shape[0]
        weights = examples.class_weights if program.weighted else None

        def batch_loss(params: Any, state: Any, x: Array, y: Array, key: Array) -> tuple[Array, Any]:
            logits, new = network.apply(Variables(params, state), x, config, train=True, key=key)
            if logits.shape != (size, classes):
                raise SettingError(
                    f"network: apply gave logits of shape {list(logits.shape)} for {size} examples, {classes} classes; "
                    f"it must be {[size, classes]}: mend the last layer"
                )
            return training_loss(logits, y, constants.label_smoothing, weights), new.state

        def step(carry: tuple[Variables, Slots, Array], inputs: tuple[Array, Array, Array]):
            (params, state), slots, total = carry
            number, scalars, rows = inputs
            key = fold_in(constants.key, number)
            gradient = jax.value_and_grad(batch_loss, has_aux=True)
            (loss, state), gradients = gradient(params, state, examples.x[rows], examples.y[rows], key)
            if program.clipped:
                gradients = clip_by_global_norm(gradients, constants.clip_norm)
            params, slots = update(params, gradients, slots, constants.rule, Step(*scalars))
            return (Variables(params, state), slots, total + loss), None

        def epoch(number: Array, trial: TrainingState) -> TrainingState:
            variables, slots, metrics = trial
            rows = orders[number, : steps * size].reshape(steps, size)
            carry = (variables, slots, jnp.zeros((), examples.x.dtype))
            inputs = number * steps + jnp.arange(steps), constants.steps[number], rows
            (variables, slots, total), _ = jax.lax.scan(step, carry, inputs)
            column = jnp.stack([total / steps, *evaluate(variables)])
            return TrainingState(variables, slots, metrics.at[:, number].set(column))

        def evaluate(variables: Variables) -> tuple[Array, Array]:
            def one_pass(x: Array, y: Array) -> tuple[Array, Array]:
                logits, _ = network.apply(variables, x, config, train=False, key=constants.key)
                return dev_sums(logits, y)

            losses, correct = jax.lax.map(lambda batch: one_pass(*batch), (examples.dev_x, examples.dev_y))
            count = jnp.sum(examples.dev_y >= 0)
            return jnp.sum(losses) / count, jnp.sum(correct) / count

        return jax.lax.fori_loop(start, stop, epoch, trial)

    return jax.vmap(train_one, in_axes=(0, 0, None, None, None, None))
