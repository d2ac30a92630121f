"""One study from wherever it stands to its outcome: search, finals, the winner's network, its one test."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from ikura.data import Dataset, Split
from ikura.errors import StoreError
from ikura.evaluators import FusedEvaluator
from ikura.files import write_whole
from ikura.model import Model, save_model
from ikura.nn import Network
from ikura.records import TrialState
from ikura.samplers import Sampler
from ikura.space import Space
from ikura.store import Store, data_folder, plain
from ikura.study.finals import hold_finals, train_winner
from ikura.study.happenings import Began, Finished, Happening, Watcher
from ikura.study.outcome import outcome_of, test_facts
from ikura.study.prediction import predict
from ikura.study.result import Result, about_model, written
from ikura.study.search import search
from ikura.study.settings import Settings, study_folder
from ikura.study.tracking import Tracking
from ikura.train import Checkpoints


@dataclass(frozen=True, eq=False)
class Run:
    """A study with all that it needs to go on."""

    store: Store
    name: str
    settings: Settings
    dataset: Dataset
    space: Space
    sampler: Sampler
    evaluator: FusedEvaluator
    network: Network | None
    watch: Watcher
    tracking: Tracking | None = None

    def finish(self) -> Result:
        """Goes on to the end, and stores the outcome. If anything stops it, the study is stored as interrupted."""
        with self._interruptible():
            began = time.perf_counter()
            before = self._trained()
            under_way, last = self._checkpoints("search"), self._checkpoints("winner")
            self.evaluator.use(under_way)
            self._tell(Began(self.name, self.settings.to_json(), before))
            prediction = (
                None if self.network else predict(self.dataset, self.space, self.settings.trials, self.settings.epochs)
            )
            history = search(
                self.store,
                self.name,
                space=self.space,
                sampler=self.sampler,
                evaluator=self.evaluator,
                trials=self.settings.trials,
                seed=self.settings.seed,
                watch=self._tell,
            )
            searched = time.perf_counter()
            finalists = hold_finals(self.evaluator, history, self.watch)
            everything = self._evaluator_with_dev()
            everything.use(last)
            model = self._model(train_winner(everything, finalists[0].trial).variables, finalists[0].trial.config)
            # The only use of the test part.
            test = test_facts(model.probabilities(self.dataset.test.x), self.dataset.test, self.dataset.classes)
            ended = time.perf_counter()
            outcome = outcome_of(history, finalists, test) | {
                "short_of_memory": self.evaluator.shortages > 0,
                "epochs": self.settings.epochs,
                "seconds": {
                    "total": ended - began,
                    "search": searched - began,
                    "finals": ended - searched,
                    "compile": self.evaluator.compile_seconds + everything.compile_seconds,
                },
                "resumed": before,
                "trials_per_second": (len(history.trials) - before) / (searched - began),
                "programs": self.evaluator.programs + everything.programs,
                "planned": None if prediction is None else prediction.to_json(),
                "model": None if self._folder is None else str(self._folder),
            }
            troubles = list(self._troubles(under_way, last))
            outcome |= {"troubles": [message for _, message in troubles]}
            study = replace(self.store.study(self.name), status="complete", outcome=plain(outcome))
            result = Result(study, history, model)
            if self._folder is not None:
                remedy = f"the trials are kept; mend that, then `ikura resume {self.name}`"
                with written("out", self._folder, remedy):
                    save_model(model, self._folder, about=about_model(study))
                    write_whole(self._folder / "report.html", result.page())
            for kind, message in troubles:
                self.store.add_event(self.name, kind, message)
            for checkpoints in (under_way, last):
                checkpoints.clear()
            # Last of all: who is killed before this goes on, and makes again what is missing.
            self.store.finish(self.name, outcome)
        self._tell(Finished(self.name, result.outcome))
        return result

    def _tell(self, happening: Happening) -> None:
        self.watch(happening)
        if self.tracking is not None:
            self.tracking(happening)

    def _troubles(self, *checkpoints: Checkpoints) -> Iterator[tuple[str, str]]:
        """What the numbers do not depend on, but the user should know: a kind of event, and its message."""
        for each in checkpoints:
            if each.failure is not None:
                yield "no checkpoint", f"checkpoints were not written: {each.failure}"
            for file in each.damaged:
                yield "damaged", f"checkpoint {file} was not used; training went on from before"
        if self.evaluator.shortages:
            yield "memory", "memory ran out; from then on networks were trained one at a time"
        if self.tracking is not None and self.tracking.failure is not None:
            yield "not tracked", f"tracking ended early: {self.tracking.failure}"

    @property
    def _folder(self) -> Path | None:
        return study_folder(self.settings.out, self.name)

    def _trained(self) -> int:
        return sum(state is not TrialState.WAITING for state in self.store.history(self.name).states)

    def _checkpoints(self, phase: str) -> Checkpoints:
        """Of one phase of the study; on this machine, wherever the store is."""
        created = self.store.study(self.name).created.isoformat()
        study = json.dumps([self.store.url, self.name, created, self.settings.to_json(), self.space.to_toml()])
        return Checkpoints(_checkpoint_folder(self.store, self.name, phase), study)

    def _evaluator_with_dev(self) -> FusedEvaluator:
        """Trains on training and dev examples together: once the choice is made, more examples are better."""
        train, dev = self.dataset.train, self.dataset.dev
        together = Split(np.concatenate([train.x, dev.x]), np.concatenate([train.y, dev.y]))
        return self.evaluator.trained_on(together)

    def _model(self, variables: Any, config: Any) -> Model:
        return Model(
            network=self.evaluator.network,
            variables=variables,
            config=self.evaluator.full_config(config),
            classes=self.dataset.classes,
            preprocessing=self.dataset.preprocessing,
        )

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        try:
            yield
        except StoreError:
            # The store would say the same again; and a study without a writer is not listed as running.
            raise
        except BaseException:
            if self.store.study(self.name).status != "complete":
                self.store.set_status(self.name, "interrupted")
                self.store.add_event(self.name, "interrupted", "the study stopped before its end")
            raise


def remove_checkpoints(store: Store, name: str) -> None:
    """Removes the checkpoints of a study that is no more."""
    for phase in ("search", "winner"):
        Checkpoints(_checkpoint_folder(store, name, phase), "").clear()


def _checkpoint_folder(store: Store, name: str, phase: str) -> Path:
    study = sha256(f"{store.url} {name}".encode()).hexdigest()[:16]
    return data_folder() / "checkpoints" / f"{study}-{phase}"
