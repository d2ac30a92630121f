"""What is said of a study and of a run on its way."""

from ikura.cli.run_status import RunStatus
from ikura.cli.wording import duration, measured, path_in_words, percent, plain, predicted, speed
from ikura.records import Kind, Outcome, Settings
from ikura.report.words import features_in_words
from ikura.samplers import in_words
from ikura.wording import count, listing

STOPPING = "stopping soon; once more to leave at once"

SEPARATOR = "  ·  "

PHASES = {
    "starting": "training the first networks ...",
    "ensemble": "choosing an ensemble of the best networks",
    "winner": "training the winner on train and dev examples",
}
"""What is being done where nothing is measured yet."""


def subject_in_words(settings: Settings) -> tuple[str, str]:
    """Return what a study tunes: of what kind it is, and its name and size."""
    return ("data", _data_in_words(settings)) if settings.code is None else ("code", _code_in_words(settings))


def _code_in_words(settings: Settings) -> str:
    code = settings.code
    assert code is not None
    workers = count(code.workers, "worker process", "worker processes")
    optimised = listing([f"{metric.goal} {plain(metric.name)}" for metric in settings.objective.optimised], "and")
    return f"{plain(code.call)}: {optimised}, {workers}"


def _data_in_words(settings: Settings) -> str:
    examples = settings.examples
    parts = [f"{examples['train']:,} training", f"{examples['dev']:,} dev"]
    if settings.folds is not None:  # where each example for training is one for dev as well, of one fold
        parts = [f"{examples['dev']:,} training and dev"]
    parts += [f"{examples['test']:,} test"] if examples["test"] else []
    return (
        f"{plain(path_in_words(settings.data))}: {listing(parts, 'and')} examples; "
        f"{features_in_words(settings)}, {plain(targets_in_words(settings))}"
    )


def targets_in_words(settings: Settings) -> str:
    """Return what is learned: `10 classes`, `the number 'price'`, `3 targets`."""
    if len(settings.targets) != 1:
        return count(len(settings.targets), "target")
    (target,) = settings.targets
    if target.kind is Kind.CLASS:
        return f"{len(target.classes):,} classes"
    return f"{len(target.classes):,} labels" if target.kind is Kind.LABELS else f"the {target.kind} {target.name!r}"


def search_in_words(settings: Settings) -> str:
    """Return the search of a study: its size, its sampler and its schedule."""
    rounds = f" in {count(settings.rounds, 'round')}" if settings.rounds else ""
    folds = f", {settings.folds:,} folds" if settings.folds is not None else ""
    schedule = "" if settings.schedule == "full" else f", {plain(settings.schedule)}{_schedule_options(settings)}"
    return (
        f"{count(settings.trials, 'trial')} of {count(settings.epochs, 'epoch')}, "
        f"{plain(in_words(settings.sampler))}{rounds}{folds}{schedule}, seed {settings.seed}"
    )


def _schedule_options(settings: Settings) -> str:
    options = (("reduction", settings.reduction), ("min-epochs", settings.min_epochs))
    said = ", ".join(f"{name} {value}" for name, value in options if value is not None)
    return f" ({said})" if said else ""


def schedule_in_words(summary: str, *, trials: int, horizon: int, epochs: int, is_bound: bool) -> str:
    """Return what a schedule does, and what it spares a search.

    Args:
        summary: of the scheduler.
        trials: of the search.
        horizon: epochs of a trial that is trained to its end.
        epochs: about how many the search trains, of all trials together.
        is_bound: whether that is the most that there can be.
    """
    full = trials * horizon
    about = "at most " if is_bound else "about " if epochs != full else ""
    without = f", {full:,} without" if epochs != full else ""
    return f"{count(trials, 'trial')} {plain(summary)}: {about}{count(epochs, 'epoch')}{without}"


def plan_in_words(outcome: Outcome) -> str:
    """Return what the planner predicted of a finished study, and what came of it."""
    plan, took = outcome.planned, duration(outcome.seconds["search"])
    assert plan is not None
    if plan["engine"] == "kernel":
        return f"trained in the kernel; predicted {predicted(plan['seconds'])}, the search took {took}"
    programs = f"{count(len(plan['parts']), 'program')}, {percent(plan['padding_waste'], 0)} of training in padding"
    return f"{programs}; the search took {took}"


def place_in_search(status: RunStatus) -> str:
    """Return which round it is, or that it is the search."""
    if status.rounds is None or status.round is None:
        return "search"
    # The sampler may need a round more for the rest.
    return f"round {status.round + 1} of {max(status.rounds, status.round + 1)}"


def trials_over(status: RunStatus) -> str:
    """Write `64 of 128 trials`; where none is over yet, the epochs, if there are some."""
    if not status.over and status.epochs:
        return epochs_done(status)
    return f"{status.over:,} of {count(status.trials, 'trial')}"


def epochs_done(status: RunStatus) -> str:
    """Write `1,920 of 3,840 epochs`."""
    return f"{status.epochs:,} of {count(status.all_epochs, 'epoch')}"


def best_so_far(status: RunStatus) -> list[str]:
    """Return the best value of the objective, once there is one."""
    if status.best_value is None or status.metric is None:
        return []
    return [f"best {plain(status.metric.title)} {measured(status.metric, status.best_value)}"]


def pace(status: RunStatus) -> list[str]:
    """Return the speed, once there is one."""
    return [speed(status.per_second)] if status.per_second else []


def finals_in_words(status: RunStatus) -> str:
    """Write `the 5 best configurations under other seeds`."""
    which = "the best configuration" if status.finalists == 1 else f"the {status.finalists} best configurations"
    return f"{which} under other seeds"


def finals_done(before: RunStatus, now: RunStatus) -> str | None:
    """Write `finals  10 of 20 networks`, once for each quarter of them."""
    quarters = [4 * each.finals_done // max(each.finals_total, 1) for each in (before, now)]
    if quarters[0] == quarters[1]:
        return None
    return f"finals  {now.finals_done:,} of {count(now.finals_total, 'network')}"


def counts(status: RunStatus) -> list[str]:
    """Return how many trials diverged, failed, were stopped or are paused, if any."""
    found = (
        (status.diverged, "diverged"),
        (status.failed, "failed"),
        (status.stopped, "stopped"),
        (status.paused, "paused"),
    )
    return [f"{number:,} {what}" for number, what in found if number]


def round_ended(before: RunStatus, now: RunStatus) -> tuple[str, str] | None:
    """Return which round ended between two moments, if one did, and how."""
    another = before.round is not None and now.round != before.round
    if not another and not (now.phase == "finals" and before.phase == "search"):
        return None
    found = [trials_over(before), *best_so_far(before), *counts(before)]
    return place_in_search(before), SEPARATOR.join(found)
