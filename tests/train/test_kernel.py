"""The kernel against JAX: the same steps, with gradients by automatic differentiation in float64."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ikura.data import Dataset, Preprocessing, Split
from ikura.nn import ACTIVATIONS, MLP, Averages, Variables, cross_entropy, fold_in, softmax
from ikura.optim import OPTIMIZERS, Step, clip_by_global_norm, coefficients, initial_slots, step_table, update
from ikura.records import JobResult
from ikura.train import Workload
from ikura.train import worker as worker_module
from ikura.train.native import CoreWorker, instructions, kernel
from ikura.train.native.layout import Layout, whole_vectors
from ikura.train.snapshot import START
from tests.processes import PATIENCE
from tests.train import running
from tests.train.running import DEFAULTS, whole

FEATURES, CLASSES, DEV = 7, 5, 83
PLAIN = DEFAULTS | {"hidden_layers": 2, "hidden_units": 19, "optimizer": "sgd", "learning_rate": 1.0}


def dataset(examples: int, features: int = FEATURES, classes: int = CLASSES) -> Dataset:
    rng = np.random.default_rng(examples)

    def split(count: int) -> Split:
        y = np.arange(count, dtype=np.int32) ** 2 % classes  # some classes are more frequent than others
        return Split((rng.normal(size=(count, features)) + 0.3 * y[:, None]).astype(np.float32), y)

    train, dev = split(examples), split(DEV)
    return Dataset("test", train, dev, dev, tuple(range(classes)), Preprocessing(()), (), "")


def train(data: Dataset, config: dict[str, Any], epochs: int) -> tuple[JobResult, Variables]:
    """Return the result and, unless it diverged, the network."""
    workload = Workload(MLP(data.train.x.shape[1], len(data.classes)), data, 0, epochs)
    trained = running.train(workload, [whole(0, config, epochs)], [CoreWorker(workload)])[0, 0]
    return trained.result, Variables(()) if trained.snapshot is None else trained.snapshot.variables


def in_float64(data: Dataset, config: dict[str, Any], epochs: int) -> tuple[Variables, float]:
    """The variables after as much training, and the mean loss of the last epoch; needs 64-bit arrays."""
    network = MLP(data.train.x.shape[1], len(data.classes))
    workload, size = Workload(network, data, 0, epochs), int(config["batch_size"])
    init_key, step_key = workload.keys(0, 0)
    static, traced = network.split(config)
    program = static | {name: np.asarray(value, np.float64) for name, value in traced.items()}
    rule = coefficients(config)
    rule = rule._replace(**{n: np.float64(v) for n, v in rule._asdict().items() if n != "adaptive"})
    weights = jnp.asarray(workload.class_weights()) if config["class_weights"] == "balanced" else None
    params, state = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), network.init(init_key, config))
    slots = jax.tree.map(np.float64, initial_slots(params))
    table = step_table(config, epochs, workload.steps(size))

    @jax.jit
    def step(params, state, slots, x, y, key, scalars):
        def loss_of(params):
            logits, new = network.apply(Variables(params, state), x, program, train=True, key=key)
            return jnp.mean(cross_entropy(logits, y, config["label_smoothing"], weights)), new.state

        (loss, state), gradients = jax.value_and_grad(loss_of, has_aux=True)(params)
        if config["clip_norm"]:
            gradients = clip_by_global_norm(gradients, config["clip_norm"])
        params, slots = update(params, gradients, slots, rule, scalars)
        return params, state, slots, loss

    for epoch in range(epochs):
        losses = []
        for number in range(workload.steps(size)):
            rows = workload.orders(replicated=False)[epoch, number * size : (number + 1) * size]
            key = fold_in(step_key, epoch * workload.steps(size) + number)
            scalars = Step(*(np.float64(column[epoch, number]) for column in table))
            x, y = np.float64(data.train.x[rows]), data.train.y[rows]
            params, state, slots, loss = step(params, state, slots, x, y, key, scalars)
            losses.append(float(loss))
    return jax.tree.map(np.asarray, Variables(params, state)), float(np.mean(losses))


CASES = {
    **{f"{name}, batch norm": {"activation": name} for name in ACTIVATIONS},
    **{f"{name}, bias": {"activation": name, "batch_norm": False} for name in ACTIVATIONS},
    "softmax regression": {"hidden_layers": 0},
    "one layer": {"hidden_layers": 1, "hidden_units": 1},
    "whole vectors": {"hidden_units": 32},
    "more than a tile": {"hidden_units": 70},
    "every layer of its own width": {"hidden_layers": 4, "hidden_units_1": 33, "hidden_units_3": 16},
    "dropout": {"dropout": 0.25},
    "dropout and bias": {"dropout": 0.5, "batch_norm": False, "activation": "tanh"},
    "dropout in layers of their own width": {"dropout": 0.25, "hidden_layers": 3, "hidden_units_2": 40},
    "label smoothing": {"label_smoothing": 0.2},
    "class weights": {"class_weights": "balanced"},
    "both": {"label_smoothing": 0.1, "class_weights": "balanced"},
    "a limit that holds": {"clip_norm": 0.05},
    "a limit that does not": {"clip_norm": 1e3},
    "weight decay": {"weight_decay": 0.1},
    "limit and decay": {"clip_norm": 0.05, "weight_decay": 0.1},
    "large epsilon": {"bn_epsilon": 0.3},
    "small mini-batch": {"batch_size": 2, "batch_norm": False},
    "odd mini-batch": {"batch_size": 37},
}


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_one_step_is_the_gradient(changes: dict[str, Any]) -> None:
    """At a learning rate of 1, gradient descent moves every parameter by its gradient."""
    config = PLAIN | {"batch_size": 48} | changes
    data = dataset(int(config["batch_size"]))
    with jax.enable_x64(True):
        expected, loss = in_float64(data, config, 1)
    start = MLP(FEATURES, CLASSES).init(Workload(MLP(FEATURES, CLASSES), data, 0, 1).keys(0, 0)[0], config)
    result, made = train(data, config, 1)
    assert result.curves["train_loss"][0] == pytest.approx(loss, rel=2e-6)
    leaves = (jax.tree.leaves(tree) for tree in (made.params, expected.params, start.params))
    for ours, theirs, before in zip(*leaves, strict=True):
        moved = np.abs(theirs - before).max()
        np.testing.assert_allclose(ours, theirs, rtol=0.0, atol=3e-6 * moved + 3e-7)
    for ours, theirs in zip(*(jax.tree.leaves(tree.state) for tree in (made, expected)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=3e-6, atol=1e-7)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_many_steps_of_every_optimizer(optimizer: str) -> None:
    changes = {"optimizer": optimizer, "learning_rate": 0.01, "batch_size": 16, "decay": "cosine", "warmup": 1.0}
    config = PLAIN | changes | {"activation": "tanh", "weight_decay": 0.01, "epsilon": 1e-4, "beta2": 0.99}
    data = dataset(100)
    with jax.enable_x64(True):
        expected, loss = in_float64(data, config, 5)
    result, made = train(data, config, 5)
    assert result.curves["train_loss"][-1] == pytest.approx(loss, rel=1e-5)
    for ours, theirs in zip(*map(jax.tree.leaves, (made, expected)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("classes", [2, 16, 17, 40])
def test_any_number_of_classes(classes: int) -> None:
    config = PLAIN | {"batch_size": 60, "label_smoothing": 0.1, "learning_rate": 0.1}
    data = dataset(60, classes=classes)
    with jax.enable_x64(True):
        expected, loss = in_float64(data, config, 2)
    result, made = train(data, config, 2)
    assert result.curves["train_loss"][-1] == pytest.approx(loss, rel=1e-5)
    for ours, theirs in zip(*map(jax.tree.leaves, (made, expected)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("batch_size", [8, 100])
@pytest.mark.parametrize("batch_norm", [True, False])
def test_dev_metrics_are_those_of_the_network(batch_size: int, batch_norm: bool) -> None:
    """In one pass and in several."""
    data = dataset(100)
    config = PLAIN | {"batch_size": batch_size, "batch_norm": batch_norm, "learning_rate": 0.05, "dropout": 0.3}
    result, made = train(data, config, 2)
    with jax.enable_x64(True):
        key = np.zeros(2, np.uint32)
        variables = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), made)
        logits, _ = MLP(FEATURES, CLASSES).apply(variables, np.float64(data.dev.x), config, train=False, key=key)
        probabilities = np.asarray(softmax(logits))
    loss = -np.log(probabilities[np.arange(DEV), data.dev.y]).mean()
    assert result.curves["dev_loss"][-1] == pytest.approx(loss, rel=2e-6)
    assert result.curves["dev_accuracy"][-1] == pytest.approx((probabilities.argmax(axis=1) == data.dev.y).mean())


def test_of_equal_logits_the_first_is_predicted() -> None:
    config = PLAIN | {"hidden_layers": 0, "batch_size": 100, "learning_rate": 1e-30}
    data = dataset(100)
    alike = Split(np.zeros_like(data.train.x), np.arange(100, dtype=np.int32) % CLASSES)  # gives the bias no gradient
    blank = replace(data, train=alike, dev=Split(np.zeros((10, FEATURES), np.float32), np.repeat(np.int32([0, 1]), 5)))
    assert train(blank, config, 1)[0].curves["dev_accuracy"][-1] == 0.5


@pytest.fixture(params=["v2", "v3", "v4"])
def level(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each level of instructions, instead of the processor's own."""
    if instructions() < request.param:
        pytest.skip(f"this processor has no instructions of level {request.param}")
    library = kernel.library()
    chosen = getattr(library, f"train_{request.param}")
    chosen.restype, chosen.argtypes = library.train.restype, library.train.argtypes
    monkeypatch.setattr(library, "train", chosen)
    return request.param


