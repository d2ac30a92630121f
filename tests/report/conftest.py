from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from ikura.records import (
    Best,
    Finalist,
    Goal,
    History,
    Job,
    JobResult,
    Kind,
    Metric,
    Objective,
    Origin,
    Outcome,
    Settings,
    Stop,
    StudyRecord,
    Target,
    Trial,
    TrialState,
    best_first,
)
from ikura.samplers import CoarseToFineSampler, RandomSampler
from ikura.schedulers import make_scheduler
from ikura.space import Choice, Float, Int, Space
from ikura.tasks import CLASSIFICATION

SPACE = Space(
    learning_rate=Float(1e-4, 1.0, scale="log"),
    optimizer=Choice("momentum", "nesterov", "rmsprop", "adam"),
    momentum=Float(0.9, 0.999, scale="one-minus-log", when={"optimizer": ["momentum", "nesterov"]}),
    hidden_layers=Int(1, 3),
    hidden_units=Int(16, 256, scale="log"),
    batch_size=Choice(32, 64, 128, 256),
    dropout=Float(0.0, 0.5),
    weight_decay=Float(1e-6, 1e-2, scale="log"),
)

FIXED = ("optimizer", "hidden_layers", "hidden_units", "batch_size")
"""What population-based training cannot change."""

DEV_LOSS, TRAIN_LOSS = Metric("dev_loss", Goal.MINIMIZE), Metric("train_loss", Goal.MINIMIZE)

FINALISTS, SEEDS = 5, 3


@dataclass(frozen=True)
class Study:
    """What `render` takes."""

    record: StudyRecord
    space: Space
    history: History


@pytest.fixture(scope="session")
def make_study() -> Callable[..., Study]:
    return _study


def _study(
    *,
    trials: int = 256,
    epochs: int = 30,
    rounds: int = 4,
    classes: tuple[str, ...] = tuple("0123456789"),
    space: Space = SPACE,
    name: str = "digits-2",
    status: str = "complete",
    waiting: int = 0,
    all_diverged: bool = False,
    schedule: str = "full",
    steps: int | None = None,
    loss: bool = False,
    finals: bool = True,
    settings: dict[str, Any] | None = None,
) -> Study:
    """A study that a formula made: a good learning rate near 0.01, rounds that draw nearer to it, some that diverge.

    The last `waiting` trials wait; of a schedule that goes by steps, only so many `steps` of the last round are taken.
    With `loss`, the study has a task of which the report knows nothing, minimises a loss, and tests nothing.
    """
    kept = _settings(trials, epochs, rounds, classes, schedule, loss)
    history = _history(space, kept, waiting, steps, all_diverged)
    kept = replace(kept, **(settings or {}))
    done = status == "complete" and len(history.ranking)
    record = StudyRecord(
        name=name,
        created=datetime(2025, 3, 14, 15, 9, tzinfo=UTC),
        status=status,
        settings=kept,
        space=space.to_toml(),
        outcome=_outcome(history, kept, finals) if done else None,
    )
    return Study(record, space, history)


def _history(space: Space, kept: Settings, waiting: int, steps: int | None, all_diverged: bool) -> History:
    sampler = CoarseToFineSampler(rounds=kept.rounds) if kept.rounds > 1 else RandomSampler()
    scheduler = make_scheduler(
        kept.schedule,
        horizon=kept.epochs,
        reduction=kept.reduction,
        min_epochs=kept.min_epochs,
        space=space,
        fixed=set(FIXED) & set(space.names),
    )
    history = History.of(kept)
    while len(history.trials) < kept.trials:
        proposal = sampler.propose(space, history, kept.trials - len(history.trials), seed=1)
        first, number = len(history.trials), history.next_round
        new = [Trial(first + at, config, number) for at, config in enumerate(proposal.configs)]
        history, taken = history.with_round(new, proposal.region), 0
        last = len(history.trials) == kept.trials
        while not last or steps is None or taken < steps:
            decisions = [one for one in scheduler.decide(history, 1) if one.trial < kept.trials - waiting]
            if not decisions:
                break
            history, taken = history.with_decisions(decisions), taken + 1
            history = history.with_results([_result(space, history, job, all_diverged) for job in history.jobs()])
    # As the study does when nothing is left to train.
    over = not waiting and steps is None
    return history.with_decisions([Stop(number) for number in history.numbers(TrialState.PAUSED) if over])


