"""The loop: ask the sampler, evaluate, store; until the budget of trials is spent."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

from ikura.errors import SettingError, SpaceError
from ikura.evaluators import Evaluator, Results
from ikura.records import History, Proposal, Trial, TrialResult, TrialState
from ikura.samplers import Sampler
from ikura.space import Space
from ikura.store import Store
from ikura.study.growth import with_results, with_round
from ikura.study.happenings import RoundBegan, TrialsTrained, Watcher

FIRST_FAILURES = 10
"""If so many trials fail in the same way before any other comes through, the search is given up."""

WRITE_SECONDS = 1.0
"""Results are written together once the first of them has waited this long, and at the end of a round."""


def search(
    store: Store,
    name: str,
    *,
    space: Space,
    sampler: Sampler,
    evaluator: Evaluator,
    trials: int,
    seed: int,
    watch: Watcher,
) -> History:
    """Goes on with a study from wherever its history stands, and returns the whole history.

    Trials that were proposed but not trained come first; then rounds follow until there are `trials` of them, or the
    sampler has no more to propose. What is told to `watch` has been stored before. When training is interrupted, the
    results that had come until then are stored.
    """
    history = store.history(name)
    tally = _Tally(history, trials)

    def write(results: list[TrialResult]) -> None:
        nonlocal history
        store.write_results(name, results)
        # As the store would return it, but large studies are long to read.
        history = with_results(history, results)
        tally.add(results)
        watch(replace(tally.news(), results=tuple((history.trials[result.number], result) for result in results)))
        _check_failures(history, results)

    while True:
        waiting = _waiting(history)
        if not waiting:
            if len(history.trials) >= trials:
                return history
            proposal = sampler.propose(space, history, trials - len(history.trials), seed)
            if not proposal.configs:
                store.add_event(name, "exhausted", f"the space has no more than {len(history.trials)} configurations")
                return history
            _check_proposal(space, proposal, sampler)
            waiting = _new_trials(history, proposal)
            store.add_round(name, waiting, proposal.region)
            history = with_round(history, waiting, proposal.region)
            watch(RoundBegan(waiting[0].round, len(waiting), proposal.region))
        _in_batches(evaluator.evaluate(waiting), write)


def _check_proposal(space: Space, proposal: Proposal, sampler: Sampler) -> None:
    """Raises SettingError where a sampler of the user's own proposes what is not in the space."""
    for config in proposal.configs:
        try:
            space.check(config)
        except SpaceError as error:
            raise SettingError(
                f"sampler: {type(sampler).__name__} proposes what the space does not hold ({error}); mend the sampler"
            ) from error


def _check_failures(history: History, results: Sequence[TrialResult]) -> None:
    """Stops a search that can come to nothing: its network is the user's own, and has failed every time so far.

    Raises:
        SettingError: the first FIRST_FAILURES trials, or all there are, failed with the same error.
    """
    seen = [number for number, state in enumerate(history.states) if state is not TrialState.WAITING]
    if not results or len(seen) < min(FIRST_FAILURES, len(history.trials)):
        return
    reasons = {history.errors[number].strip().splitlines()[-1] if number in history.errors else "" for number in seen}
    if len(reasons) == 1 and (reason := reasons.pop()):
        raise SettingError(
            f"network: all of the first {len(seen)} trials failed with {reason}; some must come through: mend the "
            "network and begin another study (`ikura show STUDY --json` has the tracebacks)"
        )


def _waiting(history: History) -> list[Trial]:
    states = zip(history.trials, history.states, strict=True)
    return [trial for trial, state in states if state is TrialState.WAITING]


def _new_trials(history: History, proposal: Proposal) -> list[Trial]:
    first = len(history.trials)
    number = history.trials[-1].round + 1 if history.trials else 0
    return [Trial(first + place, config, number) for place, config in enumerate(proposal.configs)]


def _in_batches(results: Results, write: Callable[[list[TrialResult]], None]) -> None:
    batch: list[TrialResult] = []
    since = time.monotonic()
    try:
        # Left open, it would train on until somebody collected it.
        with closing(results):
            for some in results:
                if not batch:
                    since = time.monotonic()
                batch.extend(some)
                if batch and time.monotonic() - since >= WRITE_SECONDS:
                    ready, batch = batch, []
                    write(ready)
    finally:
        if batch:
            write(batch)


class _Tally:
    """Counts what has come in, so that no history is read for it."""

    def __init__(self, history: History, total: int) -> None:
        self._total = total
        self._done = sum(state is not TrialState.WAITING for state in history.states)
        self._diverged = sum(state is TrialState.DIVERGED for state in history.states)
        self._failed = sum(state is TrialState.FAILED for state in history.states)
        self._best: tuple[float, float, int] | None = None
        if len(history.ranking):
            best = int(history.ranking[0])
            self._best = (float(history.final("dev_accuracy")[best]), -float(history.final("dev_loss")[best]), -best)

    def add(self, results: list[TrialResult]) -> None:
        self._done += len(results)
        for result in results:
            if result.state is not TrialState.COMPLETE:
                self._diverged += result.state is TrialState.DIVERGED
                self._failed += result.state is TrialState.FAILED
                continue
            last = {metric: float(curve[-1]) for metric, curve in result.curves.items()}
            key = (last["dev_accuracy"], -last["dev_loss"], -result.number)
            self._best = key if self._best is None else max(self._best, key)

    def news(self) -> TrialsTrained:
        best = self._best
        return TrialsTrained(
            done=self._done,
            total=self._total,
            diverged=self._diverged,
            failed=self._failed,
            best=None if best is None else -best[2],
            best_accuracy=None if best is None else best[0],
        )
