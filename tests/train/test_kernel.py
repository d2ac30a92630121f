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
from ikura.nn import ACTIVATIONS, MLP, Averages, Variables, fold_in, softmax
from ikura.optim import OPTIMIZERS, Step, clip_by_global_norm, coefficients, initial_slots, step_table, update
from ikura.records import JobResult, Kind, Target
from ikura.tasks import make_problem, truths_of
from ikura.tasks.losses import example_losses
from ikura.train import Workload
from ikura.train import worker as worker_module
from ikura.train.native import CoreWorker, instructions, kernel
from ikura.train.native.layout import Layout, whole_vectors
from ikura.train.snapshot import START
from ikura.train.xla import xla_workers
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
    return Dataset(
        "test", train, dev, dev, (Target("y", Kind.CLASS, tuple(range(classes))),), Preprocessing(()), (), ""
    )


def train(data: Dataset, config: dict[str, Any], epochs: int, loss: str | None = None) -> tuple[JobResult, Variables]:
    """Return the result and, unless it diverged, the network."""
    problem = make_problem(data.targets, loss=loss)
    workload = Workload(MLP(data.train.x.shape[1], problem.outputs), data, 0, epochs, problem)
    trained = running.train(workload, [whole(0, config, epochs)], [CoreWorker(workload)])[0, 0]
    return trained.result, Variables(()) if trained.snapshot is None else trained.snapshot.variables


def in_float64(data: Dataset, config: dict[str, Any], epochs: int, loss: str | None = None) -> tuple[Variables, float]:
    """The variables after as much training, and the mean loss of the last epoch; needs 64-bit arrays."""
    problem = make_problem(data.targets, loss=loss)
    network = MLP(data.train.x.shape[1], problem.outputs)
    workload, size = Workload(network, data, 0, epochs, problem), int(config["batch_size"])
    init_key, step_key = workload.keys(0, 0)
    static, traced = network.split(config)
    program = static | {name: np.asarray(value, np.float64) for name, value in traced.items()}
    rule = coefficients(config)
    rule = rule._replace(**{n: np.float64(v) for n, v in rule._asdict().items() if n != "adaptive"})
    weights: list[Any] = []
    if config["class_weights"] == "balanced":
        weights = [None if each is None else jnp.asarray(each) for each in workload.class_weights]
    columns = np.float64(workload.columns[0])
    examples = np.ones(len(columns)) if data.train.weights is None else np.float64(data.train.weights)
    params, state = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), network.init(init_key, config))
    slots = jax.tree.map(np.float64, initial_slots(params))
    table = step_table(config, epochs, workload.steps(size))

    @jax.jit
    def step(params, state, slots, x, y, own, key, scalars):
        def loss_of(params):
            outputs, new = network.apply(Variables(params, state), x, program, train=True, key=key)
            losses = example_losses(outputs, y, problem.heads, config["label_smoothing"], weights)
            return jnp.mean(own * losses), new.state

        (cost, state), gradients = jax.value_and_grad(loss_of, has_aux=True)(params)
        if config["clip_norm"]:
            gradients = clip_by_global_norm(gradients, config["clip_norm"])
        params, slots = update(params, gradients, slots, rule, scalars)
        return params, state, slots, cost

    for epoch in range(epochs):
        losses = []
        for number in range(workload.steps(size)):
            rows = workload.orders(0)[epoch, number * size : (number + 1) * size]
            key = fold_in(step_key, epoch * workload.steps(size) + number)
            scalars = Step(*(np.float64(column[epoch, number]) for column in table))
            x, y = np.float64(data.train.x[rows]), columns[rows]
            params, state, slots, cost = step(params, state, slots, x, y, examples[rows], key, scalars)
            losses.append(float(cost))
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


NUMBER = Target("a", Kind.NUMBER, mean=3.0, scale=2.0)
LABELS = Target("b", Kind.LABELS, ("p", "q", "r"))
COUNT = Target("c", Kind.COUNT)
CLASS = Target("d", Kind.CLASS, tuple(range(CLASSES)), weight=3.0)
MANY = Target("e", Kind.LABELS, tuple(range(37)))

LEARNED: dict[str, tuple[tuple[Target, ...], str | None, dict[str, Any]]] = {
    "squared": ((NUMBER,), None, {}),
    "absolute": ((NUMBER,), "absolute", {}),
    "huber": ((NUMBER,), "huber:0.4", {}),
    "quantiles": ((NUMBER,), "quantile:0.1,0.5,0.9", {}),
    "counts": ((COUNT,), None, {}),
    "labels": ((LABELS,), None, {}),
    "labels, smoothed and weighted": ((LABELS,), None, {"label_smoothing": 0.2, "class_weights": "balanced"}),
    "many labels": ((MANY,), None, {"class_weights": "balanced"}),
    "all together": ((NUMBER, LABELS, COUNT, CLASS), "huber", {"class_weights": "balanced", "label_smoothing": 0.1}),
    "weighted examples": ((NUMBER,), None, {}),
    "weighted examples of all": ((NUMBER, LABELS, COUNT, CLASS), None, {"class_weights": "balanced"}),
    "two classes": ((CLASS, replace(CLASS, classes=(0, 1, 2), weight=1.0)), None, {}),
}


