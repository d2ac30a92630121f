"""Stores to test, and studies to put in them."""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ikura.records import Best, Job, JobResult, Kind, Leg, Origin, Outcome, Settings, Target, Trial, TrialState
from ikura.store import Store, open_store
from ikura.tasks import CLASSIFICATION

METRICS = [metric.name for metric in CLASSIFICATION.metrics]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of every kind there is."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ikura.db'}"
        return
    server = request.getfixturevalue("server")
    address = server.database()
    yield address
    server.empty(address)


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
def make_result() -> Callable[..., JobResult]:
    def make(
        number: int,
        curves: Mapping[str, NDArray[np.float32]],
        *,
        state: TrialState = TrialState.COMPLETE,
        start: int = 0,
        error: str | None = None,
    ) -> JobResult:
        stop = start + max(map(len, curves.values()), default=0)
        return JobResult(Job(number, (Leg(number, {}, 0, stop),), start), state, curves, error)

    return make


@pytest.fixture
def make_results(make_result: Callable[..., JobResult]) -> Callable[..., list[JobResult]]:
    def make(
        numbers: range, *, epochs: int = 3, state: TrialState = TrialState.COMPLETE, start: int = 0
    ) -> list[JobResult]:
        draw = np.random.default_rng([numbers.start, start])
        return [
            make_result(
                number, {metric: draw.random(epochs, dtype=np.float32) for metric in METRICS}, state=state, start=start
            )
            for number in numbers
        ]

    return make


@pytest.fixture(scope="session")
def make_settings() -> Callable[..., Settings]:
    def make(**changes: Any) -> Settings:
        settings = Settings(
            origin=Origin.BUNDLED,
            data="digits",
            target=None,
            seed=0,
            trials=32,
            epochs=3,
            sampler="random",
            user_sampler=False,
            rounds=None,
            schedule="full",
            reduction=None,
            min_epochs=None,
            task=CLASSIFICATION.name,
            metrics=CLASSIFICATION.metrics,
            objective=CLASSIFICATION.objective,
            network="mlp",
            user_network=False,
            limits={"dropout": (0.0, 0.99)},
            out=None,
            fingerprint="f",
            examples={"train": 60, "dev": 20, "test": 20},
            features=64,
            columns=64,
            targets=(Target("y", Kind.CLASS, (0, "one", True)),),
            notes=("noted",),
            versions={"python": "3.11"},
            machine="1 x any",
        )
        return replace(settings, **changes)

    return make


@pytest.fixture
def begin(make_settings: Callable[..., Settings]) -> Callable[..., None]:
    """Creates a study in a store."""

    def create(store: Store, name: str, **changes: Any) -> None:
        store.create(name, make_settings(**changes), "")

    return create


@pytest.fixture
def make_outcome() -> Callable[..., Outcome]:
    def make(**changes: Any) -> Outcome:
        outcome = Outcome(
            best=Best(1, {"units": 1}, {"dev_accuracy": 0.5, "dev_loss": 0.25}),
            finalists=(),
            test=None,
            trials=2,
            diverged=0,
            failed=0,
            stopped=0,
            epochs=3,
            epochs_trained=6,
            seconds={"total": 3.0, "search": 1.0, "finals": 2.0, "compile": 0.0},
            resumed=0,
            trials_per_second=2.0,
            programs=0,
            planned=None,
            short_of_memory=False,
            troubles=(),
            model=None,
        )
        return replace(outcome, **changes)

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
