"""The settings of a study that begins."""

from ikura.evaluators import Evaluator
from ikura.records import Settings
from ikura.samplers import rounds_of, versions_of
from ikura.schedulers import Scheduler
from ikura.study.arguments import Arguments
from ikura.study.beginning import Beginning
from ikura.study.constraints import constrained
from ikura.study.subject import Subject


def settings_of(
    arguments: Arguments, subject: Subject, evaluator: Evaluator, scheduler: Scheduler, beginning: Beginning
) -> Settings:
    """Return the settings of a study, all defaults filled in.

    Raises:
        SettingError: a constraint is of a metric that is not measured.
    """
    sampler = arguments.make_sampler()
    of_subject = subject.settings()
    trials, epochs = budget(arguments, subject)
    asked = arguments.running.constraint
    of_subject |= {
        "objective": constrained(of_subject["objective"], asked, evaluator.metrics),
        "versions": of_subject["versions"] | versions_of(sampler),
    }
    return Settings(
        target=arguments.target,
        seed=arguments.seed,
        trials=trials,
        epochs=epochs,
        sampler=arguments.sampler if isinstance(arguments.sampler, str) else type(arguments.sampler).__name__,
        user_sampler=not isinstance(arguments.sampler, str),
        rounds=rounds_of(sampler),
        start=beginning.start,
        prior=beginning.prior,
        schedule=arguments.schedule,
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


def budget(arguments: Arguments, subject: Subject) -> tuple[int, int]:
    """Return trials and horizon, by default those that suit what is tuned."""
    trials, epochs = subject.budget
    return arguments.trials or trials, arguments.epochs or epochs
