"""Training code that studies of the tests find by its name."""

import json
import math
import os
import time


def bowl(trial):
    """Return how far a rate is from the best one."""
    return (math.log10(trial.config["rate"]) + 2) ** 2


def walk(trial):
    """Train epoch by epoch, from where the trial's folder stands."""
    kept = trial.folder / "state.json"
    state = json.loads(kept.read_text()) if kept.exists() else {"epochs": 0, "place": trial.seed % 1000 / 1000}
    for epoch in range(state["epochs"], trial.epochs):
        state = {"epochs": epoch + 1, "place": state["place"] * 0.8 + trial.config["rate"] * (1 + epoch % 3)}
        time.sleep(float(os.environ.get("EPOCH_SECONDS", "0")))
        unfinished = kept.with_suffix(".new")
        unfinished.write_text(json.dumps(state))
        unfinished.replace(kept)
        trial.report(epoch, loss=state["place"], accuracy=1 - state["place"] / 9)
        if trial.should_stop:
            return
