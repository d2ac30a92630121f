"""A study whose evaluator needs no engine."""

from dataclasses import replace

import numpy as np

from ikura.records import Goal, JobResult, Metric, Objective, Origin, Settings, TrialState
from ikura.samplers import CoarseToFineSampler
from ikura.schedulers import make_scheduler
from ikura.space import Choice, Float, Space
from ikura.study.study import Study

SPACE = Space(learning_rate=Float(1e-4, 1.0, scale="log"), optimizer=Choice("adam", "sgd"))
SCORE, COST = Metric("score", Goal.MAXIMIZE), Metric("cost", Goal.MINIMIZE)
HORIZON = 9

SETTINGS = Settings(
    origin=Origin.MEMORY,
    data="arrays",
    target=None,
    seed=0,
    trials=20,
    epochs=HORIZON,
    sampler="coarse-to-fine",
    user_sampler=False,
    rounds=4,
    schedule="full",
    reduction=None,
    min_epochs=None,
    task="rehearsal",
    metrics=(COST, SCORE),
    objective=Objective(SCORE, (COST,)),
    network="none",
    user_network=False,
    limits={},
    out=None,
    fingerprint="",
    examples={"train": 0, "dev": 0, "test": 0},
    features=0,
    columns=0,
    targets=(),
    notes=(),
    versions={},
    machine="",
)


class Rehearsed:
    """Scores a job's epochs by a formula, one job after the other; trial 3 diverges in its second epoch.

    Implements Evaluator, but for what the loop does not ask of it.
    """

    metrics = (COST, SCORE)
    slots = 2
    replicates = True

    def __init__(self, stop_after=None):
        self.asked = []
        """The numbers of the jobs that were submitted together."""
        self.cancelled = []
        self._waiting = []
        self._left = stop_after

    def submit(self, jobs):
        if jobs:
            self.asked.append([job.number for job in jobs])
        self._waiting += jobs

    def cancel(self, trials):
        self.cancelled += trials
        self._waiting = [job for job in self._waiting if job.number not in trials]

    def collect(self, seconds):
        if self._left is not None:
            if not self._left:
                raise KeyboardInterrupt
            self._left -= 1
        return [self.result(self._waiting.pop(0))] if self._waiting else []

    def result(self, job):
        scores = [self.score(leg, epoch, job) for leg in job.legs for epoch in range(leg.start, leg.stop)]
        scores = np.float32(scores)[job.start :]
        state = TrialState.COMPLETE if job.stop == HORIZON else TrialState.PAUSED
        if job.number == 3:
            scores, state = scores[: max(0, 1 - job.start)], TrialState.DIVERGED
        return JobResult(job, state, {"score": scores, "cost": -scores})

    def score(self, leg, epoch, job):
        return -abs(np.log10(leg.config["learning_rate"]) + 2) + 0.01 * epoch


def rehearse(store, evaluator=None, sampler=None, seen=None, schedule="full", trials=20, space=SPACE, name="s"):
    """A study, which is stored if it is new."""
    scheduler = make_scheduler(
        schedule, horizon=HORIZON, reduction=None, min_epochs=None, space=space, fixed=frozenset({"optimizer"})
    )
    settings = replace(SETTINGS, trials=trials, schedule=schedule)
    if name not in [study.name for study in store.studies()]:
        store.create(name, settings, space.to_toml())
    watch = (seen if seen is not None else []).append
    evaluator = evaluator or Rehearsed()
    return Study(
        store, name, settings, space, sampler or CoarseToFineSampler(), scheduler, evaluator, watch, None, "resume"
    )
