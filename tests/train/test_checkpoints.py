"""Training that is stopped and goes on: the same bits, from where it was, and what is kept for it."""

import hashlib
import shutil
import stat

import numpy as np
import pytest

from ikura.data import prepare
from ikura.evaluators.defaults import full_config
from ikura.nn import MLP, UserNetwork, Variables
from ikura.records import Job, Leg
from ikura.train import Engine, Position, Snapshots, Workload, worker
from ikura.train.checkpoints import CheckpointWriter
from ikura.train.native import CoreWorker
from ikura.train.snapshot_files import SUFFIX
from ikura.train.worker import Slice
from ikura.train.xla import XlaWorker, xla_workers
from tests.train.running import DIALS, bits, finish, part, whole

EPOCHS = 12
STEPS = 6
"""Of an epoch."""


@pytest.fixture(scope="module")
def dataset():
    return prepare("wine")


def jobs_of(dataset, count=6, **others):
    return [
        whole(
            number, full_config({"dropout": 0.2, "optimizer": optimizer} | others, DIALS, len(dataset.train.y)), EPOCHS
        )
        for number, optimizer in zip(range(count), ("adam", "momentum", "rmsprop") * count, strict=False)
    ]


@pytest.fixture
def make(dataset, make_workers, monkeypatch):
    """Makes an engine of one worker that writes after every slice, and closes it in the end."""
    monkeypatch.setattr(worker, "SLICE_SECONDS", 0.0)
    made = []

    def engine(folder=None, study="a", seconds=0.0, memory=1e9):
        workload = Workload(MLP(13, 3, (64,)), dataset, 0, EPOCHS)
        snapshots = Snapshots(seconds=seconds, memory=memory)
        if folder is not None:
            snapshots.keep(folder, study)
        made.append(Engine(workload, make_workers(workload)[:1], snapshots=snapshots, keep_networks=True))
        return made[-1]

    yield engine
    for each in made:
        each.close(done=False)


def results(trained):
    return {key: bits(each) for key, each in trained.items()}


@pytest.fixture(scope="module")
def uninterrupted(dataset, make_workers):
    """What becomes of the jobs if nobody disturbs them."""
    workload = Workload(MLP(13, 3, (64,)), dataset, 0, EPOCHS)
    engine = Engine(workload, make_workers(workload), keep_networks=True)
    found = results(finish(engine, jobs_of(dataset)))
    engine.close(done=True)
    return found


@pytest.fixture
def begun(monkeypatch):
    """The positions from which chunks were trained, those of the first part of a test left out."""
    positions = []
    for kind in (CoreWorker, XlaWorker):

        def noted(self, jobs, population, position, stopped, train=kind.train):
            positions.append(position)
            return train(self, jobs, population, position, stopped)

        monkeypatch.setattr(kind, "train", noted)
    return positions


def after(engine, slices):
    """Return where trials are after so many slices without seconds: of a step in the kernel, of an epoch in XLA."""
    return Position(slices) if engine.workers[0].whole_epochs else Position(*divmod(slices, STEPS))


class Killed(Exception):  # noqa: N818 - a signal, not an error
    pass


def stop_after(engine, jobs, writes):
    """Train until so many checkpoints were written, and stop as a killed process would: at once."""
    write, left = engine.snapshots.write, [writes]

    def written(pairs):
        write(pairs)
        left[0] -= 1
        if not left[0]:
            raise Killed

    engine.snapshots.write = written
    with pytest.raises(Killed):
        finish(engine, jobs)


def test_it_goes_on_where_it_was_to_the_same_bits(make, dataset, tmp_path, begun, uninterrupted):
    stop_after(make(tmp_path), jobs_of(dataset), 7)
    begun.clear()
    engine = make(tmp_path)
    assert results(finish(engine, jobs_of(dataset))) == uninterrupted
    assert sorted(begun) == [Position(0)] * (len(begun) - 1) + [after(engine, 7)]


def test_trials_go_on_in_other_company(make, dataset, tmp_path, uninterrupted):
    stop_after(make(tmp_path), jobs_of(dataset), 5)
    engine, backwards = make(tmp_path), jobs_of(dataset)[::-1]
    assert results(finish(engine, backwards[:3]) | finish(engine, backwards[3:])) == uninterrupted


def files(folder):
    return sorted(folder.glob(f"*{SUFFIX}"))


