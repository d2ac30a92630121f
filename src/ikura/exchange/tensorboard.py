"""Event files of TensorBoard's."""

import math
import time
from pathlib import Path

from ikura.errors import SettingError
from ikura.folders import folder_name
from ikura.records import JobResult, Trial


class TensorBoard:
    """A run for each trial in `FOLDER/STUDY/trial-N`: curves by epoch, and the hyperparameters it was proposed with."""

    trouble = OSError

    def __init__(self, place: str) -> None:
        # Protobuf makes their classes at run time, which type checkers cannot see.
        from tensorboard.compat.proto.event_pb2 import Event  # pyright: ignore[reportAttributeAccessIssue]
        from tensorboard.compat.proto.summary_pb2 import Summary  # pyright: ignore[reportAttributeAccessIssue]
        from tensorboard.plugins.hparams.summary_v2 import hparams_pb
        from tensorboard.summary.writer.record_writer import RecordWriter

        self._event, self._summary, self._hparams, self._writer = Event, Summary, hparams_pb, RecordWriter
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

    def add(self, trial: Trial, result: JobResult) -> None:
        """See `Tracker.add`."""
        run, start, now = f"trial-{trial.number}", result.job.start, time.time()
        folder = self._folder / self._study / run
        folder.mkdir(parents=True, exist_ok=True)
        # A file for each result, in whose order TensorBoard reads them: it takes that of their names.
        with (folder / f"events.out.tfevents.{start:010}").open("wb") as file:
            writer = self._writer(file)
            writer.write(self._event(wall_time=now, file_version="brain.Event:2").SerializeToString())
            if start == 0:
                summary = self._hparams(dict(trial.config), run)
                writer.write(self._event(wall_time=now, summary=summary).SerializeToString())
            for place in range(result.epochs):
                summary = self._summary(value=self._values(result, place))
                writer.write(self._event(wall_time=now, step=start + place, summary=summary).SerializeToString())

    def stop(self, number: int) -> None:
        """See `Tracker.stop`; a run of TensorBoard's has no end."""

    def end(self) -> None:
        """See `Tracker.end`; every file is closed already."""

    def _values(self, result: JobResult, place: int) -> list[object]:
        """Return what was measured at a place of the result's curves."""
        there = {name: float(curve[place]) for name, curve in result.curves.items() if place < len(curve)}
        return [
            self._summary.Value(tag=name, simple_value=value) for name, value in there.items() if not math.isnan(value)
        ]
