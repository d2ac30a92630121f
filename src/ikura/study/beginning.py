"""What a study begins with: configurations that its user gives, and what earlier studies found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ikura.errors import SettingError, SpaceError
from ikura.evaluators import Evaluator
from ikura.records import Config, Evidence, History, StudyRecord, Value
from ikura.samplers import normal_scores, some_ranks
from ikura.space import Space, completed, drawn_values, shared
from ikura.store import open_store, read_whole
from ikura.study.arguments import Arguments
from ikura.study.continuing import begun
from ikura.wording import count, listing

STREAM = 8
"""Of random numbers, beside those of the samplers, the schedulers and the evaluators."""

GIVEN, KNOWN = 0, 1
"""Within it: for configurations that are given, and for those of earlier studies."""

MOST_TRIALS = 128
"""So many of the earlier studies' trials are kept with a study, and looked at in every round."""


@dataclass(frozen=True, slots=True)
class EarlierStudy:
    """A study that another one learns from."""

    record: StudyRecord
    space: Space
    """All that it has searched."""
    history: History


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a study begins with."""

    start: tuple[Config, ...]
    prior: tuple[Evidence, ...]


def earlier_studies(
    names: Sequence[str], store: str | None, begun_as: str | None = None
) -> "Sequence[EarlierStudy | Evidence]":
    """Read the studies that another one learns from.

    Args:
        names: of the studies.
        store: the database of all of them.
        begun_as: the name of the study that learns, if it may be there already: it has kept what it began with.

    Raises:
        UnknownStudy: there is no study of such a name.
        SettingError: nothing was measured in one.
    """
    if not names:
        return ()
    with open_store(store, must_exist=True) as database:
        learner = begun(database, begun_as)
        if learner is not None and [each.study for each in learner.settings.prior] == list(names):
            return learner.settings.prior
        found = [EarlierStudy(*read_whole(database, name)) for name in names]
    for name, each in zip(names, found, strict=True):
        if not len(each.history.ranking):
            raise SettingError(
                f"prior: nothing was measured in {name!r} ({count(len(each.history.trials), 'trial')}); an earlier "
                "study must have results: give another, or leave it out"
            )
    return found


def beginning_of(
    arguments: Arguments,
    earlier: "Sequence[EarlierStudy | Evidence]",
    space: Space,
    trials: int,
    evaluator: Evaluator,
) -> Beginning:
    """Return what a study begins with, in its own space.

    Raises:
        SettingError: a configuration is none of the space's, or there are more than trials; or an earlier study has
            nothing in common with the space.
    """
    start = _started(arguments.start, space, arguments.seed)
    if len(start) > trials:
        raise SettingError(
            f"start: {count(len(start), 'configuration')} are given for {count(trials, 'trial')}; all are to be tried: "
            f"give {len(start):,} trials or more, or fewer configurations"
        )
    most = MOST_TRIALS // len(earlier) if earlier else 0
    prior = [
        each if isinstance(each, Evidence) else _evidence(each, space, evaluator, arguments.seed, most)
        for each in earlier
    ]
    return Beginning(start, tuple(prior))


def _started(given: Sequence[Mapping[str, object]], space: Space, seed: int) -> tuple[Config, ...]:
    """Return configurations as the space has them, each once, with what they leave out drawn."""
    found: list[Config] = []
    for place, each in enumerate(given):
        values = drawn_values(space, np.random.default_rng([seed, STREAM, GIVEN, place]))
        config = completed(space, each, values)  # pyright: ignore[reportArgumentType] - checked next
        try:
            space.check(config)
        except SpaceError as error:
            raise SettingError(f"start: in configuration {place + 1:,} of {len(given):,}, {error}") from error
        if config not in found:
            found.append(config)
    return tuple(found)


def _evidence(earlier: EarlierStudy, space: Space, evaluator: Evaluator, seed: int, most: int) -> Evidence:
    """Return what an earlier study says of a space; at most so many of its trials."""
    name, history = earlier.record.name, earlier.history
    if not set(space.names) & set(earlier.space.names):
        raise SettingError(
            f"prior: {name!r} searched {_few(earlier.space)}, and this space has {_few(space)}; an earlier study must "
            "have a hyperparameter in common with it: give another, or leave it out"
        )
    numbers, scores = normal_scores(history)
    found: list[tuple[Config, float]] = []
    for number, score in zip(numbers.tolist(), scores.tolist(), strict=True):
        old = history.config(number)
        config = shared(
            space, old, _values(old, space, evaluator, np.random.default_rng([seed, STREAM, KNOWN, number]))
        )
        if config is not None:
            found.append((config, score))
    if not found:
        raise SettingError(
            f"prior: no trial of {name!r} lies within this space; an earlier study must have some: widen the space, "
            "or leave it out"
        )
    configs, kept = zip(*(found[rank] for rank in some_ranks(len(found), most)), strict=True)
    return Evidence(name, len(numbers), configs, kept)


def _values(old: Config, space: Space, evaluator: Evaluator, rng: np.random.Generator) -> dict[str, Value]:
    """Return what an earlier configuration was where it says nothing, if that is known and of the space, or drawn."""
    known = evaluator.full(old)
    usual = {name: known[name] for name, each in space.items if name in known and each.accepts(known[name])}
    return drawn_values(space, rng) | usual


def _few(space: Space, most: int = 5) -> str:
    names = space.names if len(space) <= most else (*space.names[: most - 1], f"{len(space) - most + 1} more")
    return listing(names, "and")
