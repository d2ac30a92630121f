"""The samplers there are, by the names that users give."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from ikura.errors import SettingError
from ikura.records import Config, Evidence
from ikura.samplers.coarse_to_fine import CoarseToFineSampler
from ikura.samplers.grid import GridSampler
from ikura.samplers.optuna_sampler import NAMED, OptunaSampler, adapted, optuna_sampler
from ikura.samplers.protocol import Sampler
from ikura.samplers.rounds import even_rounds, round_size
from ikura.samplers.sobol import SobolSampler
from ikura.samplers.started import Started
from ikura.samplers.thompson import ThompsonSampler
from ikura.samplers.uniform import RandomSampler
from ikura.wording import listing, remedy

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

SamplerLike: TypeAlias = Union[str, Sampler, "BaseSampler"]
"""What users give for a sampler: a name, one of Ikura's or of their own, or one of Optuna's."""

OURS: Mapping[str, type[Sampler]] = {
    "random": RandomSampler,
    "grid": GridSampler,
    "sobol": SobolSampler,
    "coarse-to-fine": CoarseToFineSampler,
    "thompson": ThompsonSampler,
}

SAMPLERS = (*OURS, *NAMED)
"""The names; Optuna's samplers have the names that Optuna gives them."""


def make_sampler(given: SamplerLike, rounds: int | None) -> Sampler:
    """Return the sampler that is meant.

    Raises:
        SettingError: it is none, Optuna is wanted and not installed, or rounds are given to a sampler that has none.
    """
    if not isinstance(given, str):
        return _own(given, rounds)
    if given in NAMED:
        return optuna_sampler(given, rounds)
    if given not in OURS:
        raise SettingError(
            f"sampler: {given!r} is unknown; it must be one of {', '.join(SAMPLERS)}: {remedy(given, SAMPLERS)}"
        )
    if rounds is None:
        return OURS[given]()
    if given in (kinds := {"coarse-to-fine": CoarseToFineSampler, "thompson": ThompsonSampler}):
        return kinds[given](rounds)
    raise SettingError(
        f"rounds: {rounds} is given, but {given} has no rounds; leave them out, or use {listing(list(kinds), 'or')}"
    )


def in_words(name: str) -> str:
    """Return what a sampler of this name is called where there is room: whose it is, if it is not Ikura's."""
    return f"Optuna's {name}" if name in NAMED else name


def versions_of(sampler: Sampler) -> dict[str, str]:
    """Return the versions of the libraries, other than Ikura's own, that have a part in what a sampler proposes."""
    return sampler.versions if isinstance(sampler, OptunaSampler) else {}


def rounds_of(sampler: Sampler) -> int | None:
    """Return in how many rounds a sampler proposes; None where it does not wait for results."""
    rounds = getattr(sampler, "rounds", None)
    return rounds if isinstance(rounds, int) and rounds > 0 else None


def round_sizes(sampler: Sampler, trials: int) -> tuple[int, ...]:
    """Return the sizes of the rounds in which a sampler proposes so many trials; a user's own is taken to have one."""
    rounds = rounds_of(sampler) or 1
    sizes = even_rounds(trials, rounds)
    if isinstance(sampler, Started) and sampler.start:
        sizes = (min(trials, sizes[0] + len(sampler.start)),)
        while left := trials - sum(sizes):
            sizes = (*sizes, round_size(sum(sizes), left, rounds))
    return sizes


def begun_with(sampler: Sampler, start: Sequence[Config], evidence: Sequence[Evidence]) -> Sampler:
    """Return a sampler that begins with some configurations, and knows what earlier studies found.

    Raises:
        SettingError: it can make nothing of that.
    """
    if isinstance(sampler, GridSampler) and evidence:
        raise SettingError(
            "prior: an earlier study is given, and a grid tries every combination, whatever is known: leave it out, or "
            "use another sampler"
        )
    if isinstance(sampler, GridSampler):
        sampler = replace(sampler, beside=len(start))
    if isinstance(sampler, ThompsonSampler):
        sampler = replace(sampler, evidence=tuple(evidence))
    return Started(sampler, tuple(start), tuple(evidence)) if start or evidence else sampler


def _own(given: Any, rounds: int | None) -> Sampler:
    # Whoever has one of Optuna's has imported Optuna.
    if (theirs := sys.modules.get("optuna.samplers")) is not None and isinstance(given, theirs.BaseSampler):
        return adapted(given, rounds)
    if not hasattr(given, "propose"):
        raise SettingError(f"sampler: {given!r} has no propose; it must be a sampler or its name: give one of these")
    if rounds not in (None, rounds_of(given)):
        raise SettingError(
            f"rounds: {rounds} is given, and {type(given).__name__} is a sampler of your own, which makes its own "
            "rounds: leave them out"
        )
    return given
