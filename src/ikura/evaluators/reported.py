"""What training code reported, as the result of a job."""

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ikura.records import Job, JobResult, Metric, TrialState
from ikura.workers import Known


def result_of(job: Job, known: Sequence[Known], metric: Metric, names: Collection[str], horizon: int) -> JobResult:
    """Return what came of a job whose training is over.

    Args:
        job: that was done.
        known: what was reported along each of its legs.
        metric: that the study optimises.
        names: of all metrics.
        horizon: epochs of a trial that is trained to its end.
    """
    reports = _reports(job, known)
    last = known[-1]
    ended = last.ended and last.epochs <= max(job.stop, 1)
    if ended and last.returned is not None:
        place = max(max(reports, default=-1), job.start, 0)
        reports[place] = dict(reports.get(place, {})) | dict(last.returned)
    if (lost := _divergence(reports, metric.name)) is not None:
        finite = {epoch: values for epoch, values in reports.items() if epoch < lost}
        return JobResult(job, TrialState.DIVERGED, _curves(job, finite, names))
    if ended or job.stop == horizon:
        if len(job.legs) > 1 and not reports:
            # What was last measured of it, it was before it was copied.
            _bridge(job, reports, known)
        return JobResult(job, TrialState.COMPLETE, _curves(job, reports, names))
    _bridge(job, reports, known)
    return JobResult(job, TrialState.PAUSED, _curves(job, reports, names))


def failed(job: Job, known: Sequence[Known], metric: Metric, names: Collection[str], error: str) -> JobResult:
    """Return the result of a job that failed, with what was reported before."""
    reports = _reports(job, known)
    lost = _divergence(reports, metric.name)
    finite = {epoch: values for epoch, values in reports.items() if lost is None or epoch < lost}
    return JobResult(job, TrialState.FAILED, _curves(job, finite, names), error)


def _reports(job: Job, known: Sequence[Known]) -> dict[int, Mapping[str, float]]:
    """Return by epoch what was reported from the job's start to its end."""
    found: dict[int, Mapping[str, float]] = {}
    for leg, each in zip(job.legs, known, strict=True):
        first = max(leg.start, job.start)
        found |= {epoch: values for epoch, values in each.reports.items() if first <= epoch < leg.stop}
    return found


def _divergence(reports: Mapping[int, Mapping[str, float]], metric: str) -> int | None:
    """Return the first epoch at which the metric is not finite; None where there is none."""
    with np.errstate(over="ignore"):
        lost = [epoch for epoch, values in reports.items() if not math.isfinite(np.float32(values[metric]))]
    return min(lost, default=None)


def _bridge(job: Job, reports: dict[int, Mapping[str, float]], known: Sequence[Known]) -> None:
    """Have a trial that pauses between two reports stand there with the last one before, or else the first after."""
    if job.stop - 1 in reports:
        return
    others = {epoch: values for each in known for epoch, values in each.reports.items()}
    before = [epoch for epoch in others if epoch < job.stop]
    after = [epoch for epoch in others if epoch >= job.stop]
    if before or after:
        reports[job.stop - 1] = others[max(before) if before else min(after)]


def _curves(
    job: Job, reports: Mapping[int, Mapping[str, float]], names: Collection[str]
) -> dict[str, NDArray[np.float32]]:
    """Return for each metric its values from the job's start on [epoch]; NaN where nothing finite was reported."""
    epochs = max(reports, default=job.start - 1) + 1 - job.start
    curves = {name: np.full(epochs, np.nan, np.float32) for name in names}
    for epoch, values in reports.items():
        for name, value in values.items():
            with np.errstate(over="ignore"):
                kept = np.float32(value)
            curves[name][epoch - job.start] = kept if np.isfinite(kept) else np.nan
    return curves
