"""A sign of life every few seconds, also while a long program trains or compiles."""

import threading
from collections.abc import Callable


class Heartbeat:
    """Calls `beat` every few seconds in a thread of its own, once it is started and until it is stopped."""

    def __init__(self, beat: Callable[[], None], seconds: float) -> None:
        self._beat = beat
        self._seconds = seconds
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, unless it has begun."""
        if self._thread is None:
            self._stopped.clear()
            # A process that leaves at once does not wait for it.
            self._thread = threading.Thread(target=self._run, name="ikura-heartbeat", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End; a beat under way is waited for, but not long."""
        if self._thread is not None:
            self._stopped.set()
            self._thread.join(timeout=1.0)
            self._thread = None

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            self._beat()
