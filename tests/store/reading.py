"""A reader in a process of its own."""

from multiprocessing.connection import Connection

import numpy as np

from ikura.records import TrialState
from ikura.store import open_store


def read_until_told(url: str, wave: int, told: Connection) -> None:
    """Read the study `s` over and over, and send how many trials are complete whenever they have become more.

    What is not whole waves is sent as text, and ends it. So does any message.
    """
    seen = -1
    with open_store(url) as store:
        while not told.poll():
            history = store.history("s")
            complete = sum(state is TrialState.COMPLETE for state in history.states)
            curves = int(np.isfinite(history.curves["dev_loss"]).any(axis=1).sum())
            if complete != curves or complete % wave or complete < seen:
                told.send(f"{complete} complete after {seen}, {curves} with curves")
                return
            if complete > seen:
                told.send(complete)
                seen = complete
