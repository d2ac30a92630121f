"""History into plain facts: everything the page says, before any of it is drawn."""

import math
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from ikura.records import Code, Config, History, Metric, Objective, Outcome, Settings, StudyRecord, TrialState
from ikura.report.axes import Axis, axes
from ikura.report.checks import Check, NextSpace, Question, checks, next_space, questions
from ikura.report.classification import ClassificationSections
from ikura.report.ensemble import EnsembleFacts, ensemble_facts
from ikura.report.family import Family, family, way_of
from ikura.report.finals import Finals, finals
from ikura.report.front import Front, front
from ikura.report.importance import Importance, importances
from ikura.report.labelled import LabelSections, SeveralSections
from ikura.report.measures import written
from ikura.report.numbers import NumberSections
from ikura.report.parts import Parts, parts
from ikura.report.reproduction import Reproduction, reproduction
from ikura.report.rungs import Elimination
from ikura.report.shown_trials import ShownTrials, shown_trials
from ikura.report.stopping import STOPPING, elimination_of
from ikura.report.task_sections import Judgement, PlainSections, Score, Table, TaskSections
from ikura.report.trial_table import TrialTable, trial_table
from ikura.report.words import (
    beginning_in_words,
    can_go_on,
    changes_of,
    failures_in_words,
    features_in_words,
    revisions_in_words,
    some_ended_early,
    unused_in_words,
)
from ikura.report.worst import WorstTable, worst_tables
from ikura.report.zoom import Zoom, zooms
from ikura.samplers import in_words
from ikura.space import Choice, Space, holding, spaces_of
from ikura.wording import count, duration, every, number

TASKS: Mapping[str, TaskSections] = {
    "classification": ClassificationSections(),
    "regression": NumberSections(),
    "counts": NumberSections(),
    "multilabel": LabelSections(),
    "several": SeveralSections(),
}
"""How the studies of each task are told; those of others by PlainSections."""


@dataclass(frozen=True, slots=True)
class BestTrial:
    """The winner; in an unfinished study the best trial so far."""

    number: int
    config: Table
    """The hyperparameters that exist, in the space's order, as the trial was trained last."""
    value: float
    """The objective."""
    changes: int
    """How many times its configuration changed under training."""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """All that the page says."""

    study: str
    created: str
    sentence: str
    notice: str | None
    """What an unfinished study lacks."""
    resume: str | None
    """The command that goes on with an interrupted study."""
    objective: Objective
    metrics: tuple[Metric, ...]
    """All of them, those that decide first."""
    score: Score | None
    judgement: Judgement | None
    """None where nothing was tested."""
    parts: Parts | None
    """None where nothing was tested, or by an Ikura that did not measure them."""
    worst: tuple[WorstTable, ...]
    best: BestTrial | None
    finished: bool
    summary: tuple[tuple[str, Table], ...]
    notes: tuple[str, ...]
    """What became of the budget, if it was not used up, what trials failed with, and what was done to the data."""
    finals: Finals | None
    front: Front | None
    """None of a single objective."""
    ensemble: EnsembleFacts | None
    """None where nobody asked for one."""
    axes: tuple[Axis, ...]
    shown: ShownTrials
    importances: tuple[Importance, ...]
    """The most important hyperparameter first; none in a space of one."""
    table: TrialTable
    elimination: Elimination | None
    """None where the study's schedule stops no trials."""
    family: Family | None
    """None where the study had another schedule."""
    zooms: tuple[Zoom, ...]
    questions: tuple[Question, ...]
    checks: tuple[Check, ...]
    next_space: NextSpace
    reproduction: Reproduction | None
    """None where another program made the study."""


