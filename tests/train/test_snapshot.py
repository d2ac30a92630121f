"""Snapshots: what is packed comes back to the bit, goes on in another engine, and pieces make the same whole."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ikura.data import prepare
from ikura.nn import MLP, Variables
from ikura.optim import OPTIMIZERS, initial_slots
from ikura.records import Job, Leg, TrialState
from ikura.train import Engine, Position, Snapshot, Workload, worker
from ikura.train.native import CoreWorker
from ikura.train.snapshot import START, way
from ikura.train.snapshot_files import from_bytes, header, to_bytes
from ikura.train.xla import xla_workers
from tests.train.running import DEFAULTS, bits, finish, part, snapshot_bits, train, whole

HORIZON = 6
STYLES = {
    "batch norm": {"batch_norm": True, "dropout": 0.0},
    "bias": {"batch_norm": False, "dropout": 0.0},
    "dropout": {"batch_norm": True, "dropout": 0.3},
    "bias, dropout, sigmoid": {"batch_norm": False, "dropout": 0.3, "activation": "sigmoid"},
    "softmax regression": {"hidden_layers": 0},
}


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(0)
    y = np.arange(150) % 3
    return prepare(((rng.normal(size=(150, 5)) + y[:, None]).astype(np.float32), y), seed=0)


@pytest.fixture(scope="module")
def workload(dataset):
    """XLA pads its hidden layers to 8 or 16 units."""
    return Workload(MLP(5, 3, (8, 16)), dataset, 0, HORIZON)


def config(**dials):
    small = {"hidden_layers": 2, "hidden_units": 7, "hidden_units_2": 11, "batch_size": 16, "learning_rate": 0.01}
    return DEFAULTS | small | {"decay": "cosine", "warmup": 1.5, "weight_decay": 0.01} | dials


def core(workload):
    return CoreWorker(workload)


def device(workload):
    return xla_workers(workload)[0]


def advance(work, job, snapshot, until=None):
    """Train one job from a snapshot to its stop; or for one slice, however long, if that comes to a position before."""
    population = work.begin([job]) if snapshot is None else work.unpack([job], [snapshot])
    position = START if snapshot is None else snapshot.position
    reached = []

    def stopped(here):
        reached.append((here.population, here.position))
        return until is not None and here.position >= until

    done = work.train([job], population, position, stopped)
    population, position = (done, Position(job.stop)) if done is not None else reached[-1]
    return work.pack([job], population, position)[0]


MAKERS = {"kernel": core, "xla": device}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_what_is_packed_comes_back_to_the_bit(workload, make, style):
    work, job = make(workload), whole(3, config(**style), HORIZON)
    snapshot = advance(work, part(job, 0, 3), None)
    again = work.pack([job], work.unpack([job], [snapshot]), snapshot.position)[0]
    assert snapshot_bits(again) == snapshot_bits(snapshot)
    shapes = jax.tree.map(np.shape, workload.network.init(np.zeros(2, np.uint32), job.config))
    assert jax.tree.map(np.shape, snapshot.variables) == shapes
    assert [jax.tree.map(np.shape, slot) for slot in snapshot.slots] == [shapes.params] * 2
    assert snapshot.curves.shape == (3, 3)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_it_owns_its_arrays(workload, make):
    work, job = make(workload), whole(3, config(), HORIZON)
    population = work.begin([job])
    snapshot = work.pack([job], population, Position(0, 1))[0]
    before = snapshot_bits(snapshot)
    work.train([job], population, START, lambda _: False)
    assert snapshot_bits(snapshot) == before
    assert all(leaf.base is None or leaf.base.nbytes == leaf.nbytes for leaf in snapshot.leaves)


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_pieces_have_the_bits_of_the_whole_in_the_kernel(workload, optimizer, style, monkeypatch):
    """Of an epoch, too: a slice is a step here."""
    monkeypatch.setattr(worker, "SLICE_SECONDS", 0.0)
    job = whole(0, config(optimizer=optimizer, **style), HORIZON)
    straight = advance(core(workload), job, None)
    snapshot = None
    for stop, until in ((2, None), (4, (2, 3)), (4, None), (HORIZON, (5, 1)), (HORIZON, None)):
        snapshot = advance(core(workload), part(job, 0, stop), snapshot, until)
        assert snapshot.position == (Position(*until) if until else Position(stop))
        assert (snapshot.loss > 0) == (until is not None)
    assert snapshot_bits(snapshot) == snapshot_bits(straight)


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_pieces_have_the_bits_of_the_whole_in_xla(workload, style):
    for optimizer in ("adam", "nesterov"):
        work, job = device(workload), whole(0, config(optimizer=optimizer, **style), HORIZON)
        straight = advance(work, job, None)
        snapshot = None
        for stop in (1, 4, HORIZON):
            snapshot = advance(work, part(job, 0, stop), snapshot)
        assert snapshot_bits(snapshot) == snapshot_bits(straight)


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_one_engine_goes_on_where_the_other_was(workload, style):
    """Within single precision."""
    other = device(workload)
    for optimizer in OPTIMIZERS:
        job = whole(0, config(optimizer=optimizer, **style), HORIZON)
        straight = [advance(work, job, None) for work in (core(workload), other)]
        for first, second in ((core(workload), other), (other, core(workload))):
            middle = advance(first, part(job, 0, 3), None)
            snapshot = advance(second, job, middle)
            for expected in straight:
                np.testing.assert_allclose(snapshot.curves, expected.curves, rtol=2e-4, atol=2e-5)
                close = lambda one, two: np.testing.assert_allclose(one, two, rtol=2e-3, atol=2e-4)  # noqa: E731
                jax.tree.map(close, snapshot.variables, expected.variables)
                jax.tree.map(close, snapshot.slots.first, expected.slots.first)
                if optimizer in ("rmsprop", "adam", "adamw"):  # the kernel has no second slot for the others
                    jax.tree.map(close, snapshot.slots.second, expected.slots.second)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_in_a_file_it_is_the_same(workload, make, monkeypatch):
    monkeypatch.setattr(worker, "SLICE_SECONDS", 0.0)
    job = whole(0, config(), HORIZON)
    until = (1, 2) if make is core else (2, 0)
    snapshot = advance(make(workload), job, None, until)
    record = to_bytes(snapshot, {"study": "a"})
    assert (header(record).position, header(record).about) == (snapshot.position, {"study": "a"})
    blank = workload.network.init(np.uint32([7, 7]), job.config)
    assert snapshot_bits(from_bytes(record, blank)) == snapshot_bits(snapshot)
    assert from_bytes(record, workload.network.init(np.zeros(2, np.uint32), config(hidden_units=8))) is None


def test_any_type_of_numbers_comes_back_from_a_file():
    state = {
        "half": np.arange(3).astype(jnp.bfloat16),
        "count": np.int32(3),
        "flag": np.array([True, False]),
        "empty": np.zeros((0, 2), np.float32),
        "plain": 0.5,
    }
    variables = Variables({"w": np.ones((2, 3), np.float32)}, state)
    made = variables._replace(state=state | {"plain": np.float32(0.5)})  # as a program has it
    snapshot = Snapshot(Position(2, 1), made, initial_slots(made.params), float("nan"), np.zeros((3, 2), np.float32))
    back = from_bytes(to_bytes(snapshot, {}), variables)
    assert snapshot_bits(back) == snapshot_bits(snapshot)


def mixed(count):
    """Jobs of several programs and all optimizers."""
    styles = list(STYLES.values())
    return [
        whole(number, config(optimizer=OPTIMIZERS[number % 6], **styles[number % len(styles)]), HORIZON)
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def straight(workload, make_workers):
    return {key: bits(trained) for key, trained in train(workload, mixed(10), make_workers(workload)).items()}


class TestInPieces:
    """A trial in pieces has the bits of one that is trained at once: in the kernel and in XLA, whoever is beside it."""

    @pytest.mark.parametrize("count", [1, 10])
    @pytest.mark.parametrize("workers", [1, 2])
    def test_paused_and_gone_on(self, workload, make_workers, straight, count, workers):
        engine = Engine(workload, make_workers(workload)[:workers], keep_networks=True)
        jobs, curves = mixed(count), {}
        for start, stop in ((0, 1), (1, 3), (3, HORIZON)):
            found = finish(engine, [part(job, start, stop) for job in jobs])
            for key, trained in found.items():
                state = TrialState.COMPLETE if stop == HORIZON else TrialState.PAUSED
                assert (trained.result.state, trained.result.epochs) == (state, stop - start)
                for name, curve in trained.result.curves.items():
                    curves[key, name] = curves.get((key, name), b"") + curve.tobytes()
        for key, trained in found.items():
            state, whole_curves, arrays = straight[key]
            assert state is trained.result.state
            assert snapshot_bits(trained.snapshot) == arrays
            assert [(name, curves[key, name]) for name, _ in whole_curves] == whole_curves
        engine.close(done=True)

    def test_a_way_that_nobody_kept_is_trained_again(self, workload, make_workers, straight):
        jobs = [part(job, 4, HORIZON) for job in mixed(3)]
        for key, trained in train(workload, jobs, make_workers(workload)).items():
            assert trained.result.epochs == HORIZON - 4
            assert snapshot_bits(trained.snapshot) == straight[key][2]

    def test_replicates_go_on_from_their_own(self, workload, make_workers):
        job = mixed(1)[0]
        replicates = [Job(0, job.legs, 0, replicate) for replicate in range(3)]
        engine = Engine(workload, make_workers(workload), keep_networks=True)
        finish(engine, [part(each, 0, 2) for each in replicates])
        found = finish(engine, [part(each, 2, HORIZON) for each in replicates])
        engine.close(done=True)
        expected = train(workload, replicates, make_workers(workload))
        for key, trained in found.items():
            assert snapshot_bits(trained.snapshot) == snapshot_bits(expected[key].snapshot)
        assert len({trained.snapshot.curves.tobytes() for trained in found.values()}) == 3


class TestCopies:
    """A job's legs may be other trials'."""

    def legs(self):
        return (
            Leg(0, config(optimizer="adam"), 0, 2),
            Leg(4, config(optimizer="adam", learning_rate=0.03, dropout=0.2, label_smoothing=0.1), 2, 4),
            Leg(4, config(optimizer="adam", learning_rate=0.001, dropout=0.2, clip_norm=0.5), 4, HORIZON),
        )

    def test_a_copy_goes_on_as_if_it_had_been_trained_so_from_the_first_epoch(self, workload, make_workers):
        legs = self.legs()
        copy = Job(4, legs, 2)
        source = whole(0, legs[0].config, HORIZON)
        engine = Engine(workload, make_workers(workload), keep_networks=True)
        first = finish(engine, [part(source, 0, 2), part(whole(4, legs[1].config, HORIZON), 0, 2)])
        finish(engine, [part(source, 2, 4), part(copy, 2, 4)])
        found = finish(engine, [part(copy, 4, HORIZON)])[4, 0]
        engine.close(done=True)
        again = train(workload, [copy], make_workers(workload))[4, 0]
        assert snapshot_bits(found.snapshot) == snapshot_bits(again.snapshot)
        start = first[0, 0].result.curves["dev_loss"]
        assert again.snapshot.curves[1, :2].tobytes() == start.tobytes()
        assert again.result.epochs == HORIZON - 2

    def test_every_leg_has_its_own_configuration_and_draws(self, workload, make_workers):
        legs = self.legs()
        plain = Job(4, (Leg(0, legs[0].config, 0, HORIZON),), 0)
        own_draws = Job(4, (legs[0], Leg(4, legs[0].config, 2, HORIZON)), 0)
        dropout = legs[0].config | {"dropout": 0.3}
        jobs = {
            "plain": plain,
            "config": Job(4, (legs[0], Leg(0, legs[1].config, 2, HORIZON)), 0),
            "draws": Job(4, (legs[0], Leg(4, dropout, 2, HORIZON)), 0),
            "other draws": Job(4, (legs[0], Leg(5, dropout, 2, HORIZON)), 0),
        }
        curves = {
            name: train(workload, [job], make_workers(workload))[4, 0].snapshot.curves for name, job in jobs.items()
        }
        assert len({curve[:, :2].tobytes() for curve in curves.values()}) == 1
        assert len({curve.tobytes() for curve in curves.values()}) == 4
        # Without dropout nothing is drawn after the initial weights.
        same = train(workload, [own_draws], make_workers(workload))[4, 0].snapshot.curves
        assert same.tobytes() == curves["plain"].tobytes()

    def test_a_configuration_that_comes_later_is_not_the_one_before(self, workload):
        """The learning rate's schedule refers to the horizon and to epoch 0 in every leg."""
        legs = (Leg(0, config(), 0, 3), Leg(0, config(), 3, HORIZON))
        split, straight = (advance(core(workload), job, None) for job in (Job(0, legs, 0), whole(0, config(), HORIZON)))
        assert snapshot_bits(split) == snapshot_bits(straight)


