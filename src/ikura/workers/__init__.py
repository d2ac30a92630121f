"""Processes that run the user's own training code, and what they are given."""

from ikura.workers.call import Call, Ended, Ending, News, Ready, Reported, Unusable
from ikura.workers.environment import usual_workers
from ikura.workers.imported import Imported
from ikura.workers.journal import Journal, Known
from ikura.workers.lifeline import check_not_loading
from ikura.workers.pool import Limits, Pool
from ikura.workers.program import Program
from ikura.workers.serving import Setup
from ikura.workers.trial import Trial, TrialStopped

__all__ = [
    "Call",
    "Ended",
    "Ending",
    "Imported",
    "Journal",
    "Known",
    "Limits",
    "News",
    "Pool",
    "Program",
    "Ready",
    "Reported",
    "Setup",
    "Trial",
    "TrialStopped",
    "Unusable",
    "check_not_loading",
    "usual_workers",
]
