"""Training that is stopped and goes on: the same bits, from where it was."""

import hashlib
from contextlib import closing
from itertools import chain

import jax
import numpy as np
import pytest

from ikura.data import prepare
from ikura.evaluators.dials import MLP_DIALS, TRAINING_DIALS, full_config
from ikura.nn import MLP
from ikura.train import Candidate, Checkpoints, Engine, Task, worker
from ikura.train.checkpoints import SUFFIX
from ikura.train.native import CoreWorker
from ikura.train.worker import Lap
from ikura.train.xla import XlaWorker

EPOCHS = 12


@pytest.fixture(scope="module")
def dataset():
    return prepare("wine")


def candidates(dataset, count=6, **others):
    dials = TRAINING_DIALS | MLP_DIALS
    return [
        Candidate(number, full_config({"dropout": 0.2, "optimizer": optimizer} | others, dials, len(dataset.train.y)))
        for number, optimizer in zip(range(count), ("adam", "momentum", "rmsprop") * count, strict=False)
    ]


@pytest.fixture
def engine(dataset, make_workers, monkeypatch):
    """Makes an engine of one worker that checkpoints after every lap; it gives the checkpoints as well."""
    monkeypatch.setattr(worker, "LAP", 0.0)

    def make(folder, study="a", seconds=0.0):
        task = Task(MLP(13, 3, (64,)), dataset, 0, EPOCHS)
        made, checkpoints = Engine(task, make_workers(task)[:1]), Checkpoints(folder, study, seconds)
        made.use(checkpoints)
        return made, checkpoints

    return make


def bits(networks):
    ordered = sorted(networks, key=lambda network: network.candidate.number)
    return [
        np.asarray(leaf).tobytes()
        for network in ordered
        for leaf in jax.tree.leaves([network.variables, network.curves])
    ]


@pytest.fixture
def begun(engine, monkeypatch):
    """The positions from which candidates were trained, those of the first part of a test left out."""
    positions = []
    for kind in (CoreWorker, XlaWorker):

        def noted(self, candidates, rows, position, stopped, train=kind.train):
            positions.append(position)
            return train(self, candidates, rows, position, stopped)

        monkeypatch.setattr(kind, "train", noted)
    return positions


def stop_after(engine, dataset, folder, laps):
    """Trains until so many checkpoints were written, and stops as a killed process would: at once."""
    made, checkpoints = engine(folder)
    write, left = checkpoints.write, [laps]

    class Killed(Exception):  # noqa: N818 - a signal, not an error
        pass

    def written(*arguments):
        write(*arguments)
        left[0] -= 1
        if not left[0]:
            raise Killed

    checkpoints.write = written
    with pytest.raises(Killed), closing(made.train(candidates(dataset))) as chunks:
        list(chunks)


def test_it_goes_on_where_it_was_to_the_same_bits(engine, dataset, tmp_path, begun):
    whole = bits(chain.from_iterable(engine(tmp_path / "whole")[0].train(candidates(dataset))))
    begun.clear()
    stop_after(engine, dataset, tmp_path / "stopped", 7)
    made, _ = engine(tmp_path / "stopped")
    assert bits(chain.from_iterable(made.train(candidates(dataset)))) == whole
    assert sorted(begun) == [0] * (len(begun) - 1) + [7]


def test_rows_go_on_in_other_company(engine, dataset, tmp_path):
    whole = bits(chain.from_iterable(engine(tmp_path / "whole")[0].train(candidates(dataset))))
    stop_after(engine, dataset, tmp_path / "stopped", 5)
    made, _ = engine(tmp_path / "stopped")
    backwards = candidates(dataset)[::-1]
    networks = [*chain.from_iterable(made.train(backwards[:3])), *chain.from_iterable(made.train(backwards[3:]))]
    assert bits(networks) == whole


