"""What a trial has reported, kept in its folder beside the state that its training goes on from."""

import json
from collections.abc import Mapping

from ikura.files import write_whole
from ikura.workers import Trial


class Ledger:
    """Report to a trial; report again what the study did not come to store before it was killed.

    Training that goes on from a saved state does not go through the epochs before it, whose reports may be lost.

    Args:
        trial: whom to report to.
        keep: what is reported in the trial's folder.
    """

    def __init__(self, trial: Trial, *, keep: bool) -> None:
        self._trial = trial
        self._place = trial.folder / "reported.json" if keep else None

    def report(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Report an epoch, counted from 0; see `Trial.report` for what is raised."""
        if self._place is not None:
            write_whole(self._place, json.dumps(self._kept() | {str(epoch): dict(metrics)}))
        self._trial.report(epoch, **metrics)

    def catch_up(self, epochs: int) -> None:
        """Report again what the study lacks of the epochs before this one, from which training goes on."""
        kept = self._kept()
        for epoch in range(self._trial.start, epochs):
            if str(epoch) in kept:
                self._trial.report(epoch, **kept[str(epoch)])

    def _kept(self) -> dict[str, dict[str, float]]:
        if self._place is None or not self._place.exists():
            return {}
        return json.loads(self._place.read_text())
