"""Programs on disk: found again by what they were made of, and by nothing less."""

import os
from itertools import chain

import jax
import numpy as np
import pytest
from jax.experimental.compilation_cache import compilation_cache

from ikura.data import prepare
from ikura.evaluators.dials import MLP_DIALS, TRAINING_DIALS, full_config
from ikura.nn import MLP
from ikura.train import Candidate, Engine, devices, executables, worker
from ikura.train.executables import _forget_oldest, cache_folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = jax.config.values["jax_compilation_cache_dir"]
    jax.config.update("jax_compilation_cache_dir", None)  # another test may have had a network of its own
    compilation_cache.reset_cache()
    yield cache_folder() / "executables"
    jax.config.update("jax_compilation_cache_dir", before)
    compilation_cache.reset_cache()


def curves(device=0):
    """Of three trials, trained by an engine that has no program yet."""
    dataset = prepare("iris")
    config = full_config({"dropout": 0.2}, TRAINING_DIALS | MLP_DIALS, len(dataset.train.y))
    engine = Engine(MLP(4, 3, (64,)), dataset, seed=0, epochs=2, on=devices()[device : device + 1])
    trained = sorted(chain.from_iterable(engine.train(Candidate(number, config) for number in range(3))), key=number_of)
    return np.stack([network.curves["dev_loss"] for network in trained])


def number_of(network):
    return network.candidate.number


@pytest.fixture
def compilations(monkeypatch):
    """A list with an entry for each program that was traced."""
    found = []

    def counted(*arguments):
        found.append(arguments)
        return training(*arguments)

    training = worker.training
    monkeypatch.setattr(worker, "training", counted)
    return found


def test_a_program_that_was_kept_is_loaded_and_gives_the_same_bits(folder, compilations):
    first = curves()
    assert len(compilations) == 1
    assert len(list(folder.iterdir())) == 1
    second = curves()
    assert len(compilations) == 1
    np.testing.assert_array_equal(first, second)


def test_a_program_serves_devices_that_it_was_not_compiled_for(folder, compilations):
    np.testing.assert_array_equal(curves(device=0), curves(device=1))
    assert len(compilations) == 1


def test_a_damaged_file_is_compiled_anew_and_mended(folder, compilations):
    first = curves()
    (path,) = folder.iterdir()
    content = path.read_bytes()
    path.write_bytes(content[:-100] + bytes(100))
    np.testing.assert_array_equal(curves(), first)
    assert len(compilations) == 2
    curves()
    assert len(compilations) == 2


def test_another_setting_of_the_compiler_is_another_program(folder, compilations, monkeypatch):
    curves()
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=false")
    curves()
    assert len(compilations) == 2
    assert len(list(folder.iterdir())) == 2


def test_the_oldest_files_are_removed_when_the_folder_grows(folder, monkeypatch):
    folder.mkdir(parents=True)
    for age, name in enumerate(("new", "middle", "old")):
        (folder / name).write_bytes(bytes(100))
        os.utime(folder / name, (1_000_000 - age, 1_000_000 - age))
    monkeypatch.setattr(executables, "CACHE_BYTES", 250)
    _forget_oldest(cache_folder())
    assert {path.name for path in folder.iterdir()} == {"new", "middle"}


def test_without_a_place_for_them_programs_are_compiled_every_time(folder, compilations, monkeypatch, tmp_path):
    first = curves()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "cache"))
    np.testing.assert_array_equal(curves(), first)
    assert len(compilations) == 2
