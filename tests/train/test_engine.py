"""Promises 1 and 4: a trial's numbers depend on nothing beside it, and a diverging trial disturbs nobody."""

import dataclasses

import jax
import numpy as np
import pytest

from ikura.data import prepare
from ikura.evaluators import MLP_DIALS, TRAINING_DIALS
from ikura.nn import MLP, CustomNetwork, Variables
from ikura.records import METRICS, TrialState
from ikura.train import Candidate, Engine, Task, worker
from ikura.train.native import core_workers
from ikura.train.xla import xla_workers

EPOCHS = 3
OPTIMIZERS = ("momentum", "adam", "rmsprop", "nesterov", "adamw", "sgd")


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(0)
    y = np.arange(150) % 3
    x = rng.normal(size=(150, 5)) + y[:, None]
    return prepare((x.astype(np.float32), y), seed=0)


@pytest.fixture(scope="module")
def network(dataset):
    return MLP(features=dataset.train.x.shape[1], classes=3, widths=(8, 16))


def config(**dials):
    """A full configuration: the defaults, small, with these dials changed."""
    defaults = {name: dial.default for name, dial in (TRAINING_DIALS | MLP_DIALS).items()}
    return defaults | {"hidden_units": 7, "batch_size": 16, "learning_rate": 0.05} | dials


