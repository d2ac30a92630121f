"""Where metrics are told while a study runs: event files of TensorBoard's, or an MLflow server."""

from typing import Protocol

from ikura.errors import SettingError
from ikura.records import JobResult, Trial

_RULE = "it must be tensorboard:FOLDER or mlflow:ADDRESS, such as mlflow:http://localhost:5000"


class Tracker(Protocol):
    """Where trials are told. Trouble is raised as OSError or `trouble`."""

    @property
    def trouble(self) -> type[Exception]:
        """The package's own error."""
        ...

    def begin(self, study: str) -> None:
        """Begin a study, or go on with it."""
        ...

    def add(self, trial: Trial, result: JobResult) -> None:
        """Tell a result of a trial, which is stored; others may follow, from later epochs on."""
        ...

    def stop(self, number: int) -> None:
        """Say that a trial was given up."""
        ...

    def end(self) -> None:
        """Say that the study is complete."""
        ...


def make_tracker(to: str) -> Tracker:
    """Return the tracker of `tensorboard:FOLDER` or `mlflow:ADDRESS`.

    Raises:
        SettingError: it is neither, or the package is not installed.
    """
    kind, _, place = to.partition(":")
    try:
        match kind:
            case "tensorboard" if place:
                from ikura.exchange.tensorboard import TensorBoard

                return TensorBoard(place)
            case "mlflow" if place:
                from ikura.exchange.mlflow import MLflow

                return MLflow(place)
    except ImportError as error:
        raise SettingError(
            f"track: {kind} is not installed; metrics need it: python -m pip install 'ikura[{kind}]'"
        ) from error
    raise SettingError(f"track: {to!r} is no place for metrics; {_RULE}: give another --track")
