"""Whether the parts of a study agree: any program may change a database."""

from collections.abc import Iterator

import numpy as np

from ikura.errors import SpaceError
from ikura.records import (
    JSON,
    Config,
    DamagedError,
    Edit,
    History,
    OptionCounts,
    Outcome,
    Region,
    Settings,
    Span,
    StudyRecord,
    TrialState,
)
from ikura.records.shapes import is_number, is_value, is_whole
from ikura.space import Choice, Dimension, Space, spaces_of, united
from ikura.store.damage import damaged
from ikura.store.protocol import Store
from ikura.tasks import task_named

MOST_ROUNDS = 1_000_000
"""A list of them is made."""


def read_whole(store: Store, name: str) -> tuple[StudyRecord, Space, History]:
    """Read a study that `ikura.tune` or an import began, and check that all of it is what these write.

    Raises StoreError when it is not, and whatever the store raises.
    """
    record, history = store.study(name), store.history(name)
    return record, check_whole(name, record.settings, record.space, record.outcome, history), history


def check_whole(name: str, settings: Settings, space: str, outcome: Outcome | None, history: History) -> Space:
    """Raise StoreError unless all parts of a study agree; return the space that holds all that it has searched."""
    try:
        spaces = spaces_of(settings, space)
        found = united(spaces)
    except SpaceError as error:
        raise damaged(name, f"its space is none ({error})") from error
    changed = len(spaces) > 1
    for wrong in (
        *_wrong_metrics(history),
        *_wrong_trials(found, history, changed=changed),
        *_wrong_edits(found, history, changed=changed),
    ):
        raise damaged(name, wrong)
    for region in history.regions:
        drawn_from = sum(each.until <= region.round for each in settings.earlier)
        if not _is_region(region, spaces[drawn_from]):
            raise damaged(name, f"what its round {region.round} tells is not of its space")
    if outcome is not None:
        try:
            _check_outcome(settings, outcome, history)
        except DamagedError as error:
            raise damaged(name, error) from error
    return found


def _wrong_metrics(history: History) -> Iterator[str]:
    shares = [history.curves[metric.name] for metric in history.metrics if metric.is_share and history.curves]
    if any(np.isinf(curve).any() for curve in history.curves.values()) or any(
        (curve < 0).any() or (curve > 1).any() for curve in shares
    ):
        yield "its metrics hold what no trial can have"


def _wrong_trials(space: Space, history: History, *, changed: bool) -> Iterator[str]:
    rounds = [trial.round for trial in history.trials]
    if not all(is_whole(number) and number < len(rounds) for number in rounds) or rounds != sorted(rounds):
        yield "the rounds of its trials are out of order"
    for trial in history.trials:
        if not _is_config(trial.config, space, changed=changed):
            yield f"the configuration of trial {trial.number} is not of its space"
    if any(not history.epochs[number] for number in history.numbers(TrialState.COMPLETE)):
        yield "its complete trials have no metrics"
    if set(history.targets) != set(history.numbers(TrialState.RUNNING)):
        yield "its running trials are not those that are to be trained"
    for number, target in history.targets.items():
        if not is_whole(target) or target <= history.epochs[number]:
            yield f"trial {number} is to be trained to an epoch that is past"


def _wrong_edits(space: Space, history: History, *, changed: bool) -> Iterator[str]:
    for number, edits in history.edits.items():
        epochs = [edit.epoch for edit in edits]
        if epochs != sorted(epochs) or epochs[-1] > history.epochs[number]:
            yield f"the changes of trial {number} are out of order"
        for edit in edits:
            if not _is_config(edit.config, space, changed=changed):
                yield f"a changed configuration of trial {number} is not of its space"
            if not _has_source(edit, history):
                yield f"trial {number} goes on from a trial that never was"


def _has_source(edit: Edit, history: History) -> bool:
    source = edit.source
    # A snapshot is taken over at the epoch at which it was made, so that no two trials can be each other's past.
    return source is None or (
        source.trial < len(history.trials)
        and source.epoch == edit.epoch
        and source.epoch <= history.epochs[source.trial]
    )


def _check_outcome(settings: Settings, outcome: Outcome, history: History) -> None:
    """Raise DamagedError unless the outcome can be that of the history."""
    members = () if outcome.ensemble is None else outcome.ensemble.members
    for each in (outcome.best, *outcome.finalists, *members):
        number, config = each.number, each.config
        if not config or number >= len(history.trials) or history.config(number) != config:
            raise DamagedError(f"trial {number} of its outcome is another one")
    wanted = {metric.name for metric in settings.objective.ranked}
    found = [outcome.best.metrics, *(each.replicates for each in outcome.finalists)]
    if not all(wanted <= metrics.keys() for metrics in found):
        raise DamagedError("its outcome lacks what the study optimised")
    check_test(settings, outcome)


def check_test(settings: Settings, outcome: Outcome) -> None:
    """Raise DamagedError unless what the outcome says of tests is what the study's task says of one."""
    for test in (outcome.test, None if outcome.ensemble is None else outcome.ensemble.test):
        if test is not None:
            task_named(settings.task).check_test(test)


def _is_config(config: Config, space: Space, *, changed: bool) -> bool:
    """Return whether a configuration can be of a space, which may have been changed to have what it was without."""
    dimensions, is_one = space.dimensions, _can_be if changed else _is_place
    return isinstance(config, dict) and all(
        name in dimensions and is_one(value, dimensions[name]) for name, value in config.items()
    )


def _can_be(value: JSON, dimension: Dimension) -> bool:
    """Return whether a value is of the dimension's kind."""
    return is_value(value) if isinstance(dimension, Choice) else is_number(value)


def _is_place(value: JSON, dimension: Dimension) -> bool:
    """Return whether a value can be drawn on the dimension's scale; a user's own sampler may have left its range."""
    if isinstance(dimension, Choice):
        return dimension.accepts(value)
    beyond = {"log": value <= 0, "one-minus-log": value >= 1} if is_number(value) else {dimension.scale: True}
    return not beyond.get(dimension.scale, False)


def _is_region(region: Region, space: Space) -> bool:
    return (
        is_whole(region.round)
        and region.round <= MOST_ROUNDS
        and is_whole(region.trials)
        and all(
            part.dimension in space.names and _is_evidence(part, space.dimensions[part.dimension])
            for part in region.dimensions
        )
    )


def _is_evidence(part: Span | OptionCounts, dimension: Dimension) -> bool:
    if not is_whole(part.elites) or not (part.length_scale is None or is_number(part.length_scale)):
        return False
    if isinstance(part, OptionCounts):
        options = [option for option, count in part.counts if is_whole(count) and count <= part.elites]
        return isinstance(dimension, Choice) and options == list(dimension.options)
    return (
        not isinstance(dimension, Choice)
        and _is_place(part.low, dimension)
        and _is_place(part.high, dimension)
        and part.low <= part.high
        and is_whole(part.inside)
        and part.inside <= part.elites
        and part.edge in (None, "low", "high")
    )