def gather(study: StudyRecord, space: Space, history: History) -> Facts:
    """Return the facts of a study; where it has no outcome yet, those of its history so far."""
    settings, outcome = study.settings, study.outcome
    if settings.earlier:
        space = _with_options(space, history)
    objective = settings.objective
    task = TASKS.get(settings.task, PlainSections())
    drawn = axes(space)
    metrics = (*objective.metrics, *(metric for metric in settings.metrics if metric not in objective.metrics))
    config, best = _best(space, history, objective.metric, outcome)
    shown = shown_trials(space, drawn, history)
    judgement = task.judgement(outcome.test) if outcome and outcome.test is not None else None
    test = (outcome.test if outcome else None) or {}
    return Facts(
        study=study.name,
        created=study.created.strftime("%d %B %Y, %H:%M UTC"),
        sentence=_sentence(settings, outcome, history, best, task, judgement),
        notice=_notice(study, space, history, best),
        resume=f"ikura resume {shlex.quote(study.name)}" if can_go_on(study, history) else None,
        objective=objective,
        metrics=metrics,
        score=judgement.score if judgement else _score(objective.metric, best, outcome, task),
        judgement=judgement,
        parts=parts(test, settings),
        worst=worst_tables(test, settings),
        best=best,
        finished=outcome is not None,
        summary=_summary(settings, outcome, history, task),
        notes=(*_revisions(study), *_notes(settings, outcome, history)),
        finals=finals(outcome, objective) if outcome else None,
        front=front(history, shown),
        ensemble=ensemble_facts(settings, outcome) if outcome else None,
        axes=drawn,
        shown=shown,
        importances=importances(space, history),
        table=trial_table(space, history, metrics),
        elimination=elimination_of(settings, history),
        family=family(space, history, best.number if best else None)
        if settings.schedule == "pbt" or history.edits
        else None,
        zooms=zooms(space, history, _searched(study)),
        questions=questions(study, history),
        checks=checks(study, history),
        next_space=next_space(Space.from_toml(study.space), history, settings),
        reproduction=reproduction(study, config),
    )


def _best(
    space: Space, history: History, metric: Metric, outcome: Outcome | None
) -> tuple[Config | None, BestTrial | None]:
    """Return the configuration of the trial that stands out, and what is said of it."""
    if outcome:
        chosen, value = outcome.best.number, outcome.best.metrics.get(metric.name, math.nan)
    elif len(history.ranking):
        chosen = history.front[0] if history.front else int(history.ranking[0])
        value = float(history.final(metric.name)[chosen])
    else:
        return None, None
    config = outcome.best.config if outcome else way_of(history, chosen)[-1].config
    changes = changes_of(history, chosen)
    rows = tuple((name, number(config[name])) for name in space.names if name in config)
    return config, BestTrial(chosen, rows, value, changes)


def _score(metric: Metric, best: BestTrial | None, outcome: Outcome | None, task: TaskSections) -> Score | None:
    if best is None:
        return None
    return Score(f"Best {metric.title}{'' if outcome else ' so far'}", written(metric, best.value), task.caveat)


def _sentence(
    settings: Settings,
    outcome: Outcome | None,
    history: History,
    best: BestTrial | None,
    task: TaskSections,
    judgement: Judgement | None,
) -> str:
    found = task.found(settings.objective.metric, best.value) if best else None
    if outcome:
        tried = f"Tried {count(outcome.trials, task.noun)} in {duration(outcome.seconds['total'])}"
        told = f"{tried}; {'it' if outcome.trials == 1 else 'the best'} {judgement.sentence if judgement else found}."
        once = " It was trained on the train and dev examples together, and tested once."
        return told + (once if judgement else "")
    done = f"{_measured(history):,} of {count(settings.trials, 'trial')} measured"
    if best is not None:
        return f"{done}; the best {found}."
    return f"{done}{'; all of them diverged' if history.count(TrialState.DIVERGED) else ''}."


def _notice(study: StudyRecord, space: Space, history: History, best: BestTrial | None) -> str | None:
    settings = study.settings
    if study.outcome:
        return None
    if settings.imported:
        return "Another program trained this study: Ikura shows what it was told."
    if study.status == "running":
        said = ["This study is still running: the page shows what was stored when it was written."]
    elif can_go_on(study, history):
        said = ["This study was interrupted."]
    else:
        said = ["This study ended without an answer."]
    if best is None and history.count(TrialState.DIVERGED):
        rate = "learning_rate" in space.names
        remedy = "lower the upper bound of the learning rate" if rate else "narrow the space"
        said.append(f"Every trial diverged: {remedy}, and look at the data for outliers.")
    if best is None and history.errors:
        failed = count(len(history.errors), "trial")
        said.append(f"The {'network' if settings.user_network else 'training code'} raised an error in {failed}:")
        said.append("mend it, and begin another study.")
    if settings.examples["test"]:
        said.append("The test set has not been used.")
    return " ".join(said)


def _summary(
    settings: Settings, outcome: Outcome | None, history: History, task: TaskSections
) -> tuple[tuple[str, Table], ...]:
    groups = [("What was tried", _tried(settings, outcome, history))]
    if outcome and not settings.imported:
        groups.append(("How fast", _speed(outcome)))
    if not settings.imported and any(settings.examples.values()):
        groups.append(("On what data", _data(settings, task)))
    if settings.code is not None:
        groups.append(("By what code", _code(settings.code)))
    return tuple(groups)


