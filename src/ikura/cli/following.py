"""What a study tells, into where it stands."""

from collections.abc import Iterable
from dataclasses import replace

from ikura.cli.run_status import FEWEST_WAVES, RunStatus, Wave
from ikura.records import JobResult, Settings
from ikura.study import (
    REPLICATES,
    Began,
    EnsembleChosen,
    FinalsBegan,
    Finished,
    NetworksTrained,
    ResultsStored,
    RoundBegan,
    StudyEvent,
    count_finalists,
)

WINNERS = 1
"""Networks of the winner's: a second one is trained only where the first diverges."""

MEMORY = 30.0
"""Seconds over which speed is measured: as many as smooth out the waves, and few enough to forget a compilation."""


def follow(status: RunStatus, event: StudyEvent, now: float) -> RunStatus:
    """Return where the run stands after an event."""
    match event:
        case Began():
            return _begun(status, event, now)
        case RoundBegan():
            return replace(status, round=event.round)
        case ResultsStored():
            return _after_results(status, event, now)
        case FinalsBegan():
            # A sampler may have had no more to propose.
            return replace(
                status,
                phase="finals",
                trials=status.over,
                all_epochs=status.epochs,
                finalists=event.finalists,
                finals_total=event.networks,
                after_search=event.networks + min(WINNERS, status.after_search),
            )
        case NetworksTrained():
            then = "ensemble" if status.ensemble else "winner"
            phase = then if event.done == event.total else "finals"
            epochs = (event.done - status.finals_done) * status.horizon
            return _after_wave(replace(status, phase=phase, finals_done=event.done), epochs, now)
        case EnsembleChosen():
            return replace(status, phase="winner")
        case Finished():
            return replace(status, phase="finished")


def _begun(status: RunStatus, began: Began, now: float) -> RunStatus:
    settings = began.settings
    return replace(
        status,
        phase="starting",
        name=began.name,
        metric=settings.objective.metric,
        rounds=_rounds(settings),
        round=_round(began),
        over=began.resumed,
        trials=settings.trials,
        epochs=began.trained,
        all_epochs=began.epochs,
        is_bound=began.is_bound,
        horizon=settings.epochs,
        after_search=_after_search(settings),
        told=now,
        compiles=settings.user_network,
        ensemble=settings.ensemble,
    )


def _after_search(settings: Settings) -> int:
    """Return how many networks are trained when the search is over."""
    finalists = count_finalists(settings.trials) * REPLICATES
    return finalists + WINNERS if settings.code is None else finalists * settings.code.finals


def _after_results(status: RunStatus, stored: ResultsStored, now: float) -> RunStatus:
    results = [result for _, result in stored.results]
    less = stored.spared if status.is_bound else _forgone(results)
    known = replace(
        status,
        phase="search",
        over=stored.over,
        trials=stored.trials,
        paused=stored.paused,
        stopped=stored.stopped,
        diverged=stored.diverged,
        failed=stored.failed,
        epochs=stored.epochs,
        all_epochs=max(status.all_epochs - less, stored.epochs),
        best_value=stored.best_value,
    )
    return _after_wave(known, sum(result.epochs for result in results), now)


def _forgone(results: Iterable[JobResult]) -> int:
    """Return the epochs that were asked for and never come, since their trials are lost."""
    return sum(result.job.stop - result.job.start - result.epochs for result in results if result.state.is_lost)


def _rounds(settings: Settings) -> int | None:
    return None if settings.rounds is None else min(settings.rounds, settings.trials)


def _round(began: Began) -> int | None:
    """Return the round that is being trained: a study that goes on is not told of the one it was stopped in."""
    rounds = _rounds(began.settings)
    if rounds is None:
        return None
    return sum(began.resumed >= began.settings.trials * ended // rounds for ended in range(1, rounds))


def _after_wave(status: RunStatus, epochs: int, now: float) -> RunStatus:
    if not epochs:
        return status
    wave = Wave(epochs, now - status.told)
    waves = (*status.waves, wave)
    while len(waves) > FEWEST_WAVES and sum(each.seconds for each in waves[1:]) > MEMORY:
        waves = waves[1:]
    return replace(status, waves=waves, first_wave=status.first_wave or wave, told=now)
