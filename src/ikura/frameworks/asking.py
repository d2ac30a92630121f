"""The search space of training code that knows it itself, found in a worker process: finding it runs the code."""

import tempfile
from pathlib import Path
from typing import Any, Protocol

import cloudpickle

from ikura.errors import SettingError
from ikura.space import Space
from ikura.wording import gist
from ikura.workers import Call, Ended, Ending, Limits, Pool, Setup, Trial, Unusable

LOOK_SECONDS = 0.5
"""Between two looks whether it is found: then the search for it can be interrupted."""

_FILE = "space.toml"


class Asks(Protocol):
    """Training code that knows its space."""

    def space(self) -> Space:
        """Return it."""
        ...

    def __call__(self, trial: Trial, /) -> Any:
        """Train a configuration of it."""
        ...


class _Asking:
    """Has the space written down. It is called as if it trained."""

    def __init__(self, code: Asks) -> None:
        self._code = code

    def __call__(self, trial: Trial) -> float:
        (trial.folder / _FILE).write_text(self._code.space().to_toml(), encoding="utf-8")
        return 0.0


def ask_for_space(code: Asks) -> Space:
    """Return the search space of training code.

    Raises:
        SettingError: it cannot be loaded, or failed before it had asked for anything.
    """
    with tempfile.TemporaryDirectory(prefix="ikura-space-") as folder:
        pool = Pool(Setup(cloudpickle.dumps(_Asking(code)), str(Path.cwd()), None, "loss"), workers=1, limits=Limits())
        try:
            pool.submit([Call(0, "", 0, 0, {}, 0, 1, 1, folder)])
            while True:
                for news in pool.news(LOOK_SECONDS):
                    if isinstance(news, Unusable):
                        raise SettingError(f"train: {news.error}")
                    if isinstance(news, Ended):
                        return _found(news, Path(folder) / _FILE)
        finally:
            pool.close()


def _found(ended: Ended, file: Path) -> Space:
    if ended.ending is Ending.MISUSED:
        raise SettingError(ended.error or "")
    if ended.ending is not Ending.RETURNED:
        raise SettingError(
            f"train: its search space was not found, since it failed ({gist(ended.error or '')}); it is run up to "
            "its first report for that: mend it, or give a space"
        )
    return Space.from_toml(file.read_text(encoding="utf-8"))
