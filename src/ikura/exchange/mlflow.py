"""Runs of MLflow's."""

import math
import os
import time

from ikura.records import JobResult, Trial, TrialState

_MOST_METRICS = 1000
"""That MLflow takes at once."""


class MLflow:
    """An experiment for the study, and in it a run for each trial, which ends when the trial is over."""

    def __init__(self, place: str) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # it would call its makers
        import mlflow.entities
        from mlflow.exceptions import MlflowException

        self.trouble: type[Exception] = MlflowException
        self._entities = mlflow.entities
        self._client = mlflow.MlflowClient(tracking_uri=place)
        self._experiment = ""
        self._runs: dict[int, str] = {}

    def begin(self, study: str) -> None:
        """See `Tracker.begin`."""
        there = self._client.get_experiment_by_name(study)
        self._experiment = self._client.create_experiment(study) if there is None else there.experiment_id

    def add(self, trial: Trial, result: JobResult) -> None:
        """See `Tracker.add`."""
        run = self._find(trial.number) if result.job.start else None
        if run is None:
            run = self._create(trial)
        now = int(1000 * time.time())
        metrics = [
            self._entities.Metric(name, float(value), now, epoch)
            for name, curve in result.curves.items()
            for epoch, value in enumerate(curve, result.job.start)
            if not math.isnan(value)
        ]
        for first in range(0, len(metrics), _MOST_METRICS):
            self._client.log_batch(run, metrics=metrics[first : first + _MOST_METRICS])
        self._client.set_tag(run, "state", str(result.state))
        if result.state.is_over:
            self._terminate(trial.number, run, "FAILED" if result.state.is_lost else "FINISHED")

    def stop(self, number: int) -> None:
        """See `Tracker.stop`."""
        if (run := self._find(number)) is not None:
            self._client.set_tag(run, "state", str(TrialState.STOPPED))
            self._terminate(number, run, "KILLED")

    def end(self) -> None:
        """See `Tracker.end`; every run is ended already."""

    def _create(self, trial: Trial) -> str:
        run = self._client.create_run(self._experiment, run_name=_name(trial.number)).info.run_id
        params = [self._entities.Param(name, str(value)) for name, value in trial.config.items()]
        self._client.log_batch(run, params=params, tags=[self._entities.RunTag("round", str(trial.round))])
        self._runs[trial.number] = run
        return run

    def _find(self, number: int) -> str | None:
        """Return the run of a trial that has one: an earlier process may have begun it."""
        if number not in self._runs:
            found = self._client.search_runs(
                [self._experiment],
                filter_string=f"attributes.run_name = '{_name(number)}'",
                max_results=1,
                order_by=["attributes.start_time DESC"],
            )
            if not found:
                return None
            self._runs[number] = found[0].info.run_id
        return self._runs[number]

    def _terminate(self, number: int, run: str, status: str) -> None:
        self._client.set_terminated(run, status)
        self._runs.pop(number, None)


def _name(number: int) -> str:
    return f"trial-{number}"