def damage(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def test_where_the_last_file_is_damaged_the_one_before_is_used_and_said_so(
    make, dataset, tmp_path, begun, uninterrupted
):
    stop_after(make(tmp_path), jobs_of(dataset, 1), 7)
    last = files(tmp_path)[-1]
    damage(last)
    begun.clear()
    engine = make(tmp_path)
    assert engine.snapshots.damaged == [last.name]
    assert results(finish(engine, jobs_of(dataset, 1)))[0, 0] == uninterrupted[0, 0]
    assert begun == [after(engine, 6)]


def test_one_damaged_snapshot_harms_no_other_of_its_file(dataset, tmp_path, make):
    jobs = jobs_of(dataset)
    first = make(tmp_path, seconds=1000.0)
    finish(first, [part(job, 0, 3) for job in jobs])
    first.close(done=False)
    (file,) = files(tmp_path)
    damage(file)
    engine = make(tmp_path, seconds=1000.0)
    sources = [engine.snapshots.find(job, whole_epochs=True) for job in jobs]
    assert engine.snapshots.damaged == [file.name]
    assert sources.count(None) == 1


def test_those_of_another_study_are_not_used(make, dataset, tmp_path, begun):
    stop_after(make(tmp_path), jobs_of(dataset), 7)
    begun.clear()
    engine = make(tmp_path, study="b")
    assert engine.snapshots.damaged == []
    finish(engine, jobs_of(dataset))
    assert set(begun) == {Position(0)}


def test_the_studys_own_words_are_not_in_the_file(make, dataset, tmp_path):
    stop_after(make(tmp_path, study="postgresql://me:secret@host"), jobs_of(dataset), 1)
    assert b"secret" not in files(tmp_path)[0].read_bytes()


def test_what_is_done_leaves_nothing(make, dataset, tmp_path):
    engine = make(tmp_path / "study")
    finish(engine, jobs_of(dataset))
    assert list((tmp_path / "study").iterdir()) == []
    engine.close(done=True)
    assert not (tmp_path / "study").exists()


def test_nobody_else_can_read_them(make, dataset, tmp_path):
    stop_after(make(tmp_path / "study"), jobs_of(dataset), 1)
    assert stat.S_IMODE((tmp_path / "study").stat().st_mode) == 0o700


def test_two_files_of_a_trial_are_kept_at_most(make, dataset, tmp_path):
    stop_after(make(tmp_path), jobs_of(dataset, 1), 7)
    assert [file.stem for file in files(tmp_path)] == ["00000005", "00000006"]


def test_none_is_written_before_its_time(make, dataset, tmp_path):
    engine = make(tmp_path, seconds=1000.0)
    finish(engine, [part(job, 0, 3) for job in jobs_of(dataset)])
    assert list(tmp_path.iterdir()) == []


def test_where_none_can_be_written_training_goes_on_and_says_so(make, dataset, tmp_path, uninterrupted):
    (tmp_path / "file").write_text("")
    engine = make(tmp_path / "file" / "folder", memory=0.0)
    finish(engine, [part(job, 0, 3) for job in jobs_of(dataset)])
    assert results(finish(engine, jobs_of(dataset))) == uninterrupted
    assert "Not a directory" in engine.snapshots.failure
    engine.close(done=True)


def test_networks_of_another_shape_are_not_taken_for_a_trials_own(dataset, tmp_path, begun):
    """As a user's network may have become since."""

    def engine(shape):
        class Shaped:
            def init(self, key, config):
                return Variables({"w": np.full(shape, 0.1, np.float32)})

            def apply(self, variables, inputs, config, *, train, key):
                return inputs @ variables.params["w"][:13], variables

        workload = Workload(UserNetwork(Shaped(), frozenset(), frozenset()), dataset, 0, EPOCHS)
        snapshots = Snapshots()
        snapshots.keep(tmp_path, "a")
        return Engine(workload, xla_workers(workload)[:1], snapshots=snapshots)

    job = jobs_of(dataset, 1)[0]
    for shape, expected in (((13, 3), 3), ((14, 3), 0)):
        first = engine((13, 3))
        finish(first, [part(job, 0, 3)])
        first.close(done=False)
        begun.clear()
        second = engine(shape)
        assert len(finish(second, [part(job, 3, 6)])[0, 0].result.curves["dev_loss"]) == 3
        assert begun == [Position(expected)]
        second.close(done=True)


def test_files_of_other_programs_are_not_taken_for_checkpoints(make, dataset, tmp_path, begun):
    stop_after(make(tmp_path), jobs_of(dataset), 7)
    strange = {"100": b"", "101": b"odd", "102": _record(b"{}"), "103": _record(b"\x02" + bytes(7) + b"[]")}
    for name, content in (strange | {"foo": b""}).items():
        (tmp_path / f"{name}{SUFFIX}").write_bytes(content)
    begun.clear()
    engine = make(tmp_path, seconds=1000.0)
    finish(engine, jobs_of(dataset))
    assert set(begun) != {Position(0)}
    assert set(engine.snapshots.damaged) == {f"{name}{SUFFIX}" for name in strange}


def _record(content):
    return hashlib.sha256(content).digest() + len(content).to_bytes(8, "little") + content


class TestUrgency:
    def test_a_large_one_is_not_written_because_the_process_ends(self, dataset, tmp_path, monkeypatch):
        core = CoreWorker(Workload(MLP(13, 3), dataset, 0, EPOCHS))
        jobs = jobs_of(dataset, 1)
        here = Slice(Position(0, 1), False, core.begin(jobs), 1.0)

        def stop_urgently(folder):
            snapshots = Snapshots(seconds=1000.0)
            snapshots.keep(folder, "a")
            pack = lambda here: [(jobs[0], core.pack(jobs, here.population, here.position)[0])]  # noqa: E731
            CheckpointWriter(snapshots, pack).after(here, urgent=True)
            return len(files(folder))

        assert stop_urgently(tmp_path / "small") == 1
        monkeypatch.setattr("ikura.train.checkpoints.LARGEST_URGENT", 1000)
        assert stop_urgently(tmp_path / "large") == 0

    def test_nor_more_paused_ones_than_that(self, dataset, tmp_path, make, monkeypatch):
        jobs = jobs_of(dataset, 3)
        engine = make(tmp_path, seconds=1000.0)
        found = finish(engine, [part(job, 0, 3) for job in jobs])
        size = found[0, 0].snapshot.nbytes
        monkeypatch.setattr("ikura.train.checkpoints.LARGEST_URGENT", 2.5 * size)
        engine.close(done=False)
        again = make(tmp_path, seconds=1000.0)
        sources = [again.snapshots.find(job, whole_epochs=True) for job in jobs]
        assert sources.count(None) == 1


class TestPaused:
    def test_they_are_written_when_it_is_time_together(self, dataset, tmp_path, make):
        engine = make(tmp_path)
        finish(engine, [part(job, 0, 3) for job in jobs_of(dataset)])
        engine.snapshots.write_due()
        again = make(tmp_path, seconds=1000.0)
        found = [again.snapshots.find(job, whole_epochs=True) for job in jobs_of(dataset)]
        assert [kept.position for kept in found] == [Position(3)] * 6

    def test_a_process_that_ends_goes_on_with_them(self, dataset, tmp_path, make, begun, uninterrupted):
        jobs = jobs_of(dataset)
        first = make(tmp_path, seconds=1000.0)
        finish(first, [part(job, 0, 4) for job in jobs])
        first.close(done=False)
        begun.clear()
        second = make(tmp_path, seconds=1000.0)
        assert results(finish(second, jobs)) == uninterrupted
        assert set(begun) == {Position(4)}

    def test_what_is_superseded_is_removed(self, dataset, tmp_path, make):
        engine, (job,) = make(tmp_path), jobs_of(dataset, 1)
        for stop in range(1, EPOCHS):
            finish(engine, [part(job, stop - 1, stop)])
            engine.snapshots.write_due()
            assert 1 <= len(files(tmp_path)) <= 2
        finish(engine, [part(job, EPOCHS - 1, EPOCHS)])
        assert files(tmp_path) == []

    def test_what_is_cancelled_is_removed(self, dataset, tmp_path, make):
        engine, jobs = make(tmp_path), jobs_of(dataset)
        finish(engine, [part(job, 0, 3) for job in jobs])
        engine.snapshots.write_due()
        engine.cancel(range(5))
        assert files(tmp_path)
        engine.cancel([5])
        assert files(tmp_path) == []

    @pytest.mark.parametrize("memory", [0.0, 60_000.0])
    def test_above_the_limit_they_leave_memory_and_come_back(
        self, dataset, tmp_path, make, begun, uninterrupted, memory
    ):
        engine, jobs = make(tmp_path, seconds=1000.0, memory=memory), jobs_of(dataset)
        for start, stop in ((0, 3), (3, 7)):
            finish(engine, [part(job, start, stop) for job in jobs])
            sources = [engine.snapshots.find(job, whole_epochs=True) for job in jobs]
            assert sum(source.snapshot.nbytes for source in sources if source.snapshot is not None) <= memory
            for source in sources:
                engine.snapshots.release(source)
        assert results(finish(engine, [part(job, 7, EPOCHS) for job in jobs])) == {
            key: (state, [(name, curve[28:]) for name, curve in curves], arrays)
            for key, (state, curves, arrays) in uninterrupted.items()
        }
        assert {position.epoch for position in begun} == {0, 3, 7}

    def test_without_a_folder_they_stay_in_memory(self, dataset, make, begun):
        engine, jobs = make(memory=0.0), jobs_of(dataset)
        finish(engine, [part(job, 0, 3) for job in jobs])
        finish(engine, [part(job, 3, 6) for job in jobs])
        assert {position.epoch for position in begun} == {0, 3}

    @pytest.mark.parametrize("how", ["lost", "damaged"])
    def test_one_that_is_lost_is_trained_again_to_the_same_bits(
        self, dataset, tmp_path, make, begun, uninterrupted, how
    ):
        engine, jobs = make(tmp_path / "study", seconds=1000.0, memory=0.0), jobs_of(dataset)
        finish(engine, [part(job, 0, 5) for job in jobs])
        if how == "lost":
            shutil.rmtree(tmp_path / "study")
        else:
            for file in files(tmp_path / "study"):
                damage(file)
        begun.clear()
        found = results(finish(engine, [part(job, 5, EPOCHS) for job in jobs]))
        for key, (state, curves, arrays) in uninterrupted.items():
            assert found[key] == (state, [(name, curve[20:]) for name, curve in curves], arrays)
        assert Position(0) in begun
        assert engine.snapshots.damaged

    @pytest.mark.parametrize("lost", [(0,), (1,), (0, 1)])
    def test_of_a_chunk_only_those_that_are_lost_begin_again_each_on_its_own_way(self, dataset, tmp_path, make, lost):
        """From where they stand the jobs go one way; from the first epoch on, their legs differ."""
        config, changed = (jobs_of(dataset, 1)[0].config | {"learning_rate": rate} for rate in (0.01, 0.1))
        jobs = [
            Job(number, (Leg(number, config, 0, edit), Leg(number, changed, edit, EPOCHS)), 0)
            for number, edit in enumerate((2, 4))
        ]
        expected = {}
        for job in jobs:
            expected |= results(finish(make(), [job]))
        engine = make(tmp_path / "study", seconds=1000.0, memory=0.0)
        for job in jobs:
            finish(engine, [part(job, 0, 6)])
        kept = files(tmp_path / "study")
        for number in lost:
            kept[number].unlink()
        found = results(finish(engine, [part(job, 6, EPOCHS) for job in jobs]))
        for key, (state, curves, arrays) in expected.items():
            assert found[key] == (state, [(name, curve[24:]) for name, curve in curves], arrays)


class TestCopies:
    def jobs(self, dataset):
        """A trial that goes on, and another that goes on from it with a configuration of its own."""
        source = jobs_of(dataset, 1)[0]
        config = source.config | {"learning_rate": 0.02, "dropout": 0.4}
        return source, Job(7, (Leg(0, source.config, 0, 5), Leg(7, config, 5, EPOCHS)), 5)

    @pytest.mark.parametrize("memory", [0.0, 1e9])
    def test_a_copy_is_taken_from_the_trial_as_it_was(self, dataset, tmp_path, make, begun, memory):
        source, copy = self.jobs(dataset)
        alone = make()
        expected = results(finish(alone, [copy]))[7, 0]
        begun.clear()
        engine = make(tmp_path, seconds=1000.0, memory=memory)
        finish(engine, [part(source, 0, 5)])
        # The source goes on first, to its end, and leaves nothing of what it was.
        engine.submit([part(source, 5, EPOCHS)])
        found = finish(engine, [copy], others=1)
        assert results(found)[7, 0] == expected
        assert [position.epoch for position in begun] == [0, 5, 5]
        assert files(tmp_path) == []

    def test_one_that_waits_for_it_can_still_have_it_after_a_stop(self, dataset, tmp_path, make, begun):
        source, copy = self.jobs(dataset)
        engine = make(tmp_path, seconds=1000.0)
        finish(engine, [part(source, 0, 5)])
        held = engine.snapshots.find(copy, whole_epochs=True)
        finish(engine, [part(source, 5, 9)])
        assert engine.snapshots.find(copy, whole_epochs=True) is None
        assert held.snapshot is not None
        engine.close(done=False)
        begun.clear()
        finish(make(tmp_path, seconds=1000.0), [copy])
        assert [position.epoch for position in begun] == [5]
