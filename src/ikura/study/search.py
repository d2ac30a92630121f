"""The loop: decide, ask the sampler, evaluate, store; until the trials that were asked for are over."""

import time
from collections.abc import Iterable, Sequence

from ikura.errors import SettingError
from ikura.records import Decision, History, JobResult, Proposal, Settings, Stop, Trial, TrialState, Wait
from ikura.study.asking import ask, drawing_seed
from ikura.study.events import ResultsStored, RoundBegan
from ikura.study.study import Study
from ikura.wording import count, duration, gist

FIRST_FAILURES = 10
"""If so many trials fail in the same way before any other comes through, the search is given up."""

WRITE_SECONDS = 1.0
"""Results are written together once the first of them has waited this long, or something stands idle for want of them.
"""

TIMEOUT = "timeout"
"""The event of a search that ended since its time was over."""

LOOK_SECONDS = 0.5
"""How long to wait for results before a look at the clock."""


def search(study: Study) -> History:
    """Go on with a study from wherever its history stands, and return the whole history.

    What an earlier run had begun comes first; then rounds follow until there are enough trials, or the sampler has no
    more to propose; what is paused when nothing is left to train is stopped. Or the study's timeout is over: then no
    trial begins any more, and those under way are stopped; a search without any result goes on to its first. What is
    told to those who watch has been stored before. When training is interrupted, the results that had come until then
    are stored.
    """
    return _Search(study).finish()


