"""Metrics for other programs while a study runs: event files of TensorBoard's, or an MLflow server."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from ikura.errors import SettingError
from ikura.records import METRICS, Trial, TrialResult, TrialState
from ikura.study.happenings import Began, Finished, Happening, TrialsTrained
from ikura.study.settings import folder_name

RULE = "it must be tensorboard:FOLDER or mlflow:ADDRESS, such as mlflow:http://localhost:5000"


class Tracker(Protocol):
    """Where trials are told. Trouble is raised as OSError, or as the package's own error."""

    trouble: type[Exception]

    def begin(self, study: str) -> None:
        """A study begins or goes on."""
        ...

    def add(self, trial: Trial, result: TrialResult) -> None:
        """A trial has a result, which is stored."""
        ...

    def end(self) -> None:
        """The study is complete."""
        ...


class Tracking:
    """Watches a study and tells a tracker; a Watcher. What is tracked has been stored before.

    Trouble with the tracker ends the tracking and not the study; `failure` says what it was.
    """

    def __init__(self, tracker: Tracker) -> None:
        self.failure: str | None = None
        self._tracker = tracker

    def __call__(self, happening: Happening) -> None:
        """Tells what concerns trials."""
        if self.failure is not None:
            return
        try:
            match happening:
                case Began():
                    self._tracker.begin(happening.name)
                case TrialsTrained():
                    for trial, result in happening.results:
                        self._tracker.add(trial, result)
                case Finished():
                    self._tracker.end()
                case _:
                    pass
        except (OSError, self._tracker.trouble) as error:
            said = str(error).strip().splitlines()
            self.failure = said[0] if said else type(error).__name__


class TensorBoard:
    """A run for each trial in `FOLDER/STUDY/trial-N`: curves by epoch, and the hyperparameters."""

    trouble = OSError

    def __init__(self, place: str) -> None:
        # Protobuf makes their classes at run time, which type checkers cannot see.
        from tensorboard.compat.proto.event_pb2 import Event  # pyright: ignore[reportAttributeAccessIssue]
        from tensorboard.compat.proto.summary_pb2 import Summary  # pyright: ignore[reportAttributeAccessIssue]
        from tensorboard.plugins.hparams.summary_v2 import hparams_pb
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self._event, self._summary, self._hparams, self._writer = Event, Summary, hparams_pb, EventFileWriter
        self._folder = Path(place)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingError(
                f"track: {place} cannot be made ({error.strerror}); TensorBoard wants a folder: give another"
            ) from error
        self._study = ""

    def begin(self, study: str) -> None:
        """See `Tracker.begin`."""
        self._study = folder_name(study)

    def add(self, trial: Trial, result: TrialResult) -> None:
        """See `Tracker.add`."""
        writer = self._writer(str(self._folder / self._study / f"trial-{trial.number}"))
        try:
            now, config = time.time(), dict(trial.config)
            writer.add_event(self._event(wall_time=now, summary=self._hparams(config, f"trial-{trial.number}")))
            for epoch in range(len(result.curves[METRICS[0]])):
                values = [
                    self._summary.Value(tag=metric, simple_value=float(result.curves[metric][epoch]))
                    for metric in METRICS
                ]
                writer.add_event(self._event(wall_time=now, step=epoch, summary=self._summary(value=values)))
        finally:
            writer.close()

    def end(self) -> None:
        """See `Tracker.end`; every file is closed already."""


class MLflow:
    """An experiment for the study, and in it a run for each trial."""

    MOST_METRICS = 1000
    """That MLflow takes at once."""

    def __init__(self, place: str) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # it would call its makers
        import mlflow.entities
        from mlflow.exceptions import MlflowException

        self.trouble: type[Exception] = MlflowException
        self._entities = mlflow.entities
        self._client = mlflow.MlflowClient(tracking_uri=place)
        self._experiment = ""

    def begin(self, study: str) -> None:
        """See `Tracker.begin`."""
        there = self._client.get_experiment_by_name(study)
        self._experiment = self._client.create_experiment(study) if there is None else there.experiment_id

    def add(self, trial: Trial, result: TrialResult) -> None:
        """See `Tracker.add`."""
        run = self._client.create_run(self._experiment, run_name=f"trial-{trial.number}").info.run_id
        params = [self._entities.Param(name, str(value)) for name, value in trial.config.items()]
        now = int(1000 * time.time())
        metrics = [
            self._entities.Metric(metric, float(value), now, epoch)
            for metric in METRICS
            for epoch, value in enumerate(result.curves[metric])
        ]
        tags = [self._entities.RunTag("state", str(result.state)), self._entities.RunTag("round", str(trial.round))]
        self._client.log_batch(run, params=params, tags=tags)
        for first in range(0, len(metrics), self.MOST_METRICS):
            self._client.log_batch(run, metrics=metrics[first : first + self.MOST_METRICS])
        self._client.set_terminated(run, "FINISHED" if result.state is TrialState.COMPLETE else "FAILED")

    def end(self) -> None:
        """See `Tracker.end`; every run is ended already."""


TRACKERS: dict[str, Callable[[str], Any]] = {"tensorboard": TensorBoard, "mlflow": MLflow}


def make_tracking(to: str) -> Tracking:
    """The tracking of `tensorboard:FOLDER` or `mlflow:ADDRESS`.

    Raises:
        SettingError: it is neither, or the package is not installed.
    """
    kind, _, place = to.partition(":")
    if kind not in TRACKERS or not place:
        raise SettingError(f"track: {to!r} is no place for metrics; {RULE}: give another --track")
    try:
        return Tracking(TRACKERS[kind](place))
    except ImportError as error:
        raise SettingError(
            f"track: {kind} is not installed; metrics need it: python -m pip install 'ikura[{kind}]'"
        ) from error