def test_where_the_last_file_is_damaged_the_one_before_is_used_and_said_so(engine, dataset, tmp_path, begun):
    stop_after(engine, dataset, tmp_path, 7)
    files = sorted(tmp_path.glob(f"*-7{SUFFIX}"))
    assert len(files) == 1
    content = bytearray(files[0].read_bytes())
    content[len(content) // 2] ^= 1
    files[0].write_bytes(content)
    begun.clear()
    made, checkpoints = engine(tmp_path)
    assert checkpoints.damaged == [files[0].name]
    list(made.train(candidates(dataset)))
    assert sorted(begun) == [0] * (len(begun) - 1) + [6]


def test_those_of_another_study_are_not_used(engine, dataset, tmp_path, begun):
    stop_after(engine, dataset, tmp_path, 7)
    begun.clear()
    list(engine(tmp_path, study="b")[0].train(candidates(dataset)))
    assert set(begun) == {0}


def test_what_is_done_leaves_nothing(engine, dataset, tmp_path):
    made, checkpoints = engine(tmp_path / "study")
    list(made.train(candidates(dataset)))
    assert list((tmp_path / "study").iterdir()) == []
    checkpoints.clear()
    assert not (tmp_path / "study").exists()


def test_two_files_of_a_chunk_are_kept_at_most(engine, dataset, tmp_path):
    stop_after(engine, dataset, tmp_path, 7)
    assert sorted(path.stem.rpartition("-")[2] for path in tmp_path.glob(f"*{SUFFIX}")) == ["6", "7"]


def test_none_is_written_before_its_time(engine, dataset, tmp_path):
    made, _ = engine(tmp_path, seconds=1000.0)
    chunks = made.train(candidates(dataset))
    next(chunk for chunk in chunks if chunk)
    assert list(tmp_path.iterdir()) == []
    chunks.close()


def test_where_none_can_be_written_training_goes_on_and_says_so(engine, dataset, tmp_path):
    (tmp_path / "file").write_text("")
    whole = bits(chain.from_iterable(engine(tmp_path / "whole")[0].train(candidates(dataset))))
    made, checkpoints = engine(tmp_path / "file" / "folder")
    assert bits(chain.from_iterable(made.train(candidates(dataset)))) == whole
    assert "Not a directory" in checkpoints.failure
    checkpoints.clear()


def test_rows_of_another_layout_are_not_used(engine, dataset, tmp_path, begun):
    stop_after(engine, dataset, tmp_path, 7)
    begun.clear()
    made, _ = engine(tmp_path, seconds=1000.0)
    list(made.train(candidates(dataset, hidden_layers=2)))
    assert set(begun) == {0}


def test_files_of_other_programs_are_not_taken_for_checkpoints(engine, dataset, tmp_path, begun):
    stop_after(engine, dataset, tmp_path, 7)
    for name, content in {"foo": b"", "odd-7": b"", "even-8": b"{}", "list-9": b"\x02" + bytes(7) + b"[]"}.items():
        (tmp_path / f"{name}.checkpoint").write_bytes(hashlib.sha256(content).digest() + content)
    begun.clear()
    made, checkpoints = engine(tmp_path, seconds=1000.0)
    list(made.train(candidates(dataset)))
    assert set(begun) != {0}
    assert set(checkpoints.damaged) == {"odd-7.checkpoint", "even-8.checkpoint", "list-9.checkpoint"}


def test_a_large_one_is_not_written_because_the_process_ends(dataset, tmp_path, monkeypatch):
    def stop_urgently(folder):
        checkpoints = Checkpoints(folder, "a", seconds=1000.0)
        rows = CoreWorker(Task(MLP(13, 3), dataset, 0, EPOCHS)).begin(candidates(dataset)[:1])
        checkpoints.keeper(candidates(dataset)[:1]).after(Lap(1, 2, rows, 1.0), urgent=True)
        return len(list(folder.glob("*.checkpoint")))

    assert stop_urgently(tmp_path / "small") == 1
    monkeypatch.setattr("ikura.train.checkpoints.LARGEST_URGENT", 1000)
    assert stop_urgently(tmp_path / "large") == 0
