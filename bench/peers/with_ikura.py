"""Ikura: the loop of `ikura.tune` with its store, sampler and engine, up to where the finals would begin."""

import tempfile
from pathlib import Path

from bench.peers.contract import Data, Job, Progress
from bench.settings import bench_settings
from ikura.data import Dataset, Preprocessing
from ikura.data.prepare import Split
from ikura.evaluators import Evaluator, make_evaluator
from ikura.records import History, Kind, Proposal, Target
from ikura.schedulers import FullBudget
from ikura.space import Space
from ikura.store import open_store
from ikura.study.events import ResultsStored, StudyEvent
from ikura.study.search import search as search_loop
from ikura.study.study import Study


class FixedList:
    """A sampler that proposes the job's configurations, in one round."""

    def __init__(self, configs) -> None:
        self._configs = configs

    def propose(self, space: Space, history: History, limit: int, seed: int) -> Proposal:  # noqa: ARG002
        """See `Sampler.propose`."""
        return Proposal(self._configs[len(history.trials) :][:limit])


def search(job: Job, data: Data, progress: Progress) -> None:
    """See contract.py."""
    space = Space.from_toml(job.space)
    evaluator = make_evaluator(dataset_of(data), space, seed=0, epochs=job.epochs)
    study(job, space, evaluator, progress)
    facts = evaluator.facts()
    evaluator.close(done=True)
    if facts["programs"]:
        progress.notes.append(f"{facts['programs']} programs, {facts['compile']:.1f} s of compilation")


def dataset_of(data: Data) -> Dataset:
    """Return the data as Ikura's engine takes it; neither the test part nor the preprocessing is used in a search."""
    train, dev = Split(data.x, data.y), Split(data.dev_x, data.dev_y)
    return Dataset(
        "bench", train, dev, dev, (Target("y", Kind.CLASS, tuple(range(data.classes))),), Preprocessing(()), (), ""
    )


def study(job: Job, space: Space, evaluator: Evaluator, progress: Progress) -> None:
    """Run the study's loop, with a database on disk."""

    def watch(event: StudyEvent) -> None:
        if isinstance(event, ResultsStored):
            best = event.best_value
            progress.trained(float("nan") if best is None else best, event.over - progress.trials)

    settings = bench_settings(len(job.configs), job.epochs)
    with tempfile.TemporaryDirectory() as folder, open_store(str(Path(folder) / "study.db")) as store:
        store.create("bench", settings, job.space)
        scheduler = FullBudget(job.epochs)
        sampler = FixedList(job.configs)
        search_loop(Study(store, "bench", settings, space, sampler, scheduler, evaluator, watch, None, ""))