def mixed_candidates(count):
    """Candidates of two structures with other dials all over, numbered from 0."""
    return [
        Candidate(
            number,
            config(
                hidden_layers=number % 2,
                hidden_units=5 + number % 4,
                optimizer=OPTIMIZERS[number % len(OPTIMIZERS)],
                learning_rate=10.0 ** -(1 + number % 3),
                label_smoothing=0.1 * (number % 2),
            ),
        )
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def train(network, dataset, make_workers):
    """Makes a function that trains candidates, in the kernel or in XLA; on some of the workers, if these are named."""

    def trained(candidates, *, on=slice(None), seed=0):
        task = Task(network, dataset, seed, EPOCHS)
        chunks = Engine(task, make_workers(task)[on]).train(candidates)
        return {(t.candidate.number, t.candidate.replicate): t for chunk in chunks for t in chunk}

    return trained


def trained_in_xla(network, dataset, candidates):
    """The same for a network of the user's own."""
    chunks = Engine(Task(network, dataset, 0, EPOCHS)).train(candidates)
    return {(t.candidate.number, t.candidate.replicate): t for chunk in chunks for t in chunk}


def assert_same_bits(one, other):
    """Compares the curves and all arrays of two trained networks, bit by bit."""
    assert one.state == other.state
    for metric in METRICS:
        assert one.curves[metric].tobytes() == other.curves[metric].tobytes(), metric
    pairs = zip(jax.tree.leaves(one.variables), jax.tree.leaves(other.variables), strict=True)
    assert all(np.asarray(a).tobytes() == np.asarray(b).tobytes() for a, b in pairs)


@pytest.fixture(scope="module")
def population(train):
    return train(mixed_candidates(300))


class TestPromiseOne:
    @pytest.mark.parametrize("number", [0, 7, 298])
    def test_a_trial_alone_equals_itself_in_a_population_of_300(self, train, population, number):
        alone = train([mixed_candidates(300)[number]])
        assert_same_bits(alone[number, 0], population[number, 0])

    def test_in_a_population_of_3(self, train, population):
        three = [mixed_candidates(300)[number] for number in (7, 9, 11)]
        for key, network_trained in train(three).items():
            assert_same_bits(network_trained, population[key])

    def test_in_reversed_order(self, train, population):
        backwards = train(mixed_candidates(300)[::-1])
        for key in population:
            assert_same_bits(backwards[key], population[key])

    def test_on_one_device_and_on_two(self, train, population):
        assert len(jax.devices()) >= 2
        for on in (slice(1), slice(1, 2)):
            only = train(mixed_candidates(40), on=on)
            for key in only:
                assert_same_bits(only[key], population[key])

    def test_whatever_the_length_of_the_laps(self, train, population, monkeypatch):
        monkeypatch.setattr(worker, "LAP", 0.0)
        one_by_one = train(mixed_candidates(8))
        for key in one_by_one:
            assert_same_bits(one_by_one[key], population[key])

    def test_another_seed_number_or_replicate_gives_another_network(self, train, population):
        first = mixed_candidates(1)[0]
        other_number = train([dataclasses.replace(first, number=500)])[500, 0]
        other_replicate = train([dataclasses.replace(first, replicate=1)])[0, 1]
        other_seed = train([first], seed=1)[0, 0]
        curves = [t.curves["dev_loss"].tobytes() for t in (population[0, 0], other_number, other_replicate, other_seed)]
        assert len(set(curves)) == 4


def test_the_kernel_and_xla_agree(network, dataset):
    """With dropout, too, and although XLA pads these layers to 8 and 16 units."""
    candidates = [
        dataclasses.replace(each, config=each.config | {"hidden_layers": 2, "hidden_units_2": 12, "dropout": 0.3})
        for each in mixed_candidates(6)
    ]
    task = Task(network, dataset, 0, EPOCHS)
    kernel, xla = (
        {each.candidate.number: each for chunk in Engine(task, workers).train(candidates) for each in chunk}
        for workers in (core_workers(task), xla_workers(task))
    )
    for number in kernel:
        for metric in METRICS:
            np.testing.assert_allclose(kernel[number].curves[metric], xla[number].curves[metric], rtol=1e-4, atol=1e-5)
        jax.tree.map(
            lambda one, other: np.testing.assert_allclose(one, other, rtol=2e-3, atol=2e-4),
            kernel[number].variables,
            xla[number].variables,
        )


class TestDivergence:
    def test_a_dev_loss_that_is_not_finite_is_enough(self, network, make_workers):
        """One step of 20 examples: the training loss was measured before it, the dev loss after it."""
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(34, 5)).astype(np.float32), np.arange(34) % 3
        parts = {"train": (x[:20], y[:20]), "dev": (x[20:27], y[20:27]), "test": (x[27:], y[27:])}
        task = Task(MLP(5, 3), prepare(parts, seed=0), 0, 1)
        wild = config(hidden_layers=1, batch_norm=False, optimizer="sgd", learning_rate=1e20, batch_size=20)
        ((result,),) = filter(None, Engine(task, make_workers(task)).train([Candidate(0, wild)]))
        assert result.state is TrialState.DIVERGED
        assert {len(curve) for curve in result.curves.values()} == {0}

    def test_it_is_recorded_at_its_epoch(self, train):
        wild = config(hidden_layers=0, optimizer="sgd", learning_rate=1e25, weight_decay=1e-3)
        result = train([Candidate(0, wild)])[0, 0]
        assert result.state is TrialState.DIVERGED
        lengths = {len(curve) for curve in result.curves.values()}
        assert len(lengths) == 1
        assert lengths.pop() < EPOCHS
        assert all(np.isfinite(curve).all() for curve in result.curves.values())

    def test_the_neighbours_in_its_chunk_are_not_disturbed(self, train):
        def candidates(rate):
            return [
                Candidate(number, config(hidden_layers=0, optimizer="sgd", learning_rate=rate if number == 2 else 0.1))
                for number in range(4)
            ]

        calm, disturbed = train(candidates(0.1)), train(candidates(1e38))
        assert disturbed[2, 0].state is TrialState.DIVERGED
        for number in (0, 1, 3):
            assert_same_bits(calm[number, 0], disturbed[number, 0])


def test_it_learns(population):
    accuracies = [t.curves["dev_accuracy"][-1] for t in population.values()]
    assert max(accuracies) > 0.8


def test_metrics_are_those_of_the_network_that_comes_back(network, dataset, population):
    """The dev loss and accuracy again, from the trimmed arrays, in float64."""
    result = population[7, 0]
    cfg = result.candidate.config
    logits, _ = network.apply(result.variables, dataset.dev.x, cfg, train=False, key=np.zeros(2, np.uint32))
    logits = np.asarray(logits, np.float64)
    shifted = logits - logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(logits)), dataset.dev.y]
    assert result.curves["dev_loss"][-1] == pytest.approx(losses.mean(), rel=1e-5)
    assert result.curves["dev_accuracy"][-1] == pytest.approx((logits.argmax(axis=1) == dataset.dev.y).mean())


