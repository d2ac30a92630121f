"""A network on data: the built-in one, or one of the user's own, in Ikura's engine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ikura.data import Dataset, Source, prepare
from ikura.errors import SettingError
from ikura.evaluators import Evaluator, default_budget, default_space, machine, make_evaluator, versions
from ikura.nn import Network
from ikura.records import Origin, Settings
from ikura.space import Space
from ikura.study.prediction import Prediction, predict
from ikura.study.study import Study
from ikura.tasks import CLASSIFICATION


@dataclass(frozen=True, eq=False)
class DataSubject:
    """A network that learns a data set. Implements Subject."""

    dataset: Dataset
    network: Network | None

    @property
    def space(self) -> Space:
        """See `Subject.space`: one that suits the size of the data."""
        return default_space(len(self.dataset.train.y), user_network=self.network is not None)

    @property
    def budget(self) -> tuple[int, int]:
        """See `Subject.budget`: less for large data."""
        return default_budget(len(self.dataset.train.y))

    def evaluator(self, space: Space, *, seed: int, epochs: int) -> Evaluator:
        """See `Subject.evaluator`."""
        return make_evaluator(self.dataset, space, seed=seed, epochs=epochs, network=self.network)

    def settings(self) -> dict[str, Any]:
        """See `Subject.settings`."""
        dataset = self.dataset
        parts = {"train": dataset.train, "dev": dataset.dev, "test": dataset.test}
        return {
            "origin": dataset.origin,
            "data": str(Path(dataset.name).absolute()) if dataset.origin is Origin.FILE else dataset.name,
            "task": CLASSIFICATION.name,
            "objective": CLASSIFICATION.objective,
            "network": "mlp" if self.network is None else type(self.network).__name__,
            "user_network": self.network is not None,
            "fingerprint": dataset.fingerprint,
            "examples": {part: len(split.y) for part, split in parts.items()},
            "features": dataset.train.x.shape[1],
            "columns": len(dataset.preprocessing.columns),
            "classes": dataset.classes,
            "notes": dataset.notes,
            "versions": versions(),
            "machine": machine(),
        }

    def prediction(self, study: Study, epochs: int) -> Prediction | None:
        """See `Subject.prediction`: of a user's network nobody knows what a step takes."""
        if self.network is not None:
            return None
        settings = study.settings
        return predict(self.dataset, study.space, study.scheduler, settings.trials, settings.epochs, epochs)


def data_subject(data: Source, *, target: str | int | None, network: Network | None, seed: int) -> DataSubject:
    """Read data, and return the subject of a study that begins."""
    return DataSubject(prepare(data, target=target, seed=seed), network)


def data_again(name: str, settings: Settings, *, data: "Source | None", network: Network | None) -> DataSubject:
    """Return the subject of a study that goes on, from its settings and what came from Python.

    Raises:
        SettingError: something is not given again, or the data is not what it was.
    """
    if data is None and settings.origin is Origin.MEMORY:
        raise SettingError(f"{name}: its data came from Python; give it again: resume({name!r}, data=...)")
    if network is None and settings.user_network:
        raise SettingError(f"{name}: its network is one of your own; give it again: resume({name!r}, network=...)")
    subject = data_subject(
        settings.data if data is None else data, target=settings.target, network=network, seed=settings.seed
    )
    if (subject.dataset.fingerprint, subject.dataset.classes) != (settings.fingerprint, settings.classes):
        raise SettingError(
            f"{name}: the data in {settings.data} has changed since the study began; "
            "it must be the same: restore it, or start a new study"
        )
    return subject
