from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from ikura.records import METRICS, History, Trial, TrialState
from ikura.samplers import CoarseToFineSampler, RandomSampler
from ikura.space import Choice, Float, Int, Space
from ikura.store import StudyRecord

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
    settings: dict[str, Any] | None = None,
) -> Study:
    """A study that a formula made: a good learning rate near 0.01, rounds that draw nearer to it, some that diverge."""
    rng = np.random.default_rng(7)
    history = _history(space, trials, epochs, rounds, waiting, all_diverged, rng)
    outcome = _outcome(history, epochs, classes, rng) if status == "complete" and len(history.ranking) else None
    return Study(
        StudyRecord(
            name=name,
            created=datetime(2025, 3, 14, 15, 9, tzinfo=UTC),
            status=status,
            settings=_settings(trials, epochs, rounds, classes) | (settings or {}),
            space=space.to_toml(),
            outcome=outcome,
        ),
        space,
        history,
    )


def _history(space, trials, epochs, rounds, waiting, all_diverged, rng) -> History:
    sampler = CoarseToFineSampler(rounds=rounds) if rounds > 1 else RandomSampler()
    history = History()
    while len(history.trials) < trials:
        proposal = sampler.propose(space, history, trials - len(history.trials), seed=1)
        first, number = len(history.trials), 1 + max((trial.round for trial in history.trials), default=-1)
        new = tuple(Trial(first + at, config, number) for at, config in enumerate(proposal.configs))
        # The last ones wait; where the learning rate is high, most diverge.
        high = space.encode(proposal.configs)[:, 0] > 0.86
        states = np.where(all_diverged | (high & (rng.random(len(new)) < 0.8)), "diverged", "complete")
        states[max(trials - waiting - first, 0) :] = "waiting"
        curves = _curves(_score(space.encode(proposal.configs), rng), states, epochs, rng)
        history = History(
            trials=history.trials + new,
            states=history.states + tuple(TrialState(str(state)) for state in states),
            curves={name: np.vstack([history.curves.get(name, values[:0]), values]) for name, values in curves.items()},
            regions=history.regions + ((proposal.region,) if proposal.region else ()),
        )
    return history


def _score(unit, rng):
    unit = np.nan_to_num(unit, nan=0.5)
    good = 0.985 - 1.6 * (unit[:, 0] - 0.52) ** 2 - 0.06 * (unit[:, 1] < 0.75) * unit[:, 1]
    good -= 0.05 * (1 - unit[:, 4 % unit.shape[1]]) ** 2 + 0.04 * unit[:, -1] ** 2
    return np.clip(good + rng.normal(0, 0.006, len(unit)), 0.1, 0.995)


def _curves(score, states, epochs, rng):
    epoch = np.arange(1, epochs + 1)
    pace = rng.uniform(1.5, 6, len(score))[:, None]
    learned = 1 - np.exp(-epoch / pace)
    accuracy = 0.1 + (score[:, None] - 0.1) * learned + rng.normal(0, 0.004, (len(score), epochs))
    loss = 2.3 * np.exp(-3.6 * accuracy) * rng.uniform(0.9, 1.1, (len(score), 1))
    train = loss * (1 - 0.6 * learned)
    table = {"train_loss": train, "dev_loss": loss, "dev_accuracy": np.clip(accuracy, 0, 1)}
    for row, state in enumerate(states):
        end = {"waiting": 0, "diverged": row % max(epochs // 3, 1), "complete": epochs}[str(state)]
        for metric in METRICS:
            table[metric][row, end:] = np.nan
    return {metric: values.astype(np.float32) for metric, values in table.items()}


def _outcome(history, epochs, classes, rng) -> dict[str, Any]:
    finalists = []
    for place, number in enumerate(history.ranking[:5]):
        search = float(history.final("dev_accuracy")[number])
        seeds = np.round(search - 0.004 + rng.normal(0.001 * (place == 1), 0.003, 3), 4).clip(0, 1)
        finalists.append(
            {
                "number": int(number),
                "config": dict(history.trials[number].config),
                "search_dev_accuracy": search,
                "dev_accuracy": seeds.tolist(),
                "dev_loss": (1 - seeds + 0.05).tolist(),
            }
        )
    best = max(finalists, key=lambda row: np.mean(row["dev_accuracy"]))
    counts = np.diag(np.full(len(classes), 36))
    for _ in range(9):
        row, column = rng.integers(0, len(classes), 2)
        counts[row, row] -= 1
        counts[row, column] += 1
    correct, examples = int(np.trace(counts)), int(counts.sum())
    accuracy = correct / examples
    return {
        "best": {
            "number": best["number"],
            "config": best["config"],
            "dev_accuracy": float(np.mean(best["dev_accuracy"])),
            "dev_loss": float(np.mean(best["dev_loss"])),
        },
        "finalists": finalists,
        "test": {
            "accuracy": accuracy,
            "interval": [accuracy - 0.022, min(accuracy + 0.012, 1.0)],
            "correct": correct,
            "examples": examples,
            "loss": 0.08,
            "confusion": counts.tolist(),
            "classes": list(classes),
        },
        "seconds": {"total": 21.2, "search": 16.8, "finals": 3.1, "store": 0.21, "compile": 7.0},
        "trials": len(history.trials),
        "diverged": sum(state is TrialState.DIVERGED for state in history.states),
        "trials_per_second": 12.31,
        "epochs": epochs,
        "programs": 6,
        "model": "ikura-out/digits-2/model",
    }


def _settings(trials, epochs, rounds, classes) -> dict[str, Any]:
    return {
        "data": "digits",
        "target": None,
        "seed": 0,
        "trials": trials,
        "epochs": epochs,
        "sampler": "coarse-to-fine",
        "rounds": rounds,
        "network": "mlp",
        "out": None,
        "fingerprint": "c0ffee" * 10 + "cafe",
        "examples": {"train": 1078, "dev": 359, "test": 360},
        "features": 64,
        "classes": list(classes),
        "notes": ["3 constant columns were left out: 0, 32, 39"],
        "versions": {"ikura": "0.1.0", "jax": "0.10.0", "python": "3.12.4"},
        "machine": "2 x AMD EPYC, cpu",
    }
