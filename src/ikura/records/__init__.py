"""What crosses from room to room: metrics, trials, jobs, decisions, histories, and what is kept of a study."""

from ikura.records.code import Code, CodeKind
from ikura.records.configuration import Config, Value
from ikura.records.decision import CopyFrom, Decision, GoOn, Stop
from ikura.records.ensemble import Comparison, Cost, Member, Together, mean_of
from ikura.records.evidence import Evidence
from ikura.records.history import History
from ikura.records.job import Job, JobResult
from ikura.records.metric import AT_LEAST, AT_MOST, Constraint, Goal, Metric, Objective, goal_of
from ikura.records.outcome import Best, Finalist, Outcome, best_first, interval_of, student, told_apart
from ikura.records.proposal import OptionCounts, Proposal, Region, Span, Wait
from ikura.records.settings import UNKNOWN_NETWORK, Earlier, Origin, Settings
from ikura.records.shapes import JSON, DamagedError
from ikura.records.study import DamagedStudy, Event, Status, StudyRecord
from ikura.records.target import Kind, Target
from ikura.records.trial import Edit, Leg, Source, Trial, TrialState

__all__ = [
    "AT_LEAST",
    "AT_MOST",
    "JSON",
    "UNKNOWN_NETWORK",
    "Best",
    "Code",
    "CodeKind",
    "Comparison",
    "Config",
    "Constraint",
    "CopyFrom",
    "Cost",
    "DamagedError",
    "DamagedStudy",
    "Decision",
    "Earlier",
    "Edit",
    "Event",
    "Evidence",
    "Finalist",
    "GoOn",
    "Goal",
    "History",
    "Job",
    "JobResult",
    "Kind",
    "Leg",
    "Member",
    "Metric",
    "Objective",
    "OptionCounts",
    "Origin",
    "Outcome",
    "Proposal",
    "Region",
    "Settings",
    "Source",
    "Span",
    "Status",
    "Stop",
    "StudyRecord",
    "Target",
    "Together",
    "Trial",
    "TrialState",
    "Value",
    "Wait",
    "best_first",
    "goal_of",
    "interval_of",
    "mean_of",
    "student",
    "told_apart",
]
