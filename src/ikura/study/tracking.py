"""A study's events, told to a tracker."""

from ikura.exchange import Tracker, make_tracker
from ikura.study.events import Began, Finished, ResultsStored, StudyEvent


class Tracking:
    """Watches a study and tells a tracker; a Watcher. What is tracked has been stored before.

    Trouble with the tracker ends the tracking and not the study; `failure` says what it was.
    """

    def __init__(self, tracker: Tracker) -> None:
        self.failure: str | None = None
        self._tracker = tracker

    def __call__(self, event: StudyEvent) -> None:
        """Tell what concerns trials."""
        if self.failure is not None:
            return
        try:
            match event:
                case Began():
                    self._tracker.begin(event.name)
                case ResultsStored():
                    for trial, result in event.results:
                        self._tracker.add(trial, result)
                    for number in event.given_up:
                        self._tracker.stop(number)
                case Finished():
                    self._tracker.end()
                case _:
                    pass
        except (OSError, self._tracker.trouble) as error:
            said = str(error).strip().splitlines()
            self.failure = said[0] if said else type(error).__name__


def make_tracking(to: str) -> Tracking:
    """Return the tracking of `tensorboard:FOLDER` or `mlflow:ADDRESS`.

    Raises:
        SettingError: it is neither, or the package is not installed.
    """
    return Tracking(make_tracker(to))
