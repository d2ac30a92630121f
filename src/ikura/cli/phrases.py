"""What is said of a run on its way."""

from collections.abc import Mapping
from typing import Any

from ikura.cli.standing import Standing
from ikura.cli.wording import duration, path_in_words, percent, plain, speed
from ikura.report.words import count, features_in_words

STOPPING = "stopping soon; once more to leave at once"

SEPARATOR = "  ·  "

PHASES = {
    "starting": "training the first networks ...",
    "winner": "training the winner on train and dev examples",
}
"""What is being done where nothing is measured yet."""


def data_in_words(settings: Mapping[str, Any]) -> str:
    """The data of a study: its name and its size."""
    examples = settings["examples"]
    return (
        f"{plain(path_in_words(settings['data']))}: {examples['train']:,} training, {examples['dev']:,} dev and "
        f"{examples['test']:,} test examples; {features_in_words(settings)}, "
        f"{len(settings['classes']):,} classes"
    )


def search_in_words(settings: Mapping[str, Any]) -> str:
    """The search of a study: its size and its sampler."""
    rounds = f" in {count(settings['rounds'], 'round')}" if settings["rounds"] else ""
    return (
        f"{count(settings['trials'], 'trial')} of {count(settings['epochs'], 'epoch')}, "
        f"{plain(settings['sampler'])}{rounds}, seed {settings['seed']}"
    )


def plan_in_words(outcome: Mapping[str, Any]) -> str:
    """What the planner foretold of a finished study, and what came of it."""
    plan, took = outcome["planned"], duration(outcome["seconds"]["search"])
    if plan["engine"] == "kernel":
        return f"trained in the kernel; foretold {duration(plan['seconds'])}, the search took {took}"
    programs = f"{count(len(plan['parts']), 'program')}, {percent(plan['padding_waste'], 0)} of training in padding"
    return f"{programs}; the search took {took}"


def place_in_search(standing: Standing) -> str:
    """Which round it is, or that it is the search."""
    if standing.rounds is None or standing.round is None:
        return "search"
    # The sampler may need a round more for the rest.
    return f"round {standing.round + 1} of {max(standing.rounds, standing.round + 1)}"


def trials_done(standing: Standing) -> str:
    """`64 of 128 trials`."""
    return f"{standing.done:,} of {count(standing.total, 'trial')}"


def best_so_far(standing: Standing) -> list[str]:
    """The best dev accuracy, once there is one."""
    return [] if standing.best_accuracy is None else [f"best dev accuracy {percent(standing.best_accuracy)}"]


def pace(standing: Standing) -> list[str]:
    """The speed, once there is one."""
    noun = "networks" if standing.finals_total else "trials"
    return [speed(standing.per_second, noun)] if standing.per_second else []


def finals_in_words(standing: Standing) -> str:
    """`the 5 best configurations under other seeds`."""
    which = "the best configuration" if standing.finalists == 1 else f"the {standing.finalists} best configurations"
    return f"{which} under other seeds"


def finals_done(before: Standing, now: Standing) -> str | None:
    """`finals  10 of 20 networks`, once for each quarter of them."""
    quarters = [4 * each.finals_done // max(each.finals_total, 1) for each in (before, now)]
    if quarters[0] == quarters[1]:
        return None
    return f"finals  {now.finals_done:,} of {count(now.finals_total, 'network')}"


def losses(standing: Standing) -> list[str]:
    """How many trials diverged or failed, if any."""
    counts = ((standing.diverged, "diverged"), (standing.failed, "failed"))
    return [f"{number:,} {what}" for number, what in counts if number]


def round_ended(before: Standing, now: Standing) -> tuple[str, str] | None:
    """Which round ended between two moments, if one did, and how."""
    another = before.round is not None and now.round != before.round
    if not another and not (now.phase == "finals" and before.phase == "search"):
        return None
    found = [trials_done(before), *best_so_far(before), *losses(before)]
    return place_in_search(before), SEPARATOR.join(found)
