"""All checks of a study."""

from ikura.records import History, StudyRecord, TrialState
from ikura.report.checks.check import Check
from ikura.report.checks.curve_checks import steadiness, training_length, training_loss
from ikura.report.checks.evidence import cliff, region_of
from ikura.report.checks.lead_check import lead, seed_variance
from ikura.report.checks.space_checks import bounds, divergence, good_region
from ikura.space import Space


def checks(study: StudyRecord, history: History) -> tuple[Check, ...]:
    """Return what the checks of Google's deep learning tuning playbook say of a study, finished or not.

    Godbole, Dahl, Gilmer, Shallue and Nado (2023), "Deep Learning Tuning Playbook".
    """
    settings, metric = study.settings, history.objective.metric
    space = Space.from_toml(study.space)
    found = seed_variance(study.outcome.finalists, metric) if study.outcome else None
    return (
        bounds(space, region_of(space, history, settings), settings.limits),
        good_region(history, found.deviation if found else None),
        divergence(history, history.count(TrialState.DIVERGED), cliff(space, history)),
        training_length(history),
        steadiness(history),
        training_loss(history),
        lead(study.outcome, history.objective),
    )
