"""Promises 1 and 4: a trial's numbers depend on nothing beside it, and a diverging trial disturbs nobody."""

import dataclasses
import threading
import time

import jax
import numpy as np
import pytest

from ikura.data import prepare
from ikura.errors import SettingError
from ikura.nn import MLP, UserNetwork, Variables
from ikura.records import TrialState
from ikura.train import Engine, Workload, worker
from ikura.train.native import core_workers
from ikura.train.xla import xla_workers
from tests.processes import PATIENCE
from tests.train import running
from tests.train.running import DEFAULTS, bits, finish, part, whole

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
    return MLP(features=dataset.train.x.shape[1], outputs=3, widths=(8, 16))


def config(**dials):
    """A full configuration: the defaults, small, with these dials changed."""
    return DEFAULTS | {"hidden_units": 7, "batch_size": 16, "learning_rate": 0.05} | dials


def mixed_jobs(count):
    """Return jobs of two programs with other dials all over, numbered from 0."""
    return [
        whole(
            number,
            config(
                hidden_layers=number % 2,
                hidden_units=5 + number % 4,
                optimizer=OPTIMIZERS[number % len(OPTIMIZERS)],
                learning_rate=10.0 ** -(1 + number % 3),
                label_smoothing=0.1 * (number % 2),
            ),
            EPOCHS,
        )
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def train(network, dataset, make_workers):
    """Makes a function that trains jobs, in the kernel or in XLA; on some of the workers, if these are named."""

    def trained(jobs, *, on=slice(None), seed=0):
        workload = Workload(network, dataset, seed, EPOCHS)
        return running.train(workload, jobs, make_workers(workload)[on])

    return trained


def train_users(network, dataset, jobs):
    """Train a network of the user's own."""
    return running.train(Workload(network, dataset, 0, EPOCHS), jobs)


def assert_same_bits(one, other):
    """Compare the curves and all arrays of two trained networks, bit by bit."""
    assert bits(one) == bits(other)


@pytest.fixture(scope="module")
def population(train):
    return train(mixed_jobs(300))


class TestPromiseOne:
    @pytest.mark.parametrize("number", [0, 7, 298])
    def test_a_trial_alone_equals_itself_in_a_population_of_300(self, train, population, number):
        alone = train([mixed_jobs(300)[number]])
        assert_same_bits(alone[number, 0], population[number, 0])

    def test_in_a_population_of_3(self, train, population):
        three = [mixed_jobs(300)[number] for number in (7, 9, 11)]
        for key, trained in train(three).items():
            assert_same_bits(trained, population[key])

    def test_in_reversed_order(self, train, population):
        backwards = train(mixed_jobs(300)[::-1])
        for key in population:
            assert_same_bits(backwards[key], population[key])

    def test_on_one_device_and_on_two(self, train, population):
        assert len(jax.devices()) >= 2
        for on in (slice(1), slice(1, 2)):
            only = train(mixed_jobs(40), on=on)
            for key in only:
                assert_same_bits(only[key], population[key])

    def test_whatever_the_length_of_the_slices(self, train, population, monkeypatch):
        monkeypatch.setattr(worker, "SLICE_SECONDS", 0.0)
        one_by_one = train(mixed_jobs(8))
        for key in one_by_one:
            assert_same_bits(one_by_one[key], population[key])

    def test_another_seed_number_or_replicate_gives_another_network(self, train, population):
        first = mixed_jobs(1)[0]
        other_number = train([whole(500, first.config, EPOCHS)])[500, 0]
        other_replicate = train([dataclasses.replace(first, replicate=1)])[0, 1]
        other_seed = train([first], seed=1)[0, 0]
        others = population[0, 0], other_number, other_replicate, other_seed
        assert len({trained.result.curves["dev_loss"].tobytes() for trained in others}) == 4


def test_the_kernel_and_xla_agree(network, dataset):
    """With dropout, too, and although XLA pads these layers to 8 and 16 units."""
    jobs = [
        whole(each.number, each.config | {"hidden_layers": 2, "hidden_units_2": 12, "dropout": 0.3}, EPOCHS)
        for each in mixed_jobs(6)
    ]
    workload = Workload(network, dataset, 0, EPOCHS)
    kernel, xla = (
        running.train(workload, jobs, workers) for workers in (core_workers(workload), xla_workers(workload))
    )
    for key in kernel:
        one, other = kernel[key], xla[key]
        for metric in workload.metrics:
            curves = (trained.result.curves[metric.name] for trained in (one, other))
            np.testing.assert_allclose(*curves, rtol=1e-4, atol=1e-5)
        jax.tree.map(
            lambda one, other: np.testing.assert_allclose(one, other, rtol=2e-3, atol=2e-4),
            one.snapshot.variables,
            other.snapshot.variables,
        )


class TestDivergence:
    def test_a_dev_loss_that_is_not_finite_is_enough(self, network, make_workers):
        """One step of 20 examples: the training loss was measured before it, the dev loss after it."""
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(34, 5)).astype(np.float32), np.arange(34) % 3
        parts = {"train": (x[:20], y[:20]), "dev": (x[20:27], y[20:27]), "test": (x[27:], y[27:])}
        workload = Workload(MLP(5, 3), prepare(parts, seed=0), 0, 1)
        wild = config(hidden_layers=1, batch_norm=False, optimizer="sgd", learning_rate=1e20, batch_size=20)
        result = running.train(workload, [whole(0, wild, 1)], make_workers(workload))[0, 0].result
        assert result.state is TrialState.DIVERGED
        assert {len(curve) for curve in result.curves.values()} == {0}

    def test_it_is_recorded_at_its_epoch(self, train):
        wild = config(hidden_layers=0, optimizer="sgd", learning_rate=1e25, weight_decay=1e-3)
        result = train([whole(0, wild, EPOCHS)])[0, 0].result
        assert result.state is TrialState.DIVERGED
        lengths = {len(curve) for curve in result.curves.values()}
        assert len(lengths) == 1
        assert lengths.pop() < EPOCHS
        assert all(np.isfinite(curve).all() for curve in result.curves.values())

    def test_the_neighbours_in_its_chunk_are_not_disturbed(self, train):
        def jobs(rate):
            dials = {"hidden_layers": 0, "optimizer": "sgd"}
            rates = [rate if number == 2 else 0.1 for number in range(4)]
            return [whole(number, config(**dials, learning_rate=each), EPOCHS) for number, each in enumerate(rates)]

        calm, disturbed = train(jobs(0.1)), train(jobs(1e38))
        assert disturbed[2, 0].result.state is TrialState.DIVERGED
        for number in (0, 1, 3):
            assert_same_bits(calm[number, 0], disturbed[number, 0])


