"""The folders of trials, in which training code leaves what it needs to go on: each holds what came of one way."""

import shutil
from pathlib import Path

from ikura.files import write_whole

_WAY = ".ikura-way"
"""In a trial's folder, once it holds what another trial, or another configuration, began: the name of the way."""


class TrialFolders:
    """The folders of all trials of a study, each in one folder; they are made by the training code that uses them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, number: int, replicate: int) -> Path:
        """Return a trial's own folder."""
        return self.folder / (f"{number}-{replicate}" if replicate else str(number))

    def holds(self, folder: Path, way: str, *, plain: bool) -> bool:
        """Return whether what is in a folder came of this way; `plain` says that the trial began it itself."""
        marker = folder / _WAY
        return marker.read_text(encoding="utf-8") == way if marker.exists() else plain

    def copy(self, source: Path, to: Path, way: str) -> None:
        """Put what is in one folder in the place of what is in the other, for a way that goes on from there."""
        if source != to:
            made = to.with_name(f".{to.name}.copy")
            shutil.rmtree(made, ignore_errors=True)
            shutil.copytree(source, made, symlinks=True)
            write_whole(made / _WAY, way)
            shutil.rmtree(to, ignore_errors=True)
            made.rename(to)
        else:
            write_whole(to / _WAY, way)

    def empty(self, folder: Path, way: str) -> None:
        """Remove what is in a folder, and have it hold a way."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_whole(folder / _WAY, way)
