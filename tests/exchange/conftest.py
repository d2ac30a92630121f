"""A study in which trials stand everywhere that a trial can stand."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ikura
from ikura.exchange import to_optuna
from ikura.records import (
    CopyFrom,
    Goal,
    GoOn,
    History,
    Job,
    JobResult,
    Kind,
    Leg,
    Metric,
    Objective,
    OptionCounts,
    Origin,
    Region,
    Settings,
    Source,
    Span,
    Stop,
    StudyRecord,
    Target,
    Trial,
    TrialState,
)
from ikura.space import Choice, Float, Int, Space

SPACE = Space(
    rate=Float(1e-4, 1.0, scale="log"),
    momentum=Float(0.5, 0.99, scale="one-minus-log", when={"kind": ["sgd"]}),
    units=Int(4, 64, scale="log"),
    kind=Choice("sgd", "adam"),
    odd=Choice("none", 1, 0.5),
)
ERROR, SECONDS = Metric("mean_error", Goal.MINIMIZE), Metric("epoch_seconds", Goal.MINIMIZE, "s")
SETTINGS = Settings(
    origin=Origin.MEMORY,
    data="arrays",
    target=None,
    seed=3,
    trials=12,
    epochs=4,
    sampler="coarse-to-fine",
    user_sampler=False,
    rounds=2,
    schedule="halving",
    reduction=2,
    min_epochs=1,
    task="classification",
    metrics=(SECONDS, ERROR),
    objective=Objective(ERROR, (SECONDS,)),
    network="Mine",
    user_network=True,
    limits={"units": (1, None)},
    out=None,
    fingerprint="c0ffee",
    examples={"train": 6, "dev": 2, "test": 2},
    features=4,
    columns=3,
    targets=(Target("y", Kind.CLASS, ("yes", "no")),),
    notes=("two columns were left out",),
    versions={"ikura": "0.2.0"},
    machine="2 x CPU",
)
CONFIGS = (
    {"rate": 0.1, "momentum": 0.9, "units": 8, "kind": "sgd", "odd": "none"},
    {"rate": 0.001, "units": 16, "kind": "adam", "odd": 1},
    {"rate": 1.0, "units": 64, "kind": "adam", "odd": 0.5},
    {"rate": 0.01, "units": 4, "kind": "adam", "odd": 1},
)
REGION = Region(1, 8, (Span("rate", 0.01, 0.1, 1, 2, "low"), OptionCounts("kind", (("sgd", 2), ("adam", 0)), 2)))


def measured(
    number: int, epochs: int, start: int = 0, state: TrialState = TrialState.PAUSED, error: str | None = None
) -> JobResult:
    """Return a result with curves that no two trials share, and that no float32 but they themselves can hold."""
    curves = {
        "mean_error": np.linspace(1 + number, 2, 9, dtype=np.float32)[start : start + epochs] / 3,
        "epoch_seconds": np.full(epochs, 0.1, np.float32),
    }
    job = Job(number, (Leg(number, CONFIGS[number % 4], 0, start + epochs),), start)
    return JobResult(job, state, curves, error)


@pytest.fixture
def history() -> History:
    trials = [Trial(number, CONFIGS[number % 4], number // 8) for number in range(12)]
    history = (
        History.of(SETTINGS).with_round(trials[:8]).with_results([measured(number, 2) for number in (0, 1, 3, 6, 7)])
    )
    cooler = CONFIGS[0] | {"rate": 0.2}
    history = history.with_decisions(
        [CopyFrom(6, Source(0, 2), cooler, 3), CopyFrom(7, Source(1, 2), CONFIGS[1] | {"rate": 0.002}, 4)]
    )
    history = history.with_results([measured(6, 1, 2)])
    history = history.with_decisions([CopyFrom(6, Source(6, 3), cooler | {"rate": 0.3}, 4)])
    history = history.with_results(
        [
            measured(0, 2, 2, TrialState.COMPLETE),
            measured(2, 1),
            measured(4, 1, 0, TrialState.DIVERGED),
            measured(5, 0, 0, TrialState.FAILED, "Traceback\nValueError: no"),
            measured(6, 1, 3, TrialState.COMPLETE),
        ]
    )
    return history.with_round(trials[8:], REGION).with_decisions([Stop(1), GoOn(3, 4), Stop(9), GoOn(10, 1)])


@pytest.fixture
def study() -> StudyRecord:
    return StudyRecord("s", datetime(2026, 11, 26, tzinfo=UTC), "interrupted", SETTINGS, SPACE.to_toml(), None)


@pytest.fixture
def make_result() -> Callable[..., JobResult]:
    return measured


@pytest.fixture
def storage(study, history, tmp_path) -> str:
    """Return the address of a storage of Optuna's to which the study was exported."""
    address = f"sqlite:///{tmp_path / 'optuna.db'}"
    to_optuna(study, history, address)
    return address


TUNED = Space(
    learning_rate=Float(1e-3, 1e12, scale="log"),
    optimizer=Choice("momentum", "adam"),
    momentum=Float(0.5, 0.99, scale="one-minus-log", when={"optimizer": ["momentum"]}),
    hidden_units=Int(4, 16, step=4),
    batch_norm=Choice(True, False),
)


@pytest.fixture(scope="session")
def tune() -> "Callable[..., ikura.Result]":
    """Tune on iris, in a space where some trials diverge."""

    def run(store: Path, **arguments: Any) -> "ikura.Result":
        arguments = {"space": TUNED, "trials": 24, "epochs": 3, "rounds": 3, "name": "s", "store": store} | arguments
        return ikura.tune("iris", **arguments)

    return run


@pytest.fixture(scope="session")
def tuned(tune, tmp_path_factory) -> Path:
    """Return a database with a finished study `s`."""
    path = tmp_path_factory.mktemp("tuned") / "s.db"
    tune(path)
    return path