def test_every_level_of_instructions_learns_the_same(level: str, request: pytest.FixtureRequest) -> None:
    config = PLAIN | {"batch_size": 16, "learning_rate": 0.01, "optimizer": "adam", "hidden_units": 70, "dropout": 0.2}
    data = dataset(100)
    result, made = train(data, config, 3)
    request.getfixturevalue("monkeypatch").undo()
    usual_result, usual = train(data, config, 3)
    weights = [variables.params[0]["weights"] for variables in (made, usual)]
    assert np.array_equal(*weights) == (level == instructions())
    np.testing.assert_allclose(*weights, rtol=1e-4, atol=1e-6)
    for name, curve in result.curves.items():
        np.testing.assert_allclose(curve, usual_result.curves[name], rtol=1e-4)


def test_a_trial_that_diverges_stops_there() -> None:
    config = PLAIN | {"batch_size": 20, "learning_rate": 1e30, "batch_norm": False}
    result, _ = train(dataset(100), config, 50)
    assert result.state == "diverged"
    assert {len(curve) for curve in result.curves.values()} == {0}


@pytest.mark.usefixtures("level")
def test_a_gradient_whose_square_is_infinite_moves_nothing_at_every_level() -> None:
    """The square root of infinity divides it away, as in JAX; on the way to a divergence, or to none."""
    config = PLAIN | {"batch_size": 20, "learning_rate": 1e10, "batch_norm": False, "hidden_units": 16}
    for optimizer in ("rmsprop", "adam"):
        result, _ = train(dataset(20), config | {"optimizer": optimizer}, 4)
        assert (result.state, len(result.curves["dev_loss"])) == ("complete", 4)


