"""Ikura: the loop of `ikura.tune` with its store, sampler and engine, up to where the finals would begin."""

import tempfile
from pathlib import Path

from bench.peers.contract import Data, Job, Progress
from ikura.data import Dataset, Preprocessing
from ikura.data.prepare import Split
from ikura.evaluators import Evaluator, FusedEvaluator
from ikura.records import History, Proposal
from ikura.space import Space
from ikura.store import open_store
from ikura.study.happenings import Happening, TrialsTrained
from ikura.study.search import search as search_loop


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
    evaluator = FusedEvaluator(dataset_of(data), space, seed=0, epochs=job.epochs)
    study(job, space, evaluator, progress)
    if evaluator.programs:
        progress.notes.append(f"{evaluator.programs} programs, {evaluator.compile_seconds:.1f} s of compilation")


def dataset_of(data: Data) -> Dataset:
    """The data as Ikura's engine takes it; neither the test part nor the preprocessing is used in a search."""
    train, dev = Split(data.x, data.y), Split(data.dev_x, data.dev_y)
    return Dataset("bench", train, dev, dev, tuple(range(data.classes)), Preprocessing(()), (), "")


def study(job: Job, space: Space, evaluator: Evaluator, progress: Progress) -> None:
    """Runs the study's loop, with a database on disk."""

    def watch(happening: Happening) -> None:
        if isinstance(happening, TrialsTrained):
            best = happening.best_accuracy
            progress.trained(float("nan") if best is None else best, happening.done - progress.trials)

    with tempfile.TemporaryDirectory() as folder, open_store(str(Path(folder) / "study.db")) as store:
        store.create("bench", settings={}, space=job.space)
        search_loop(
            store,
            "bench",
            space=space,
            sampler=FixedList(job.configs),
            evaluator=evaluator,
            trials=len(job.configs),
            seed=0,
            watch=watch,
        )
