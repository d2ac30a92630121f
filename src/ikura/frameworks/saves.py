"""What a trial leaves in its folder to go on from."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from ikura.workers import Trial


class Saves:
    """Saves of one trial, each after so many epochs.

    Kept are the newest and the one that this call could go on from: the newest of the epochs that are known to have
    been reported. What was trained beyond these is trained again, for its reports.

    Args:
        trial: the trial.
        kind: begins the names of the saves.
        ending: ends them.
    """

    def __init__(self, trial: Trial, kind: str, ending: str = "") -> None:
        self._trial = trial
        self._kind = kind
        self._ending = ending

    def newest(self) -> tuple[int, Path | None]:
        """Return after how many epochs to go on, with the save to go on from: none to begin with."""
        return max((save for save in self._all() if save[0] <= self._trial.start), default=(0, None))

    def save(self, epochs: int, write: Callable[[Path], object]) -> None:
        """Write a save after so many epochs in all, whole or not at all.

        Args:
            epochs: the number.
            write: writes a file or a folder at a place where there is none.
        """
        folder = self._trial.folder
        unfinished = folder / f"unfinished-{self._kind}{self._ending}"
        _remove(unfinished)
        write(unfinished)
        whole = folder / f"{self._kind}-{epochs}{self._ending}"
        _remove(whole)
        unfinished.replace(whole)
        kept = {epochs, self.newest()[0]}
        for number, path in self._all():
            if number not in kept:
                _remove(path)

    def _all(self) -> list[tuple[int, Path]]:
        name = re.compile(rf"{re.escape(self._kind)}-(\d+){re.escape(self._ending)}")
        return [(int(found[1]), path) for path in self._trial.folder.iterdir() if (found := name.fullmatch(path.name))]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
