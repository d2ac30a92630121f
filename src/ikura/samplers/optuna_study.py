"""A search as one of Optuna's samplers sees it: rounds that are told, and a round that is asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import TYPE_CHECKING

import numpy as np

from ikura.errors import SettingError
from ikura.records import Config, History, Objective, TrialState
from ikura.samplers.optuna_space import parameters, suggested, theirs, within
from ikura.samplers.untried import Key, key_of
from ikura.space import Space

if TYPE_CHECKING:
    import optuna
    from optuna.samplers import BaseSampler
    from optuna.samplers._lazy_random_state import LazyRandomState

STREAM = 7
"""Of random numbers, beside those of the other samplers, the schedulers and the evaluators."""


@dataclass(frozen=True, slots=True)
class Told:
    """What Optuna is told of a trial."""

    proposed: Config
    config: Config
    """Under which it was trained last."""
    state: str
    """`COMPLETE`, `PRUNED`, `FAIL` or `RUNNING`, as Optuna names them."""
    value: float | None
    epochs: int
    """After which it had that value."""


class Asked:
    """A study of Optuna's in memory.

    Args:
        sampler: nobody else uses it.
        space: of the search.
        objective: of the search.
        seed: for what the sampler draws, where it has no seed of its own.
    """

    def __init__(self, sampler: "BaseSampler", space: Space, objective: Objective, seed: int) -> None:
        import optuna

        self.rounds: list[list[Told]] = []
        """Those that it was told."""
        self.proposed: list[Config] | None = None
        """Of the round that was asked for, and not told yet."""
        self.ended = False
        """Whether the sampler has nothing more."""
        self._space = space
        self._parameters = parameters(space)
        self._trials: dict[Key, optuna.Trial] = {}
        self._study = optuna.create_study(sampler=sampler, direction=objective.metric.goal.value)
        # Optuna's own can only be called by its `optimize`.
        self._study.stop = self._end
        states = enumerate(_random_states(sampler))
        self._states = [(state, _start(state, seed, place)) for place, state in states]

    def leads_to(self, rounds: Sequence[Sequence[Told]]) -> bool:
        """Return whether these are the rounds that it was told, and at least the one that it was asked for."""
        told = len(self.rounds)
        if len(rounds) <= told or rounds[:told] != self.rounds:
            return False
        return [trial.proposed for trial in rounds[told]] == self.proposed

    def tell(self, trials: list[Told]) -> None:
        """Tell of the trials of a round, which may have been asked for or not.

        What was asked for and is none of them has failed: samplers leave such trials out.
        """
        import optuna

        for each in trials:
            asked = self._trials.pop(key_of(each.proposed, self._space.names), None)
            if asked is None or each.config != each.proposed:
                if asked is not None:
                    self._fail(asked)
                self._study.add_trial(self._made(each))
            elif each.value is None:
                if each.state == "FAIL":
                    self._fail(asked)
            elif each.state == "PRUNED":
                asked.report(each.value, each.epochs)
                self._study.tell(asked, state=optuna.trial.TrialState.PRUNED)
            else:
                self._study.tell(asked, each.value)
        for asked in self._trials.values():
            self._fail(asked)
        self._trials.clear()
        self.rounds.append(trials)
        self.proposed = None

    def ask(self, size: int) -> list[Config]:
        """Return a round of configurations that are not known yet, each asked while those before it run.

        Fewer come where the sampler keeps proposing what is known: it is asked once more for each of the round.

        Raises:
            SettingError: the sampler cannot serve this search.
        """
        for state, start in self._states:
            # What a round draws depends on no other round's draws.
            state.rng.seed([*start, sum(map(len, self.rounds))])
        known = {key_of(each.proposed, self._space.names) for each in chain.from_iterable(self.rounds)}
        configs: list[Config] = []
        for _ in range(2 * size):
            if len(configs) == size or self.ended:
                break
            trial, config = self._suggested()
            if (key := key_of(config, self._space.names)) in known:
                self._fail(trial)
                continue
            known.add(key)
            self._trials[key] = trial
            configs.append(config)
        self.proposed = configs
        return configs

    def _suggested(self) -> "tuple[optuna.Trial, Config]":
        try:
            trial = self._study.ask()
            return trial, suggested(trial, self._space, self._parameters)
        except ValueError as error:
            name = type(self._study.sampler).__name__
            raise SettingError(
                f"sampler: Optuna's {name} cannot search this space ({str(error).splitlines()[0]}); use another"
            ) from error

    def _fail(self, trial: "optuna.Trial") -> None:
        import optuna

        self._study.tell(trial, state=optuna.trial.TrialState.FAIL)

    def _made(self, told: Told) -> "optuna.trial.FrozenTrial":
        import optuna

        config = within(told.config, self._space)
        if config is None:  # of which samplers read nothing
            return optuna.create_trial(state=optuna.trial.TrialState.FAIL)
        return optuna.create_trial(
            state=optuna.trial.TrialState[told.state],
            params=theirs(config, self._parameters),
            distributions={name: self._parameters[name].distribution for name in config},
            value=told.value,
            intermediate_values={told.epochs: told.value} if told.value is not None else {},
        )

    def _end(self) -> None:
        self.ended = True


def rounds_told(history: History, *, prunes: bool) -> list[list[Told]]:
    """Return what Optuna is told of each trial, by rounds.

    Args:
        history: of the search.
        prunes: whether the sampler reads how far pruned trials came. To others a trial that was stopped, or may still
            go on, is complete, with the value that it had last: they would leave it out.
    """
    finals = {metric.name: history.final(metric.name) for metric in history.objective.metrics}
    scalar = history.objective.scalar(finals, [-history.trained] if history.objective.second else [])
    values = [None if np.isnan(value) else value for value in scalar.tolist()]
    trials = zip(history.trials, history.states, values, history.epochs.tolist(), strict=True)
    return [
        [
            Told(trial.config, history.config(trial.number), _state(state, value, prunes=prunes), value, epochs)
            for trial, state, value, epochs in some
        ]
        for _, some in groupby(trials, key=lambda each: each[0].round)
    ]


def _state(state: TrialState, value: float | None, *, prunes: bool) -> str:
    if value is None:
        return "FAIL" if state.is_over else "RUNNING"
    return "PRUNED" if prunes and state is not TrialState.COMPLETE else "COMPLETE"


def _random_states(sampler: "BaseSampler") -> Iterator["LazyRandomState"]:
    """Yield what a sampler draws from, and all that it is made of, each once and always in the same order."""
    from optuna.samplers import BaseSampler
    from optuna.samplers._lazy_random_state import LazyRandomState

    pending: list[object] = [sampler]
    met: set[int] = set()
    while pending:
        thing = pending.pop()
        if id(thing) in met:
            continue
        met.add(id(thing))
        if isinstance(thing, LazyRandomState):
            yield thing
        elif isinstance(thing, list | tuple):
            pending += thing
        elif isinstance(thing, BaseSampler) or type(thing).__module__.startswith("optuna."):
            pending += getattr(thing, "__dict__", {}).values()


def _start(state: "LazyRandomState", seed: int, place: int) -> list[int]:
    """Return what seeds a random state: draws of its own, where its user gave it a seed."""
    if state._rng is None:  # Nobody has: it would seed itself of the system's noise.
        return np.random.SeedSequence([seed, STREAM, place]).generate_state(4).tolist()
    return state.rng.randint(2**32, size=4, dtype=np.uint32).tolist()
