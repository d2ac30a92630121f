"""Seconds that each sampler takes to propose 100,000 configurations of 10 dimensions, two of them conditional."""

import time

import numpy as np

from ikura.records import Goal, History, Job, JobResult, Leg, Metric, Objective, Proposal, Trial, TrialState
from ikura.samplers import CoarseToFineSampler, GridSampler, RandomSampler, SobolSampler
from ikura.space import Choice, Float, Int, Space

SPACE = Space(
    learning_rate=Float(1e-4, 1.0, scale="log"),
    optimizer=Choice("momentum", "nesterov", "rmsprop", "adam"),
    momentum=Float(0.9, 0.999, scale="one-minus-log", when={"optimizer": ["momentum", "nesterov"]}),
    beta2=Float(0.9, 0.9999, scale="one-minus-log", when={"optimizer": ["adam"]}),
    hidden_layers=Int(1, 3),
    hidden_units=Int(16, 256, scale="log"),
    batch_size=Choice(32, 64, 128, 256),
    dropout=Float(0.0, 0.5),
    weight_decay=Float(1e-6, 1e-2, scale="log"),
    activation=Choice("relu", "tanh", "gelu"),
)

ACCURACY = Metric("accuracy", Goal.MAXIMIZE)
NOTHING = History((ACCURACY,), Objective(ACCURACY), horizon=1)


def finished(space: Space, trials: int) -> History:
    """Make a history of random trials with random metrics."""
    configs = RandomSampler().propose(space, NOTHING, trials, seed=1).configs
    values = np.random.default_rng(0).random((trials, 1)).astype(np.float32)
    history = NOTHING.with_round([Trial(number, config, round=0) for number, config in enumerate(configs)])
    jobs = [Job(number, (Leg(number, config, 0, 1),), 0) for number, config in enumerate(configs)]
    curves = zip(jobs, values, strict=True)
    return history.with_results([JobResult(job, TrialState.COMPLETE, {"accuracy": value}) for job, value in curves])


def main() -> None:
    """Print one line a sampler."""
    tried = finished(SPACE, 1000)
    cases = {
        "random": (RandomSampler(), NOTHING, 100_000),
        "sobol": (SobolSampler(), NOTHING, 100_000),
        "grid": (GridSampler(), NOTHING, 100_000),
        "coarse-to-fine, first of 4 rounds": (CoarseToFineSampler(), NOTHING, 400_000),
        "coarse-to-fine, round after 1,000 trials": (CoarseToFineSampler(rounds=1), tried, 100_000),
    }
    for name, (sampler, history, limit) in cases.items():
        start = time.perf_counter()
        proposal = sampler.propose(SPACE, history, limit, seed=0)
        assert isinstance(proposal, Proposal)
        print(f"{name:42} {len(proposal.configs):8,} configurations  {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