class TestWays:
    ONE = config(learning_rate=0.01)
    OTHER = config(learning_rate=0.02)

    def test_they_do_not_depend_on_how_far_they_lead(self):
        legs = (Leg(0, self.ONE, 0, 3), Leg(1, self.OTHER, 3, 9))
        assert way(legs, 0, Position(4)) == way(legs, 0, Position(9)) == way(legs, 0, Position(3, 1))
        assert way(legs, 0, Position(3)) == way(legs[:1], 0, Position(1)) == way(legs, 0, Position(2, 4))
        assert way(legs, 0, Position(3)) != way(legs, 0, Position(3, 1))

    def test_they_depend_on_all_else(self):
        first = Leg(0, self.ONE, 0, 3)
        ways = [
            way((first, Leg(1, self.OTHER, 3, 9)), 0, Position(9)),
            way((first, Leg(1, self.OTHER, 3, 9)), 1, Position(9)),
            way((first, Leg(2, self.OTHER, 3, 9)), 0, Position(9)),
            way((first, Leg(1, self.ONE, 3, 9)), 0, Position(9)),
            way((Leg(0, self.ONE, 0, 4), Leg(1, self.OTHER, 4, 9)), 0, Position(9)),
            way((Leg(3, self.ONE, 0, 3), Leg(1, self.OTHER, 3, 9)), 0, Position(9)),
            way((Leg(0, self.OTHER, 0, 3), Leg(1, self.OTHER, 3, 9)), 0, Position(9)),
        ]
        assert len(set(ways)) == len(ways)
