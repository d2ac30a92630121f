"""The compiled training function that all trials of one program key share."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from ikura.errors import SettingError
from ikura.nn import EngineNetwork, Variables, fold_in
from ikura.optim import Coefficients, Slots, Step, clip_by_global_norm, update
from ikura.tasks import Problem
from ikura.tasks.losses import count_correct, example_losses
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
    """[metric, epoch], in the order of the problem's metrics; NaN where the trial has not been."""
    dev_outputs: Any
    """[dev example, output] after the last epoch; of no example where nobody asks."""


class Examples(NamedTuple):
    """The data of a study as a program reads it."""

    x: Any
    """Training inputs [example, feature]."""
    y: Any
    """Training targets [example, column]."""
    class_weights: Any
    """For each head, as `Workload.class_weights` has them."""
    dev_x: Any
    """Dev inputs [pass, example, feature]; the last pass is filled up with zeros."""
    dev_y: Any
    """Dev targets [pass, example, column], filled up likewise."""
    counted: Any
    """1 for each dev example [pass, example], and 0 where it is filling."""
    weights: Any
    """How much each training example counts [example]."""
    dev_weights: Any
    """How much each dev example counts [pass, example]; filling 0."""

    @staticmethod
    def of(workload: Workload) -> "Examples":
        """Lay a workload's data out for programs."""
        (train_y, dev_y), dev = workload.columns, workload.dataset.dev
        weights, dev_weights = workload.weights
        ones, dev_ones = np.ones(len(train_y), np.float32), np.ones(len(dev_y), np.float32)
        x, y, counted, counts = (
            _passes(each) for each in (dev.x, dev_y, dev_ones, dev_ones if dev_weights is None else dev_weights)
        )
        own = ones if weights is None else weights
        return Examples(workload.dataset.train.x, train_y, workload.class_weights, x, y, counted, own, counts)


def _passes(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return an array [example, ...] in equal passes [pass, example, ...]."""
    size = min(DEV_BATCH, len(array))
    filled = np.pad(array, [(0, -len(array) % size)] + [(0, 0)] * (array.ndim - 1))
    return filled.reshape(-1, size, *array.shape[1:])


def training(network: EngineNetwork, program: ProgramKey, problem: Problem) -> Callable[..., TrainingState]:
    """Return the function that trains a chunk of trials of one program over whole epochs.

    It takes `(population, constants, orders, examples, start, stop)`: population and constants with a leading axis
    [trial], the mini-batch orders [epoch, example] up to the horizon, and the epochs [start, stop) to train. It
    returns the population. Within an epoch the examples that do not fill a mini-batch are left out.
    """
    static = dict(program.network)
    size, heads = program.batch_size, problem.heads

    def train_one(
        trial: TrainingState, constants: Constants, orders: Array, examples: Examples, start: Array, stop: Array
    ) -> TrainingState:
        config = static | dict(constants.network)
        steps = examples.x.shape[0] // size
        weights = examples.class_weights if program.weighted else ()

        def batch_loss(params: Any, state: Any, rows: Array, key: Array) -> tuple[Array, Any]:
            x, y, own = examples.x[rows], examples.y[rows], examples.weights[rows]
            outputs, new = network.apply(Variables(params, state), x, config, train=True, key=key)
            if outputs.shape != (size, problem.outputs):
                raise SettingError(
                    f"network: apply gave outputs of shape {list(outputs.shape)} for {size} examples; "
                    f"it must be {[size, problem.outputs]}: mend the last layer"
                )
            losses = example_losses(outputs, y, heads, constants.label_smoothing, weights)
            return jnp.mean(own * losses), new.state

        def step(carry: tuple[Variables, Slots, Array], inputs: tuple[Array, Array, Array]):
            (params, state), slots, total = carry
            number, scalars, rows = inputs
            key = fold_in(constants.key, number)
            gradient = jax.value_and_grad(batch_loss, has_aux=True)
            (loss, state), gradients = gradient(params, state, rows, key)
            if program.clipped:
                gradients = clip_by_global_norm(gradients, constants.clip_norm)
            params, slots = update(params, gradients, slots, constants.rule, Step(*scalars))
            return (Variables(params, state), slots, total + loss), None

        def epoch(number: Array, trial: TrainingState) -> TrainingState:
            variables, slots, metrics, _ = trial
            rows = orders[number, : steps * size].reshape(steps, size)
            carry = (variables, slots, jnp.zeros((), examples.x.dtype))
            inputs = number * steps + jnp.arange(steps), constants.steps[number], rows
            (variables, slots, total), _ = jax.lax.scan(step, carry, inputs)
            found, outputs = evaluate(variables)
            column = jnp.stack([total / steps, *found])
            metrics = metrics.at[: len(column), number].set(column)
            return TrainingState(variables, slots, metrics, outputs)

        def evaluate(variables: Variables) -> tuple[list[Array], Array]:
            """Return what is measured of the dev examples here, and the outputs that the rest is measured of."""

            def one_pass(x: Array, y: Array, counted: Array, own: Array) -> tuple[Array, Array, Array]:
                outputs, _ = network.apply(variables, x, config, train=False, key=constants.key)
                losses = jnp.where(counted > 0, own * example_losses(outputs, y, heads), 0.0)
                right = count_correct(outputs, y, heads, counted) if problem.counts_correct else jnp.zeros(())
                return jnp.sum(losses), right, outputs if problem.measured else outputs[:0]

            passes = (examples.dev_x, examples.dev_y, examples.counted, examples.dev_weights)
            losses, correct, outputs = jax.lax.map(lambda batch: one_pass(*batch), passes)
            count = jnp.sum(examples.counted)
            found = [jnp.sum(losses) / count]
            if problem.counts_correct:
                found.append(jnp.sum(correct) / count)
            return found, outputs.reshape(-1, problem.outputs)

        return jax.lax.fori_loop(start, stop, epoch, trial)

    return jax.vmap(train_one, in_axes=(0, 0, None, None, None, None))
