"""What a study keeps and finds, made by hand."""

from dataclasses import replace

import numpy as np

from ikura.records import (
    Best,
    Comparison,
    Cost,
    Finalist,
    Job,
    JobResult,
    Kind,
    Leg,
    Member,
    Origin,
    Outcome,
    Settings,
    Target,
    Together,
    TrialState,
)
from ikura.tasks import CLASSIFICATION

SETTINGS = Settings(
    origin=Origin.FILE,
    data="/data/[red]\x1b[31mflowers.csv",
    target=None,
    seed=0,
    trials=8,
    epochs=2,
    sampler="sobol",
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
    limits={},
    out=None,
    fingerprint="0",
    examples={"train": 90, "dev": 30, "test": 30},
    features=4,
    columns=4,
    targets=(Target("y", Kind.CLASS, ("a", "b")),),
    notes=(),
    versions={},
    machine="",
)
HALVING = replace(SETTINGS, trials=512, epochs=30, schedule="halving", reduction=3, min_epochs=3)

OUTCOME = Outcome(
    best=Best(1, {"learning_rate": 0.0123456}, {"train_loss": 0.1, "dev_loss": 0.25, "dev_accuracy": 0.95}),
    finalists=(
        Finalist(
            1,
            {"learning_rate": 0.0123456},
            {"train_loss": 0.1, "dev_loss": 0.2, "dev_accuracy": 1.0},
            {"train_loss": (0.1, 0.1), "dev_loss": (0.2, 0.3), "dev_accuracy": (0.9, 1.0)},
        ),
    ),
    test={
        "accuracy": 0.9,
        "interval": [0.744, 0.965],
        "correct": 27,
        "examples": 30,
        "loss": 0.3,
        "confusion": [[13, 2], [1, 14]],
        "classes": ["a", "b"],
    },
    trials=8,
    diverged=0,
    failed=0,
    stopped=0,
    epochs=2,
    epochs_trained=16,
    seconds={"total": 8.2, "search": 6.0, "finals": 2.2, "compile": 0.0},
    resumed=0,
    trials_per_second=1.5,
    programs=0,
    planned=None,
    short_of_memory=False,
    troubles=(),
    model=None,
)


ENSEMBLE = Together(
    candidates=8,
    members=(Member(1, {"learning_rate": 0.0123456}, 0.75), Member(4, {"learning_rate": 0.5}, 0.25)),
    comparison=Comparison((0.95, 0.9, 0.95, 1.0), (0.96, 0.95, 0.96, 0.99)),
    kept=True,
    test=OUTCOME.test | {"accuracy": 0.95},
    costs=(Cost(1000, 1.0), Cost(3000, 2.5)),
    model="/models/flowers/ensemble",
)


def result(
    number: int, state: TrialState, values=(0.5, 0.75), *, start: int = 0, stop: int | None = None, error=None
) -> JobResult:
    """Return the result of a job whose metrics all had these values, an epoch each."""
    until = start + len(values) if stop is None else stop
    curves = {metric.name: np.array(values, np.float32) for metric in SETTINGS.metrics}
    return JobResult(Job(number, (Leg(number, {}, 0, until),), start), state, curves, error)