def test_it_learns(population):
    accuracies = [trained.result.curves["dev_accuracy"][-1] for trained in population.values()]
    assert max(accuracies) > 0.8


def test_metrics_are_those_of_the_network_that_comes_back(network, dataset, population):
    """The dev loss and accuracy again, from the trimmed arrays, in float64."""
    result, variables = population[7, 0].result, population[7, 0].snapshot.variables
    logits, _ = network.apply(variables, dataset.dev.x, result.job.config, train=False, key=np.zeros(2, np.uint32))
    logits = np.asarray(logits, np.float64)
    shifted = logits - logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(logits)), dataset.dev.y]
    assert result.curves["dev_loss"][-1] == pytest.approx(losses.mean(), rel=1e-5)
    assert result.curves["dev_accuracy"][-1] == pytest.approx((logits.argmax(axis=1) == dataset.dev.y).mean())


def test_a_dev_set_of_several_passes_measures_the_same(train, population, monkeypatch):
    monkeypatch.setattr("ikura.train.program.DEV_BATCH", 7)
    for key, other in train(mixed_jobs(8)).items():
        for name, curve in other.result.curves.items():
            np.testing.assert_allclose(curve, population[key].result.curves[name], rtol=1e-5)


@pytest.fixture
def engine(network, dataset, make_workers):
    """An engine that is closed."""
    workload = Workload(network, dataset, 0, EPOCHS)
    made = Engine(workload, make_workers(workload))
    yield made
    made.close(done=True)


LONG = 3000
"""Epochs that take `endless` much longer than any of these tests."""


def endless(number):
    return whole(number, config(hidden_layers=3, hidden_units=300), LONG)