def _tried(settings: Settings, outcome: Outcome | None, history: History) -> Table:
    rounds = 1 + max((trial.round for trial in history.trials), default=0)
    trained = outcome.epochs_trained if outcome else int(history.epochs.sum())
    stopped = history.count(TrialState.STOPPED) - history.untried
    stops = bool(stopped) or settings.schedule in STOPPING
    return (
        ("Trials", _trials(settings, history)),
        ("Epochs each", f"{'up to ' if stops or some_ended_early(history) else ''}{settings.epochs:,}"),
        ("Epochs in all", f"{trained:,}"),
        ("Sampler", in_words(settings.sampler)),
        *([("Rounds", f"{rounds:,}")] if rounds > 1 else []),
        *([] if (beginning := beginning_in_words(settings)) is None else [("Began with", beginning)]),
        ("Schedule", _schedule(settings)),
        *([("Stopped early", f"{stopped:,}")] if stops else []),
        ("Diverged", f"{history.count(TrialState.DIVERGED):,}"),
        *([("Failed", f"{len(history.errors):,}")] if history.errors else []),
    )


def _schedule(settings: Settings) -> str:
    if settings.reduction is not None:
        return f"{settings.schedule}, 1 in {settings.reduction:,} goes on"
    if settings.min_epochs is None:
        return settings.schedule
    if settings.schedule == "patience":
        return f"{settings.schedule} of {count(settings.min_epochs, 'epoch')}"
    return f"{settings.schedule}, {every(settings.min_epochs, 'epoch')}"


def _data(settings: Settings, task: TaskSections) -> Table:
    parts = {part: f"{number:,}" for part, number in settings.examples.items() if number or part != "test"}
    if settings.folds is not None:  # where each example for training is one for dev as well, of one fold
        del parts["train"]
        parts = {"train and dev": f"{parts.pop('dev')} in {settings.folds:,} folds"} | parts
    return (
        ("Data", settings.data),
        (" / ".join(parts).capitalize(), " / ".join(parts.values())),
        ("Inputs", features_in_words(settings)),
        *task.data(settings),
    )


def _code(code: Code) -> Table:
    limits = (
        (code.time_limit, "s a trial"),
        (code.silence_limit, "s of silence"),
        (code.memory_limit, "GiB of memory"),
    )
    said = [f"{limit:g} {what}" for limit, what in limits if limit is not None]
    return (
        ("Code", code.call),
        ("In the folder", code.folder),
        ("Worker processes", f"{code.workers:,}"),
        *([("Limits", ", ".join(said))] if said else []),
        *([("Retries", f"{code.retries:,}")] if code.retries else []),
    )


def _notes(settings: Settings, outcome: Outcome | None, history: History) -> tuple[str, ...]:
    unused = unused_in_words(settings, outcome) if outcome else None
    troubles = outcome.troubles if outcome else ()
    return (*([unused] if unused else []), *troubles, *failures_in_words(history), *settings.notes)


def _with_options(space: Space, history: History) -> Space:
    """Return a space whose choices have the options, too, that were in force before they were searched."""
    return Space(
        **{
            name: holding(dimension, history.values_of(name)) if isinstance(dimension, Choice) else dimension
            for name, dimension in space.items
        }
    )


def _searched(study: StudyRecord) -> list[tuple[float, Space]]:
    """Return the spaces of a study that was changed, each with the round up to which it was searched."""
    untils = [*(each.until for each in study.settings.earlier), math.inf]
    return list(zip(untils, spaces_of(study.settings, study.space), strict=True)) if study.settings.earlier else []


def _revisions(study: StudyRecord) -> list[str]:
    return [
        f"The study was changed before round {until + 1:,}: {words}."
        for until, words in revisions_in_words(study.settings, study.space)
    ]


def _trials(settings: Settings, history: History) -> str:
    measured, wanted = _measured(history), settings.trials
    return f"{wanted:,}" if measured == wanted else f"{measured:,} of {wanted:,}"


def _speed(outcome: Outcome) -> Table:
    seconds = outcome.seconds
    return (
        ("In all", duration(seconds["total"])),
        ("Search", duration(seconds["search"])),
        *([("Finals", duration(seconds["finals"]))] if outcome.finalists or outcome.test else []),
        ("Trials a second", number(float(outcome.trials_per_second), digits=3)),
        *([("Compiled programs", f"{outcome.programs:,}")] if outcome.programs else []),
    )


def _measured(history: History) -> int:
    known = sum(bool(epochs) or state.is_over for epochs, state in zip(history.epochs, history.states, strict=True))
    return known - history.untried
