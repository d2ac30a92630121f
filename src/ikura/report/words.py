"""What the report and the terminal say alike of a study."""

from collections import Counter
from itertools import pairwise

from ikura.records import History, Outcome, Settings, StudyRecord, TrialState
from ikura.report.family import way_of
from ikura.space import Space, differences
from ikura.wording import count, gist, listing

MOST_REASONS = 10
"""So many reasons of failures are told."""


def features_in_words(settings: Settings) -> str:
    """Write `4 features`, or `9 features from 4 columns` where columns of text became several features each."""
    features = count(settings.features, "feature")
    return features if settings.columns == settings.features else f"{features} from {count(settings.columns, 'column')}"


def can_go_on(study: StudyRecord, history: History) -> bool:
    """Return whether resuming can help: not where every trial of the budget was lost, nor after an import."""
    lost = history.count(TrialState.DIVERGED, TrialState.FAILED)
    return study.status == "interrupted" and lost < study.settings.trials and not study.settings.imported


def revisions_in_words(settings: Settings, space: str) -> list[tuple[int, str]]:
    """Return what changed of a study while it ran: before which round, from 0, and what; the space now is given."""
    found = []
    now = (*((each.trials, each.space) for each in settings.earlier), (settings.trials, space))
    for each, ((trials, was), (more, new)) in zip(settings.earlier, pairwise(now), strict=True):
        said = [] if trials == more else [f"{more:,} trials (before: {trials:,})"]
        said += differences(Space.from_toml(was), Space.from_toml(new))
        found += [(each.until, "; ".join(said))] if said else []
    return found


def beginning_in_words(settings: Settings) -> str | None:
    """Say what a study began with, beside its sampler's own configurations; None where that is nothing."""
    start = f"{count(len(settings.start), 'configuration')} to begin with" if settings.start else None
    known = [f"{each.study} ({count(each.trials, 'trial')})" for each in settings.prior]
    prior = f"what is known of {listing(known, 'and')}" if known else None
    return " · ".join(filter(None, (start, prior))) or None


def changes_of(history: History, number: int) -> int:
    """Return how many times the configuration changed on the way of a trial's network, copies included."""
    return sum(before.config != after.config for before, after in pairwise(way_of(history, number)))


def some_ended_early(history: History) -> bool:
    """Return whether a trial was complete before the horizon: training code may end by itself."""
    return any(history.epochs[number] < history.horizon for number in history.numbers(TrialState.COMPLETE))


def failures_in_words(history: History) -> list[str]:
    """Return what trials failed with, most often first."""
    reasons = Counter(gist(error) for error in history.errors.values() if error.strip())
    return [f"{count(times, 'trial')} failed with {reason}" for reason, times in reasons.most_common(MOST_REASONS)]


def unused_in_words(settings: Settings, outcome: Outcome) -> str | None:
    """Return why fewer trials were made than were asked for; None where all were made, or the outcome says it."""
    unused = settings.trials - outcome.trials
    if not unused or outcome.timed_out:
        return None
    were = "was" if unused == 1 else "were"
    return (
        f"Of {count(settings.trials, 'trial')} asked for, {unused:,} {were} not needed: the sampler had no more "
        "configurations to propose."
    )