class TestJobs:
    def test_closing_stops_the_workers_within_a_slice(self, network, dataset, make_workers, monkeypatch):
        monkeypatch.setattr(worker, "SLICE_SECONDS", 0.0)
        workload = Workload(network, dataset, 0, LONG)
        engine = Engine(workload, make_workers(workload))
        engine.submit([endless(number) for number in range(8)])
        assert engine.collect(0.2) == []
        engine.close(done=False)
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("ikura-worker")]

    def test_new_jobs_are_taken_while_others_are_trained(self, engine, population):
        jobs = mixed_jobs(40)
        engine.submit(jobs[:30])
        found = {trained.result.number: trained.result for trained in engine.collect(60.0)}
        for job in jobs[30:]:
            engine.submit([job])
        while len(found) < 40:
            found |= {trained.result.number: trained.result for trained in engine.collect(0.5)}
        for number, result in found.items():
            assert result.curves["dev_loss"].tobytes() == population[number, 0].result.curves["dev_loss"].tobytes()

    def test_nothing_is_waited_for_where_nothing_is_under_way(self, engine):
        began = time.monotonic()
        assert engine.collect(PATIENCE) == []
        assert time.monotonic() - began < PATIENCE

    def test_it_is_waited_no_longer_than_was_said(self, network, dataset, make_workers):
        workload = Workload(network, dataset, 0, LONG)
        engine = Engine(workload, make_workers(workload)[:1])
        engine.submit([endless(0)])
        began = time.monotonic()
        assert engine.collect(0.0) == []
        assert engine.collect(0.1) == []
        assert 0.1 <= time.monotonic() - began < PATIENCE
        engine.close(done=True)

    def test_cancelled_trials_give_nothing_and_their_neighbours_all(self, engine, population):
        engine.submit(mixed_jobs(40))
        engine.cancel(range(0, 40, 3))
        kept, found = {number for number in range(40) if number % 3}, {}
        while found.keys() < kept:
            found |= {trained.result.number: trained.result for trained in engine.collect(0.5)}
        assert found.keys() == kept
        for number, result in found.items():
            assert result.curves["dev_loss"].tobytes() == population[number, 0].result.curves["dev_loss"].tobytes()
        assert engine.collect(0.0) == []

    def test_training_that_is_cancelled_ends_soon_and_can_be_asked_for_again(self, network, dataset, make_workers):
        workload = Workload(network, dataset, 0, LONG)
        engine = Engine(workload, make_workers(workload)[:1])
        job = endless(0)
        engine.submit([job])
        assert engine.collect(0.5) == []
        engine.cancel([0])
        again = finish(engine, [part(job, 0, 2)])
        assert len(again[0, 0].result.curves["dev_loss"]) == 2
        engine.close(done=True)

    def test_no_network_is_copied_that_nobody_asked_for(self, engine, monkeypatch):
        for kind in {type(each) for each in engine.workers}:
            monkeypatch.delattr(kind, "pack")
        assert all(trained.snapshot is None for trained in finish(engine, mixed_jobs(8)).values())


def test_a_network_that_raises_reaches_the_caller(network, dataset):
    class Broken(type(network)):
        def apply(self, *_, **__):
            raise ZeroDivisionError("in the user's network")

    workload = Workload(Broken(network.features, network.outputs), dataset, 0, EPOCHS)
    with pytest.raises(ZeroDivisionError, match="user's network"):
        running.train(workload, mixed_jobs(8), xla_workers(workload))


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


def test_where_a_users_network_raises_that_trial_fails_and_no_other(dataset):
    user_network = UserNetwork(Sometimes(), frozenset({"kind"}), frozenset())
    kinds = ("fine", "no init", "fine", "no apply", "no init", "fine")
    jobs = [whole(number, config(kind=kind), EPOCHS) for number, kind in enumerate(kinds)]
    found = train_users(user_network, dataset, jobs)
    for number, kind in enumerate(kinds):
        result = found[number, 0].result
        if kind == "fine":
            assert (result.state, result.error) == (TrialState.COMPLETE, None)
        else:
            assert result.state is TrialState.FAILED
            said = {"no init": "ZeroDivisionError: in init", "no apply": "LookupError: in apply"}[kind]
            assert result.error.strip().splitlines()[-1] == said
            assert f"in {kind.removeprefix('no ')}" in result.error
            assert {len(curve) for curve in result.curves.values()} == {0}


def test_a_users_network_that_ends_the_program_is_one_line(dataset):
    class Ends(Sometimes):
        def apply(self, variables, inputs, config, *, train, key):
            raise SystemExit(3)

    with pytest.raises(SettingError, match=r"network: it ended the program with SystemExit\(3\)"):
        train_users(UserNetwork(Ends(), frozenset(), frozenset()), dataset, [whole(0, config(kind="fine"), EPOCHS)])


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
    user_network = UserNetwork(Witness(), frozenset(), frozenset())
    found = train_users(user_network, dataset, [whole(0, config(), EPOCHS, replicate) for replicate in range(3)])
    states = [found[0, replicate].snapshot.variables.state for replicate in range(3)]
    steps = EPOCHS * (len(dataset.train.y) // 16)
    for state in states:
        variance = state["squares"] / steps - (state["keys"] / steps) ** 2
        assert variance == pytest.approx(1 / 12, abs=0.06)
    assert len({float(state["keys"]) for state in states}) == 3
    assert len({float(state["last"]) for state in states}) == 3