class _Search:
    """What the loop has in hand."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._history = study.store.history(study.name)
        self._pending: list[JobResult] = []
        self._pending_since = 0.0
        self._in_flight: set[int] = set()
        self._exhausted = False
        self._began = time.monotonic()
        # A study that goes on does not search on when its time was over.
        self._over = any(event.kind == TIMEOUT for event in study.store.events(study.name))

    def finish(self) -> History:
        if self._over:
            return self._give_up_the_rest()
        self._submit(self._history.targets)
        self._decide([])
        try:
            while True:
                if self._is_time_over():
                    return self._end_in_time()
                self._ask()
                if not self._in_flight:
                    # Those that are paused may have gone on if others had come, and nobody comes any more.
                    return self._give_up_the_rest()
                self._collect()
        finally:
            self._write()

    def _is_time_over(self) -> bool:
        """Return whether the search is to end; never before there is something to choose."""
        timeout = self._study.timeout
        if timeout is None or time.monotonic() - self._began < timeout:
            return False
        self._write()
        return len(self._history.ranking) > 0

    def _end_in_time(self) -> History:
        study, tried = self._study, len(self._history.trials)
        assert study.timeout is not None
        if not self._in_flight and tried >= study.settings.trials:
            return self._give_up_the_rest()
        # Of what is under way nothing is known but what was measured: a trial without that may not have begun.
        under_way = [number for number, state in enumerate(self._history.states) if not state.is_over]
        measured = sum(self._history.epochs[number] > 0 for number in under_way)
        rest = f", {measured:,} more were stopped on the way" if measured else ""
        time_limit = duration(study.timeout).replace("\u00a0", " ")
        study.store.add_event(
            study.name,
            TIMEOUT,
            f"the search ended when its time of {time_limit} was over: {tried - len(under_way):,} of "
            f"{count(study.settings.trials, 'configuration')} came to their end{rest}",
        )
        return self._give_up_the_rest()

    def _give_up_the_rest(self) -> History:
        """Stop every trial that is not over, and return the history."""
        study = self._study
        stops = [Stop(number) for number, state in enumerate(self._history.states) if not state.is_over]
        if stops:
            study.store.write(study.name, [], stops)
            self._history = self._history.with_decisions(stops)
            self._follow(stops)
            study.tell(news(self._history, study.settings.trials, [], [stop.trial for stop in stops]))
        return self._history

    def _ask(self) -> None:
        """Fill what stands idle with new trials."""
        study, limit = self._study, self._study.settings.trials
        while (
            len(self._in_flight) < study.evaluator.slots and len(self._history.trials) < limit and not self._exhausted
        ):
            # Nobody proposes on less than what is known.
            self._write()
            if len(self._in_flight) >= study.evaluator.slots:
                return
            left = limit - len(self._history.trials)
            seed = drawing_seed(study.settings, study.space)
            proposal = ask(study.sampler, study.space, self._history, left, seed)
            if isinstance(proposal, Wait):
                return
            if proposal.configs:
                self._begin_round(proposal)
            else:
                self._exhausted = True
                known = f"the space has no more than {len(self._history.trials)} configurations"
                study.store.add_event(study.name, "exhausted", known)

    def _begin_round(self, proposal: Proposal) -> None:
        study = self._study
        number, first = self._history.next_round, len(self._history.trials)
        trials = [Trial(first + place, config, number) for place, config in enumerate(proposal.configs)]
        grown = self._history.with_round(trials, proposal.region)
        decisions = study.scheduler.decide(grown, study.settings.seed)
        study.store.add_round(study.name, trials, proposal.region, decisions)
        self._history = grown.with_decisions(decisions)
        study.tell(RoundBegan(number, len(trials), proposal.region))
        self._follow(decisions)

    def _collect(self) -> None:
        results = self._study.evaluator.collect(LOOK_SECONDS)
        if results and not self._pending:
            self._pending_since = time.monotonic()
        self._pending += results
        self._in_flight -= {result.number for result in results}
        idle = len(self._in_flight) < self._study.evaluator.slots
        if self._pending and (idle or time.monotonic() - self._pending_since >= WRITE_SECONDS):
            self._write()
        self._study.control.look()

    def _write(self) -> None:
        """Store the results that have come, with what is decided because of them."""
        if not self._pending:
            return
        results, self._pending = self._pending, []
        stopped = self._decide(results)
        self._study.tell(news(self._history, self._study.settings.trials, results, stopped))
        _check_failures(self._study, self._history)

    def _decide(self, results: Sequence[JobResult]) -> list[int]:
        """Store results with what is decided because of them, have that done, and return who was stopped."""
        study = self._study
        self._learn_metrics()
        history = self._history.with_results(results)
        decisions = study.scheduler.decide(history, study.settings.seed)
        if results or decisions:
            # As the store would return it, but large studies are long to read.
            study.store.write(study.name, results, decisions)
        self._history = history.with_decisions(decisions)
        over = [result.number for result in results if result.state.is_over]
        if over:
            study.evaluator.cancel(over)
        return self._follow(decisions)

    def _learn_metrics(self) -> None:
        """Have the store and the history know what is measured by now."""
        known = {metric.name for metric in self._history.metrics}
        if new := [metric for metric in self._study.evaluator.metrics if metric.name not in known]:
            self._study.store.add_metrics(self._study.name, new)
            self._history = self._history.with_metrics(new)

    def _follow(self, decisions: Sequence[Decision]) -> list[int]:
        """Have the evaluator do what is decided and stored, and return who was stopped."""
        trials = [decision.trial for decision in decisions]
        self._submit([number for number in trials if number in self._history.targets])
        if stopped := [number for number in trials if self._history.states[number] is TrialState.STOPPED]:
            self._in_flight -= set(stopped)
            self._study.evaluator.cancel(stopped)
        return stopped

    def _submit(self, numbers: Iterable[int]) -> None:
        jobs = [self._history.job(number) for number in numbers]
        self._study.evaluator.submit(jobs)
        self._in_flight.update(numbers)


def news(history: History, trials: int, results: Sequence[JobResult], stopped: Sequence[int]) -> ResultsStored:
    """Return what is worth telling of a history to which some results have just come.

    Args:
        history: with the results.
        trials: that the search is to make.
        results: the latest.
        stopped: the numbers of the trials that were stopped because of them.
    """
    best = int(history.ranking[0]) if len(history.ranking) else None
    return ResultsStored(
        over=sum(state.is_over for state in history.states) - history.untried,
        trials=trials,
        paused=history.count(TrialState.PAUSED),
        stopped=history.count(TrialState.STOPPED) - history.untried,
        diverged=history.count(TrialState.DIVERGED),
        failed=history.count(TrialState.FAILED),
        epochs=int(history.epochs.sum()),
        best=best,
        best_value=None if best is None else history.values(best)[history.objective.metric.name],
        results=tuple((history.trials[result.number], result) for result in results),
        given_up=tuple(stopped),
        spared=history.spared([*stopped, *(result.number for result in results if result.state.is_over)]),
    )


def user_words(settings: Settings) -> tuple[str, str]:
    """Return what of a study is the user's own and can fail: as an argument, and in words."""
    return ("network", "network") if settings.code is None else ("train", "training code")


def _check_failures(study: Study, history: History) -> None:
    """Stop a search that can come to nothing: what is the user's own in it has failed every time so far.

    Raises:
        SettingError: the first FIRST_FAILURES trials, or all there are, failed with the same error.
    """
    seen = [
        number
        for number, state in enumerate(history.states)
        if state is not TrialState.WAITING and (state is not TrialState.RUNNING or history.epochs[number])
    ]
    if len(seen) < min(FIRST_FAILURES, study.settings.trials):
        return
    reasons = {gist(history.errors[number]) if number in history.errors else "" for number in seen}
    if len(reasons) == 1 and (reason := reasons.pop()):
        argument, what = user_words(study.settings)
        raise SettingError(
            f"{argument}: {_all_of(len(seen))} failed with {reason}; some must come through: mend the "
            f"{what} and begin another study (`ikura show {study.name} --json` has the tracebacks)"
        )


def _all_of(trials: int) -> str:
    return "the first trial" if trials == 1 else f"all of the first {trials} trials"