def learned_data(targets: tuple[Target, ...], examples: int, *, weighted: bool = False) -> Dataset:
    rng = np.random.default_rng(examples)

    def split(count: int) -> Split:
        x = rng.normal(size=(count, FEATURES)).astype(np.float32)
        columns = []
        for place, target in enumerate(targets):
            own = x[:, place : place + 1] + 0.3 * rng.normal(size=(count, target.columns))
            if target.kind is Kind.CLASS:
                own = np.clip(np.floor(own + 1), 0, len(target.classes) - 1)
            elif target.kind is Kind.LABELS:
                own = own > 0.3
            elif target.kind is Kind.COUNT:
                own = np.floor(np.exp(own))
            columns.append(own)
        weights = rng.gamma(1.0, size=count).astype(np.float32) if weighted else None
        return Split(x, np.concatenate(columns, axis=1).astype(np.float32), weights)

    return Dataset("test", split(examples), split(DEV), split(DEV), targets, Preprocessing(()), (), "")


@pytest.mark.parametrize("case", LEARNED)
def test_every_loss_moves_the_network_by_its_gradient(case: str) -> None:
    targets, loss, changes = LEARNED[case]
    config = PLAIN | {"batch_size": 48, "learning_rate": 0.5} | changes
    data = learned_data(targets, 48, weighted="weighted" in case)
    with jax.enable_x64(True):
        expected, cost = in_float64(data, config, 2, loss)
    result, made = train(data, config, 2, loss)
    assert result.curves["train_loss"][-1] == pytest.approx(cost, rel=2e-5)
    for ours, theirs in zip(*map(jax.tree.leaves, (made.params, expected.params)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=5e-6)
    problem = make_problem(targets, loss=loss)
    with jax.enable_x64(True):
        variables = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), made)
        network = MLP(FEATURES, problem.outputs)
        outputs, _ = network.apply(variables, np.float64(data.dev.x), config, train=False, key=np.zeros(2, np.uint32))
        losses = np.asarray(example_losses(outputs, np.float64(data.dev.y), problem.heads))
    if data.dev.weights is not None:
        losses = losses * data.dev.weights / data.dev.weights.mean()
    assert result.curves["dev_loss"][-1] == pytest.approx(float(losses.mean()), rel=2e-5)
    if problem.measured is not None:
        measured = problem.measure(np.asarray(outputs, np.float32), truths_of(data.dev.y, targets))
        assert result.curves[problem.metrics[-1].name][-1] == pytest.approx(measured, rel=1e-4)


@pytest.mark.parametrize("case", LEARNED)
def test_the_kernel_and_xla_learn_the_same(case: str) -> None:
    targets, loss, changes = LEARNED[case]
    config = PLAIN | {"batch_size": 16, "learning_rate": 0.05, "hidden_units": 8} | changes
    data, problem = learned_data(targets, 100, weighted="weighted" in case), make_problem(targets, loss=loss)
    workload = Workload(MLP(FEATURES, problem.outputs), data, 0, 3, problem)
    found = [
        running.train(workload, [whole(0, config, 3)], workers)[0, 0].result
        for workers in ([CoreWorker(workload)], xla_workers(workload)[:1])
    ]
    assert found[0].curves.keys() == {metric.name for metric in problem.metrics}
    for name, curve in found[0].curves.items():
        assert len(curve) == 3
        np.testing.assert_allclose(curve, found[1].curves[name], rtol=2e-3, atol=1e-4, err_msg=name)


def test_class_weights_that_the_user_gives_are_those_of_the_loss() -> None:
    data = dataset(60)
    given = make_problem(data.targets, class_weights={1: 3.0, 4: 0.5})
    assert [each.tolist() for each in Workload(MLP(FEATURES, CLASSES), data, 0, 1, given).class_weights] == [
        [1.0, 3.0, 1.0, 1.0, 0.5]
    ]
    workload = Workload(MLP(FEATURES, CLASSES), data, 0, 2, given)
    weighted = replace(data, train=replace(data.train, weights=np.float32([1, 3, 1, 1, 0.5])[data.train.y]))
    other = Workload(MLP(FEATURES, CLASSES), weighted, 0, 2)
    config = PLAIN | {"batch_size": 20, "learning_rate": 0.1}
    found = [
        running.train(each, [whole(0, config, 2)], [CoreWorker(each)])[0, 0].result.curves["dev_loss"]
        for each in (workload, other)
    ]
    np.testing.assert_allclose(*found, rtol=1e-6)


def test_numbers_that_run_away_are_a_divergence() -> None:
    data = learned_data((NUMBER,), 40)
    config = PLAIN | {"batch_size": 20, "learning_rate": 1e30, "batch_norm": False}
    result, _ = train(data, config, 20)
    assert result.state == "diverged"


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
