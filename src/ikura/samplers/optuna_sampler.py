"""Optuna's samplers as Ikura's: tree-structured Parzen estimators (TPE), Gaussian processes, CMA-ES, and any other."""

import copy
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ikura.errors import SettingError
from ikura.records import History, Proposal, TrialState, Wait
from ikura.samplers.optuna_study import STREAM, Asked, rounds_told
from ikura.samplers.rounds import round_size, whole_rounds
from ikura.samplers.uniform import RandomSampler
from ikura.samplers.untried import key_of
from ikura.space import Space

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

ROUNDS = 16
"""Each of them knows what those before have come to: these samplers were made to be asked for one trial at a time."""

NEEDS = {"CmaEsSampler": ("cmaes", "optuna"), "GPSampler": ("torch", "optuna,torch")}
"""What some of Optuna's samplers import when they are used first, and the extras that bring it."""


@dataclass(frozen=True, slots=True)
class Search:
    """What a sampler of Optuna's may be made for."""

    seed: int
    """Of 32 bits."""
    dimensions: int
    round_size: int


Make: TypeAlias = "Callable[[Search], BaseSampler]"


class OptunaSampler:
    """Asks a sampler of Optuna's for a round at a time. Implements Sampler.

    A round begins when no trial waits or runs any more; paused ones count with the value that they have. Each
    configuration is asked for while those of its round before it run, so that samplers which know what is under way do
    not ask for the same again. Where a sampler keeps coming back to what was tried, random points fill the round.

    What a sampler keeps beside the trials follows from the rounds before: they are asked for again, of a fresh sampler,
    unless that of the last call has come to just this history. One that keeps nothing is told all of them each time.

    Args:
        make: makes the sampler, always the same.
        packages: whose versions have a part in what it proposes.
        rounds: into how many the trials are split.
    """

    def __init__(self, make: Make, packages: Sequence[str], rounds: int) -> None:
        self.rounds = whole_rounds(rounds)
        self._make = make
        self._packages = packages
        self._last: tuple[object, Asked] | None = None

    @property
    def versions(self) -> dict[str, str]:
        """The versions of what has a part in the proposals."""
        return {package: version(package) for package in self._packages}

    def propose(self, space: Space, history: History, limit: int, seed: int) -> Proposal | Wait:
        """Propose the next of `rounds` rounds of about equal size."""
        if history.count(TrialState.WAITING, TrialState.RUNNING):
            return Wait()
        size = round_size(len(history.trials), limit, self.rounds)
        with _quiet():
            asked = self._taken_up(space, history, limit, seed)
            configs = asked.ask(size)
        if len(configs) < size and not asked.ended:
            tried = {key_of(config, space.names) for config in configs}
            others = RandomSampler().propose(space, history, size, seed).configs
            others = [config for config in others if key_of(config, space.names) not in tried]
            configs = asked.proposed = [*configs, *others[: size - len(configs)]]
        if len(configs) < size:  # Asked for again of the history it would be a round of another size.
            self._last = None
        return Proposal(configs)

    def __deepcopy__(self, memo: dict[int, object]) -> "OptunaSampler":
        return OptunaSampler(self._make, self._packages, self.rounds)

    def _taken_up(self, space: Space, history: History, limit: int, seed: int) -> Asked:
        """Return the search in which all rounds of the history are told."""
        trials = len(history.trials) + limit
        sampler = self._make(Search(_word(seed), len(space), trials // self.rounds))
        rounds = rounds_told(history, prunes=_prunes(sampler))
        if history.objective.depends_on_others and _remembers(sampler) and not _draws_alone(sampler):
            raise SettingError(
                f"sampler: Optuna's {type(sampler).__name__} may keep what it has learned, and with a constraint or "
                "two objectives a trial's rank changes with those that come; it must be one that reads them anew, or "
                "learns nothing: tpe, gp, qmc, or one of Ikura's"
            )
        search = (space, history.objective, trials, seed)
        last, self._last = self._last, None
        remembers = _remembers(sampler)
        # What is told of a trial may differ by a rounding from what was asked: so all is told, where that is enough.
        if remembers and last is not None and last[0] == search and last[1].leads_to(rounds):
            asked = last[1]
        else:
            asked = Asked(sampler, space, history.objective, seed)
        for trials_of_round in rounds[len(asked.rounds) :]:
            if remembers and asked.proposed is None:
                asked.ask(len(trials_of_round))
            asked.tell(trials_of_round)
        self._last = search, asked
        return asked


def optuna_sampler(name: str, rounds: int | None) -> OptunaSampler:
    """Return a sampler of Optuna's by its name.

    Raises:
        SettingError: Optuna, or what the sampler needs, is not installed.
    """
    if find_spec("optuna") is None:
        raise SettingError(
            f"sampler: {name} is Optuna's, which is not installed: python -m pip install 'ikura[optuna]'"
        )
    kind, make, usual_rounds = NAMED[name]
    return OptunaSampler(make, _packages(name, kind), usual_rounds if rounds is None else rounds)


def adapted(sampler: "BaseSampler", rounds: int | None) -> OptunaSampler:
    """Return a sampler that the user made of Optuna's. What becomes of it later changes nothing.

    Raises:
        SettingError: what it needs is not installed.
    """
    kind = type(sampler).__name__
    kept = copy.deepcopy(sampler)
    return OptunaSampler(lambda _: copy.deepcopy(kept), _packages(kind, kind), ROUNDS if rounds is None else rounds)


def _tpe(_: Search) -> "BaseSampler":
    from optuna.samplers import TPESampler

    return TPESampler(constant_liar=True)


def _gp(_: Search) -> "BaseSampler":
    from optuna.samplers import GPSampler

    return GPSampler(warn_independent_sampling=False)


def _cma_es(search: Search) -> "BaseSampler":
    from optuna.samplers import CmaEsSampler

    # Of a larger round than its usual generation it would learn no more than that of it.
    usual = 4 + int(3 * math.log(search.dimensions))
    generation = search.round_size if search.round_size > usual else None
    return CmaEsSampler(popsize=generation, warn_independent_sampling=False)


def _qmc(search: Search) -> "BaseSampler":
    from optuna.samplers import QMCSampler

    return QMCSampler(scramble=True, seed=search.seed, warn_independent_sampling=False)


NAMED: Mapping[str, tuple[str, Make, int]] = {
    "tpe": ("TPESampler", _tpe, ROUNDS),
    "gp": ("GPSampler", _gp, ROUNDS),
    "cma-es": ("CmaEsSampler", _cma_es, ROUNDS),
    # It learns nothing from results.
    "qmc": ("QMCSampler", _qmc, 1),
}
"""By the name that users give, Optuna's name, what makes it, and its usual rounds."""


def _packages(name: str, kind: str) -> Sequence[str]:
    """Return what a kind of sampler is made of; raise SettingError where a part of it is not installed."""
    if kind not in NEEDS:
        return ("optuna",)
    package, extras = NEEDS[kind]
    if find_spec(package) is None:
        raise SettingError(
            f"sampler: {name} needs {package}, which is not installed: python -m pip install 'ikura[{extras}]'"
        )
    return ("optuna", package)


def _prunes(sampler: "BaseSampler") -> bool:
    """Return whether a sampler reads how far pruned trials came: TPE orders them by it, as Ikura's ranking does."""
    from optuna.samplers import TPESampler

    return isinstance(sampler, TPESampler)


def _remembers(sampler: "BaseSampler") -> bool:
    """Return whether a sampler may keep more than what it draws from and the trials that it was told."""
    from optuna.samplers import GPSampler, RandomSampler, TPESampler

    return type(sampler) not in (GPSampler, RandomSampler, TPESampler)


def _draws_alone(sampler: "BaseSampler") -> bool:
    """Return whether what a sampler draws depends on no value."""
    from optuna.samplers import BruteForceSampler, GridSampler, QMCSampler

    return type(sampler) in (BruteForceSampler, GridSampler, QMCSampler)


def _word(seed: int) -> int:
    return int(np.random.SeedSequence([seed, STREAM]).generate_state(1)[0])


@contextmanager
def _quiet() -> Iterator[None]:
    """Have Optuna say nothing of studies that only Ikura sees, nor of its samplers' being new."""
    import optuna

    told = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(told)