def test_very_small_numbers_are_pythons_again_afterwards() -> None:
    """The kernel takes them for 0, in its own time only."""
    workload = Workload(MLP(FEATURES, CLASSES), dataset(20), 0, 1)
    worker, job = CoreWorker(workload), whole(0, PLAIN | {"batch_size": 20}, 1)
    worker.train([job], worker.begin([job]), START, lambda _: False)
    smallest = np.array([1e-40], np.float32)
    assert (smallest * np.float32(0.5))[0] > 0


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_nothing_is_trained_after_a_divergence(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "SLICE_SECONDS", seconds)
    workload = Workload(MLP(FEATURES, CLASSES), dataset(20), 0, 4)
    job = whole(0, PLAIN | {"batch_size": 20, "batch_norm": False, "learning_rate": 1e20}, 4)
    positions = []
    worker = CoreWorker(workload)
    worker.train([job], worker.begin([job]), START, lambda here: positions.append(here.position) is not None)
    assert positions == []


def test_weights_come_back_as_they_went_in() -> None:
    config = PLAIN | {"hidden_layers": 3, "hidden_units_2": 50}
    network = MLP(FEATURES, CLASSES)
    variables = network.init(np.uint32([1, 2]), config)
    layout = Layout(network.sizes(config), batch_norm=True)
    params = np.zeros(layout.parameters, np.float32)
    layout.pack_params(variables.params, params)
    averages, seen = np.zeros(layout.averages, np.float32), np.zeros(4, np.float32)
    state = [Averages(2 * each.mean + 1, 3 * each.variance + 1, np.float32(0.5)) for each in variables.state]
    layout.pack_state(state, averages, seen)
    variables = variables._replace(state=state)
    back = Variables(layout.unpack_params(params), layout.unpack_state(averages, seen))
    for ours, theirs in zip(*map(jax.tree.leaves, (back, variables)), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert np.count_nonzero(params) == sum(np.count_nonzero(leaf) for leaf in jax.tree.leaves(variables.params))
    assert layout.parameters % whole_vectors(1) == 0


def test_it_touches_no_memory_but_its_own() -> None:
    program = Path(__file__).with_name("guarded.py")
    done = subprocess.run(
        [sys.executable, program, "60"], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