def test_a_dev_set_of_several_passes_measures_the_same(train, population, monkeypatch):
    monkeypatch.setattr("ikura.train.program.DEV_BATCH", 7)
    result = train(mixed_candidates(8))
    for key, other in result.items():
        for metric in METRICS:
            np.testing.assert_allclose(other.curves[metric], population[key].curves[metric], rtol=1e-5)


def test_closing_the_iterator_stops_the_devices(network, dataset, make_workers):
    task = Task(network, dataset, 0, EPOCHS)
    engine = Engine(task, make_workers(task))
    chunks = engine.train(mixed_candidates(200))
    next(chunks)
    chunks.close()
    rest = engine.train(mixed_candidates(4))
    assert sum(len(chunk) for chunk in rest) == 4


def test_a_network_that_raises_reaches_the_caller(network, dataset):
    class Broken(type(network)):
        def apply(self, *_, **__):
            raise ZeroDivisionError("in the user's network")

    task = Task(Broken(network.features, network.classes), dataset, 0, EPOCHS)
    with pytest.raises(ZeroDivisionError, match="user's network"):
        list(Engine(task, xla_workers(task)).train(mixed_candidates(8)))


class Sometimes:
    """A network that cannot be made, or not be used, for some configurations."""

    def init(self, key, config):
        if config["kind"] == "no init":
            raise ZeroDivisionError("in init")
        return Variables({"w": np.zeros((5, 3), np.float32)})

    def apply(self, variables, inputs, config, *, train, key):
        if config["kind"] == "no apply":
            raise LookupError("in apply")
        return inputs @ variables.params["w"], variables


def test_where_a_network_of_ones_own_raises_that_trial_fails_and_no_other(dataset):
    own = CustomNetwork(Sometimes(), frozenset({"kind"}), frozenset())
    kinds = ("fine", "no init", "fine", "no apply", "no init", "fine")
    found = trained_in_xla(own, dataset, [Candidate(number, config(kind=kind)) for number, kind in enumerate(kinds)])
    for number, kind in enumerate(kinds):
        result = found[number, 0]
        if kind == "fine":
            assert (result.state, result.error) == (TrialState.COMPLETE, None)
        else:
            assert result.state is TrialState.FAILED
            said = {"no init": "ZeroDivisionError: in init", "no apply": "LookupError: in apply"}[kind]
            assert result.error.strip().splitlines()[-1] == said
            assert f"in {kind.removeprefix('no ')}" in result.error
            assert {len(curve) for curve in result.curves.values()} == {0}


class Witness:
    """Learns nothing, and keeps in its state what the training steps gave it."""

    def init(self, key, config):
        zeros = np.zeros((), np.float32)
        return Variables({"w": np.zeros((5, 3), np.float32)}, {"keys": zeros, "squares": zeros, "last": zeros})

    def apply(self, variables, inputs, config, *, train, key):
        state = variables.state
        if train:
            share = key[0].astype(np.float32) / 2.0**32
            state = {"keys": state["keys"] + share, "squares": state["squares"] + share**2, "last": inputs[0, 0]}
        return inputs @ variables.params["w"], Variables(variables.params, state)


def test_steps_have_other_keys_and_replicates_other_mini_batches(dataset):
    own = CustomNetwork(Witness(), frozenset(), frozenset())
    candidates = [Candidate(0, config(), replicate) for replicate in range(3)]
    result = trained_in_xla(own, dataset, candidates)
    states = [result[0, replicate].variables.state for replicate in range(3)]
    steps = EPOCHS * (len(dataset.train.y) // 16)
    for state in states:
        variance = state["squares"] / steps - (state["keys"] / steps) ** 2
        assert variance == pytest.approx(1 / 12, abs=0.06)
    assert len({float(state["keys"]) for state in states}) == 3
    assert states[0]["last"] != states[1]["last"]
    assert states[1]["last"] == states[2]["last"]