def _result(space: Space, history: History, job: Job, all_diverged: bool) -> JobResult:
    """What training gives: each leg draws the accuracy nearer to what its configuration is good for."""
    draw = np.random.default_rng(job.number)
    # Where the learning rate is high, most diverge.
    high = space.encode([history.trials[job.number].config])[0, 0] > 0.86
    diverges = all_diverged or (high and draw.random() < 0.8)
    end = job.number % max(history.horizon // 3, 1) if diverges else history.horizon
    end = min(end, job.stop - 1) if all_diverged else end
    pace, spread = draw.uniform(1.5, 6), draw.uniform(0.9, 1.1)
    accuracy = np.full(0, 0.1)
    for leg in job.legs:
        start = accuracy[-1] if len(accuracy) else 0.1
        unit = space.encode([leg.config])
        epoch = np.arange(1, leg.stop - leg.start + 1)
        accuracy = np.append(accuracy, _score(unit) + (start - _score(unit)) * np.exp(-epoch / pace))
    accuracy = np.clip(accuracy + draw.normal(0, 0.004, history.horizon)[: job.stop], 0, 1)
    losses = 2.3 * np.exp(-3.6 * accuracy) * spread
    measured = {"dev_accuracy": accuracy, "dev_loss": losses, "train_loss": losses * (1 - 0.6 * accuracy)}
    state = TrialState.COMPLETE if job.stop == history.horizon else TrialState.PAUSED
    if end < job.stop:
        state = TrialState.DIVERGED
    curves = {m.name: measured[m.name][job.start : min(end, job.stop)].astype(np.float32) for m in history.metrics}
    return JobResult(job, state, curves)


def _score(unit):
    (unit,) = np.nan_to_num(unit, nan=0.5)
    good = 0.985 - 1.6 * (unit[0] - 0.52) ** 2 - 0.06 * (unit[1] < 0.75) * unit[1]
    good -= 0.05 * (1 - unit[4 % len(unit)]) ** 2 + 0.04 * unit[-1] ** 2
    return float(np.clip(good, 0.1, 0.995))


def _outcome(history: History, kept: Settings, finals: bool) -> Outcome:
    rng = np.random.default_rng(7)
    objective = history.objective
    finalists = []
    for place, number in enumerate(map(int, history.ranking[:FINALISTS])):
        search = history.values(number)
        worse = [-1 if metric.goal is Goal.MAXIMIZE else 1 for metric in history.metrics]
        shift = rng.normal(0.004 - 0.001 * (place == 1), 0.003, SEEDS)
        replicates = {
            metric.name: tuple(float(search[metric.name] + sign * move) for move in shift)
            for metric, sign in zip(history.metrics, worse, strict=True)
        }
        finalists.append(Finalist(number, history.config(number), search, replicates))
    by_search = finalists[0]
    finalists = best_first(finalists, objective)
    winner = finalists[0] if finals else by_search
    means = {metric.name: winner.mean(metric.name) for metric in history.metrics}
    return Outcome(
        best=Best(winner.number, winner.config, means if finals else winner.search),
        finalists=tuple(finalists) if finals else (),
        test=_test(kept.classes, rng) if kept.task == CLASSIFICATION.name else None,
        trials=len(history.trials),
        diverged=history.count(TrialState.DIVERGED),
        failed=0,
        stopped=history.count(TrialState.STOPPED),
        epochs=history.horizon,
        epochs_trained=int(history.epochs.sum()),
        seconds={"total": 21.2, "search": 16.8, "finals": 3.1, "compile": 7.0},
        resumed=0,
        trials_per_second=12.31,
        programs=6,
        planned=None,
        short_of_memory=False,
        troubles=(),
        model="ikura-out/digits-2/model",
    )


def _test(classes, rng) -> dict[str, Any]:
    counts = np.diag(np.full(len(classes), 36))
    for _ in range(9):
        row, column = rng.integers(0, len(classes), 2)
        counts[row, row] -= 1
        counts[row, column] += 1
    correct, examples = int(np.trace(counts)), int(counts.sum())
    accuracy = correct / examples
    return {
        "accuracy": accuracy,
        "interval": [accuracy - 0.022, min(accuracy + 0.012, 1.0)],
        "correct": correct,
        "examples": examples,
        "loss": 0.08,
        "confusion": counts.tolist(),
        "classes": list(classes),
    }


def _settings(trials, epochs, rounds, classes, schedule, loss) -> Settings:
    return Settings(
        origin=Origin.BUNDLED,
        data="digits",
        target=None,
        seed=0,
        trials=trials,
        epochs=epochs,
        sampler="coarse-to-fine",
        user_sampler=False,
        rounds=rounds,
        schedule=schedule,
        reduction=3 if schedule in ("halving", "hyperband", "asha") else None,
        min_epochs=None if schedule == "full" else max(1, epochs // 10),
        task="ordering" if loss else CLASSIFICATION.name,
        metrics=(TRAIN_LOSS, DEV_LOSS) if loss else CLASSIFICATION.metrics,
        objective=Objective(DEV_LOSS, (TRAIN_LOSS,)) if loss else CLASSIFICATION.objective,
        network="mlp",
        user_network=False,
        limits={"dropout": (0.0, 0.99), "hidden_layers": (1, None)},
        out=None,
        fingerprint="c0ffee" * 10 + "cafe",
        examples={"train": 1078, "dev": 359, "test": 0 if loss else 360},
        features=64,
        columns=64,
        targets=() if loss else (Target("y", Kind.CLASS, tuple(classes)),),
        notes=("3 constant columns were left out: 0, 32, 39",),
        versions={"ikura": "0.1.0", "jax": "0.10.0", "python": "3.12.4"},
        machine="2 x AMD EPYC, cpu",
    )
