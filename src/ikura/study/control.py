"""Commands that others send to the process that runs a study."""

import time

from ikura.errors import StudyStopped
from ikura.store import Store

LOOK_SECONDS = 1.0
"""Between two looks for commands."""

STOP = "stop"
"""The command that ends a run; the study can be resumed."""


class Control:
    """Looks for commands, and carries them out."""

    def __init__(self, store: Store, name: str) -> None:
        self._store, self._name = store, name
        # Those that were sent to earlier runs have had their time.
        self._seen = max((command.number for command in store.commands(name, 0)), default=0)
        self._looked = time.monotonic()

    def look(self) -> None:
        """Carry out what has been asked for since the last look, if that was long enough ago.

        Raises:
            StudyStopped: the study is to stop.
        """
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        for command in self._store.commands(self._name, self._seen):
            self._seen = command.number
            if command.kind == STOP:
                name = self._name
                raise StudyStopped(
                    f"{name}: stopped by `ikura stop`; what came until then is stored: `ikura resume {name}` goes on"
                )
