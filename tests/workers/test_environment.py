"""What each worker is given of the machine."""

import os

import pytest

from ikura.workers import environment
from ikura.workers.environment import environment_of, gpus, usual_workers


@pytest.fixture(autouse=True)
def _bare(monkeypatch):
    for name in (*environment.THREADS, "CUDA_VISIBLE_DEVICES", "PYTHONUNBUFFERED", "XLA_PYTHON_CLIENT_PREALLOCATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))


@pytest.mark.parametrize(("workers", "threads"), [(1, "8"), (2, "4"), (3, "2"), (8, "1"), (20, "1")])
def test_threads_are_shared_out(workers, threads):
    made = environment_of(0, workers, ())
    assert {made[name] for name in environment.THREADS} == {threads}
    assert "CUDA_VISIBLE_DEVICES" not in made


def test_what_the_user_has_set_stays(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert environment_of(0, 8, ())["OMP_NUM_THREADS"] == "3"


def test_each_worker_has_a_gpu():
    assert [environment_of(place, 4, ("0", "1"))["CUDA_VISIBLE_DEVICES"] for place in range(4)] == ["0", "1", "0", "1"]


def test_memory_of_a_gpu_is_not_taken_at_once_where_it_is_shared():
    assert "XLA_PYTHON_CLIENT_PREALLOCATE" not in environment_of(0, 2, ("0", "1"))
    assert environment_of(0, 3, ("0", "1"))["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"


@pytest.mark.parametrize(
    ("visible", "found"), [("0,2", ("0", "2")), ("", ()), ("-1", ()), ("GPU-8f, GPU-2c", ("GPU-8f", "GPU-2c"))]
)
def test_gpus_that_may_not_be_used_are_not(monkeypatch, visible, found):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpus() == found
    assert usual_workers() == (len(found) or 8)
