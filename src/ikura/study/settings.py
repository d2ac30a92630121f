"""The settings of a study that begins."""

from dataclasses import dataclass

from ikura.evaluators import Evaluator
from ikura.records import Settings
from ikura.samplers import round_sizes, rounds_of, versions_of
from ikura.schedulers import Scheduler
from ikura.study.arguments import Arguments
from ikura.study.beginning import Beginning
from ikura.study.constraints import constrained
from ikura.study.subject import Subject


@dataclass(frozen=True, slots=True)
class Budget:
    """What a search may spend."""

    trials: int
    epochs: int
    """The horizon."""
    schedule: str
    """Who gets how much of it."""


def settings_of(
    arguments: Arguments,
    subject: Subject,
    evaluator: Evaluator,
    budget: Budget,
    scheduler: Scheduler,
    beginning: Beginning,
) -> Settings:
    """Return the settings of a study, all defaults filled in.

    Raises:
        SettingError: a constraint is of a metric that is not measured.
    """
    sampler = arguments.make_sampler()
    of_subject = subject.settings()
    known = tuple(dict.fromkeys((*evaluator.metrics, *subject.on_request)))
    of_subject |= {
        "objective": constrained(of_subject["objective"], arguments.running.constraint, known),
        "versions": of_subject["versions"] | versions_of(sampler),
    }
    return Settings(
        target=arguments.target,
        seed=arguments.seed,
        trials=budget.trials,
        epochs=budget.epochs,
        sampler=arguments.sampler if isinstance(arguments.sampler, str) else type(arguments.sampler).__name__,
        user_sampler=not isinstance(arguments.sampler, str),
        rounds=rounds_of(sampler),
        start=beginning.start,
        prior=beginning.prior,
        schedule=budget.schedule,
        reduction=scheduler.settings.get("reduction"),
        min_epochs=scheduler.settings.get("min_epochs"),
        metrics=tuple(evaluator.metrics),
        limits=evaluator.limits,
        timeout=arguments.timeout,
        reference_error=arguments.reference_error,
        ensemble=arguments.ensemble,
        out=None if arguments.out is None else str(arguments.out.absolute()),
        **of_subject,
    )


def budget_of(arguments: Arguments, subject: Subject) -> Budget:
    """Return what a study may spend, by default what suits what is tuned."""
    usual_trials, usual_epochs = subject.budget
    trials, epochs = arguments.trials or usual_trials, arguments.epochs or usual_epochs
    rounds = round_sizes(arguments.make_sampler(), trials)
    # Fronts are of trials that came to their end, and better the more there are.
    usual = subject.schedule(epochs, rounds) if arguments.running.second is None else "full"
    return Budget(trials, epochs, arguments.schedule or usual)
