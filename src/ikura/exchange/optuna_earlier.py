"""Studies that an earlier Ikura exported to Optuna's storage, before trials could pause, be stopped or be copied."""

from collections.abc import Sequence

from ikura.records import JSON
from ikura.store.migrations.documents_0004 import new_outcome, new_settings

_STATES = {"complete": "COMPLETE", "waiting": "WAITING", "diverged": "FAIL", "failed": "FAIL"}


def is_earlier(kept: JSON) -> bool:
    """Return whether an earlier Ikura wrote what is kept of a study."""
    return "metrics" not in kept["settings"]


def renewed(kept: JSON, trials: Sequence[JSON]) -> tuple[JSON, list[JSON]]:
    """Return what is kept of a study, and of each of its trials, as this Ikura would write it."""
    epochs = sum(max(map(len, own["curves"].values()), default=0) for own in trials)
    documents = {
        "settings": new_settings(kept["settings"], kept["space"]),
        # A document of no form stays as it is, for others to refuse.
        "outcome": new_outcome(kept["outcome"], epochs) or kept["outcome"],
    }
    return kept | documents, [{"optuna": _STATES[own["state"]], "target": None, "edits": []} | own for own in trials]
