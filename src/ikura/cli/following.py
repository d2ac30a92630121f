"""What a study tells, into where it stands."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ikura.cli.standing import Mark, Standing
from ikura.samplers import CoarseToFineSampler
from ikura.study import Began, FinalsBegan, Finished, Happening, NetworksTrained, RoundBegan, TrialsTrained

MEMORY = 30.0
"""Seconds over which speed is measured: as many as smooth out the waves, and few enough to forget the compilations."""


def follow(standing: Standing, happening: Happening, now: float) -> Standing:
    """Where the run stands after a happening."""
    match happening:
        case Began():
            return replace(
                standing,
                phase="compiling",
                name=happening.name,
                rounds=_rounds(happening.settings),
                before=happening.resumed,
                done=happening.resumed,
                total=happening.settings["trials"],
                marks=(Mark(now, 0),),
            )
        case RoundBegan():
            return replace(standing, round=happening.round)
        case TrialsTrained():
            return _marked(
                replace(
                    standing,
                    phase="search",
                    done=happening.done,
                    total=happening.total,
                    diverged=happening.diverged,
                    best_accuracy=happening.best_accuracy,
                ),
                now,
            )
        case FinalsBegan():
            # A sampler may have had no more to propose.
            return replace(standing, phase="finals", total=standing.done, finals_total=happening.networks)
        case NetworksTrained():
            phase = "winner" if happening.done == happening.total else "finals"
            return _marked(replace(standing, phase=phase, finals_done=happening.done), now)
        case Finished():
            return replace(standing, phase="finished")


def _rounds(settings: Mapping[str, Any]) -> int | None:
    if settings["sampler"] != "coarse-to-fine":
        return None
    return min(settings["rounds"] or CoarseToFineSampler().rounds, settings["trials"])


def _marked(standing: Standing, now: float) -> Standing:
    marks = (*standing.marks, Mark(now, standing.done - standing.before + standing.finals_done))
    while len(marks) > 2 and now - marks[1].time > MEMORY:
        marks = marks[1:]
    return replace(standing, marks=marks)
