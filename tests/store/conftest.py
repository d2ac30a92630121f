"""Stores to test, and studies to put in them."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from ikura.records import METRICS, Trial, TrialResult, TrialState
from ikura.store import Store, open_store


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of every kind there is."""
    if request.param == "postgresql":
        return request.getfixturevalue("server").database()
    return f"sqlite:///{tmp_path / 'ikura.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as opened:
        yield opened


@pytest.fixture
def make_trials() -> Callable[..., list[Trial]]:
    def make(count: int, *, first: int = 0, round: int = 0) -> list[Trial]:  # noqa: A002
        return [
            Trial(number, {"units": number, "rate": 0.1 / (number + 1)}, round)
            for number in range(first, first + count)
        ]

    return make


@pytest.fixture
def make_results() -> Callable[..., list[TrialResult]]:
    def make(numbers: range, *, epochs: int = 3, state: TrialState = TrialState.COMPLETE) -> list[TrialResult]:
        draw = np.random.default_rng(numbers.start)
        return [
            TrialResult(number, state, {metric: draw.random(epochs, dtype=np.float32) for metric in METRICS})
            for number in numbers
        ]

    return make


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that other users can reach, which pytest's own cannot be."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.fixture
def plain_user() -> Iterator[None]:
    """Run the test as somebody whom file permissions bind; root is not."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)
