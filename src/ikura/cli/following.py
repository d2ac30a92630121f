"""What a study tells, into where it stands."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ikura.cli.standing import FEWEST_WAVES, Standing, Wave
from ikura.study import (
    REPLICATES,
    Began,
    FinalsBegan,
    Finished,
    Happening,
    NetworksTrained,
    RoundBegan,
    TrialsTrained,
    count_finalists,
)

WINNERS = 1
"""Networks of the winner's: a second one is trained only where the first diverges."""

MEMORY = 30.0
"""Seconds over which speed is measured: as many as smooth out the waves, and few enough to forget a compilation."""


def follow(standing: Standing, happening: Happening, now: float) -> Standing:
    """Where the run stands after a happening."""
    match happening:
        case Began():
            return replace(
                standing,
                phase="starting",
                name=happening.name,
                rounds=_rounds(happening.settings),
                round=_round(happening),
                done=happening.resumed,
                total=happening.settings["trials"],
                after_search=count_finalists(happening.settings["trials"]) * REPLICATES + WINNERS,
                told=now,
                compiles=happening.settings["network"] != "mlp",
            )
        case RoundBegan():
            return replace(standing, round=happening.round)
        case TrialsTrained():
            return _after_wave(
                standing,
                replace(
                    standing,
                    phase="search",
                    done=happening.done,
                    total=happening.total,
                    diverged=happening.diverged,
                    failed=happening.failed,
                    best_accuracy=happening.best_accuracy,
                ),
                now,
            )
        case FinalsBegan():
            # A sampler may have had no more to propose.
            networks = happening.networks
            return replace(
                standing,
                phase="finals",
                total=standing.done,
                finalists=happening.finalists,
                finals_total=networks,
                after_search=networks + WINNERS,
            )
        case NetworksTrained():
            phase = "winner" if happening.done == happening.total else "finals"
            return _after_wave(standing, replace(standing, phase=phase, finals_done=happening.done), now)
        case Finished():
            return replace(standing, phase="finished")


def _rounds(settings: Mapping[str, Any]) -> int | None:
    return None if settings["rounds"] is None else min(settings["rounds"], settings["trials"])


def _round(began: Began) -> int | None:
    """The round that is being trained: a study that goes on is not told of the one it was stopped in."""
    rounds = _rounds(began.settings)
    if rounds is None:
        return None
    trials = began.settings["trials"]
    return sum(began.resumed >= trials * ended // rounds for ended in range(1, rounds))


def _after_wave(before: Standing, standing: Standing, now: float) -> Standing:
    networks = standing.done + standing.finals_done - before.done - before.finals_done
    if not networks:
        return standing
    wave = Wave(networks, now - before.told)
    waves = (*before.waves, wave)
    while len(waves) > FEWEST_WAVES and sum(each.seconds for each in waves[1:]) > MEMORY:
        waves = waves[1:]
    return replace(standing, waves=waves, first_wave=before.first_wave or wave, told=now)
