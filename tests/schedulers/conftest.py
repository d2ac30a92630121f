"""Trials that a formula trains: schedulers are tested on histories alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from ikura.records import (
    AT_LEAST,
    Config,
    Constraint,
    Decision,
    Goal,
    History,
    Job,
    JobResult,
    Metric,
    Objective,
    Trial,
    TrialState,
)
from ikura.schedulers import Scheduler
from ikura.space import Choice, Float, Int, Space

LOSS, SCORE = Metric("loss", Goal.MINIMIZE), Metric("score", Goal.MAXIMIZE)


def empty(horizon: int) -> History:
    """A history without a trial; equal losses are common, and the score decides."""
    return History((LOSS, SCORE), Objective(LOSS, (SCORE,)), horizon)


def begun(history: History, configs: Sequence[Config]) -> History:
    """The history after one more round, whose trials wait."""
    start = len(history.trials)
    return history.with_round([Trial(start + i, config, history.next_round) for i, config in enumerate(configs)])


def result(
    job: Job, horizon: int, loss: Sequence[float], score: Sequence[float], lost: TrialState | None = None
) -> JobResult:
    """What a job gave, from its start on; of a lost trial, until it was."""
    state = lost or (TrialState.COMPLETE if job.stop == horizon else TrialState.PAUSED)
    curves = {"loss": np.array(loss, np.float32), "score": np.array(score, np.float32)}
    return JobResult(job, state, curves, "ValueError: mine" if state is TrialState.FAILED else None)


def reach(history: History, losses: Mapping[int, float], scores: Mapping[int, float] | None = None) -> History:
    """The history after jobs; by trial, the loss at all epochs of its job. Trials with a loss of NaN diverge."""
    results = []
    for job in map(history.job, losses):
        loss, score = losses[job.number], (scores or {}).get(job.number, 0.0)
        lost = TrialState.DIVERGED if np.isnan(loss) else None
        epochs = 0 if lost else job.stop - job.start
        results.append(result(job, history.horizon, [loss] * epochs, [score] * epochs, lost))
    return history.with_results(results)


@dataclass(frozen=True)
class Formula:
    """Trains by a formula of the job's way, as promise 1 wants it; one trial in `losing` is lost (0: none is)."""

    seed: int = 0
    losing: int = 0

    def train(self, job: Job, horizon: int) -> JobResult:
        """The job's result."""
        lost = np.random.default_rng([self.seed, 1, job.number])
        end, state = job.stop, None
        if self.losing and lost.integers(self.losing) == 0:
            last = int(horizon * lost.random() ** 3)  # Most early: later there are few left to lose.
            if last < job.stop:
                end, state = max(last, job.start), TrialState.DIVERGED if lost.random() < 0.5 else TrialState.FAILED
        loss, score = [], []
        for epoch in range(job.start, end):
            leg = next(leg for leg in job.legs if epoch < leg.stop)
            rng = np.random.default_rng([self.seed, 2, leg.number, epoch])
            way = sum(leg.config.get("rate", 0.1) * (min(leg.stop, epoch + 1) - leg.start) for leg in job.legs)
            loss.append(round(np.exp(-way) + rng.random(), 1))
            score.append(round(rng.random(), 1))
        return result(job, horizon, loss, score, state)


def drive(
    scheduler: Scheduler,
    history: History,
    formula: Formula,
    *,
    order: np.random.Generator | None = None,
) -> tuple[History, list[Decision]]:
    """The history when nothing is left to train, and all decisions; results come in an order that is drawn.

    Without an `order`, all jobs' results come at once.
    """
    decided: list[Decision] = []
    while True:
        decisions = scheduler.decide(history, seed=0)
        decided += decisions
        history = history.with_decisions(decisions)
        jobs = history.jobs()
        if not jobs:
            return history, decided
        if order is not None:
            jobs = [jobs[place] for place in order.permutation(len(jobs))[: order.integers(1, len(jobs) + 1)]]
        history = history.with_results([formula.train(job, history.horizon) for job in jobs])


@pytest.fixture(scope="session")
def space() -> Space:
    """Every kind of dimension; what `optimizer`, `layers` and `tuned` are decides what others exist."""
    return Space(
        rate=Float(1e-4, 1.0, scale="log"),
        momentum=Float(0.9, 0.999, scale="one-minus-log", when={"optimizer": ["momentum"]}),
        optimizer=Choice("momentum", "adam", static=False),
        dropout=Float(0, 0.5),
        layers=Int(1, 3),
        warmup=Int(0, 40, step=4, static=False),
        batch_size=Choice(32, 64, 128),
        decay=Choice("none", "cosine", "linear", static=False),
        clip=Choice(1, 0.5, 8, 2, static=False),
        tuned=Choice(True, False, when={"layers": [2, 3]}),
        epsilon=Float(1e-8, 1e-3, scale="log", when={"tuned": [True]}),
    )


@pytest.fixture(scope="session", name="empty")
def _empty() -> Callable:
    return empty


@pytest.fixture(scope="session")
def constrained() -> Callable:
    """Return the history without a trial under an objective that has a constraint."""
    return lambda horizon: History(
        (LOSS, SCORE), Objective(LOSS, (SCORE,), (Constraint(SCORE, AT_LEAST, 0.5),)), horizon
    )


@pytest.fixture(scope="session")
def with_two() -> Callable:
    """Return the history without a trial under two objectives."""
    return lambda horizon: History((LOSS, SCORE), Objective(LOSS, second=SCORE), horizon)


@pytest.fixture(scope="session", name="begun")
def _begun() -> Callable:
    return begun


@pytest.fixture(scope="session", name="reach")
def _reach() -> Callable:
    return reach


@pytest.fixture(scope="session", name="drive")
def _drive() -> Callable:
    return drive


@pytest.fixture(scope="session", name="formula")
def _formula() -> Callable[..., Formula]:
    return Formula


@pytest.fixture
def quiet_optuna() -> Iterator[None]:
    """Optuna that tells of no study; afterwards it says what it did."""
    import optuna

    told = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(told)
