"""What must be true before rounds, results and decisions are written."""

from collections.abc import Container, Mapping, Sequence
from itertools import pairwise

from sqlalchemy import Connection, func, select

from ikura.errors import StoreError
from ikura.records import CopyFrom, Decision, JobResult, Stop, Trial, TrialState
from ikura.store.progress import Progress
from ikura.store.schema import trials

_RESULTS = (TrialState.PAUSED, TrialState.COMPLETE, TrialState.DIVERGED, TrialState.FAILED)
"""Where a job leaves a trial."""


def check_round(connection: Connection, study_id: int, name: str, proposed: Sequence[Trial]) -> None:
    """Raise StoreError unless the proposed trials go on where those of the study end, as one new round."""
    last, last_round = connection.execute(
        select(func.coalesce(func.max(trials.c.number), -1), func.coalesce(func.max(trials.c.round), -1)).where(
            trials.c.study_id == study_id
        )
    ).one()
    expected = list(range(last + 1, last + 1 + len(proposed)))
    numbers = [trial.number for trial in proposed]
    if not numbers or numbers != expected:
        raise StoreError(
            f"study {name!r}: a round of trials {_brief(numbers)} cannot follow trial {last}; numbers go on without a "
            "gap: does another process write this study?"
        )
    if {trial.round for trial in proposed} != {proposed[0].round} or proposed[0].round <= last_round:
        raise StoreError(
            f"study {name!r}: trials of rounds {_brief(sorted({trial.round for trial in proposed}))} cannot follow "
            f"round {last_round}; they must form one new round: does another process write this study?"
        )


def check_results(
    name: str, ordered: Sequence[JobResult], before: Mapping[int, Progress], metrics: Container[str]
) -> None:
    """Raise StoreError unless each result goes on where its trial stands.

    Args:
        name: of the study.
        ordered: the results in the order of their trials' numbers.
        before: where these trials stand, as far as they exist.
        metrics: the study's.
    """
    numbers = [result.number for result in ordered]
    if unknown := [number for number in numbers if number not in before]:
        raise StoreError(f"study {name!r}: trials {_brief(unknown)} do not exist; only trials of a round have results")
    twice = [number for number in numbers if before[number].state.is_over]
    twice += [number for number, following in pairwise(numbers) if number == following]
    if twice:
        raise StoreError(
            f"study {name!r}: trials {_brief(twice)} have results already; nothing follows the last: "
            "does another process write this study?"
        )
    elsewhere = [result.number for result in ordered if result.job.start != before[result.number].epochs]
    if elsewhere:
        raise StoreError(
            f"study {name!r}: results of trials {_brief(elsewhere)} do not go on where the last ones ended; epochs go "
            "on without a gap: does another process write this study?"
        )
    unfinished = [result for result in ordered if result.state not in _RESULTS]
    if unfinished:
        raise StoreError(
            f"study {name!r}: results of trials {_brief([result.number for result in unfinished])} are still "
            f"{unfinished[0].state}; train them first"
        )
    for metric in {metric: None for result in ordered for metric in result.curves}:
        if metric not in metrics:
            raise StoreError(f"study {name!r}: {metric!r} is none of its metrics; only these are kept: begin another")


def check_decision(name: str, decision: Decision, before: Mapping[int, Progress]) -> None:
    """Raise StoreError unless the decision can be made about its trial.

    Args:
        name: of the study.
        decision: to be checked.
        before: where the trials that it speaks of stand, as far as they exist.
    """
    number = decision.trial
    spoken_of = [number, decision.source.trial] if isinstance(decision, CopyFrom) else [number]
    if unknown := [each for each in spoken_of if each not in before]:
        raise StoreError(
            f"study {name!r}: something was decided about trials {_brief(unknown)}, which do not exist; propose them "
            "in a round first"
        )
    if before[number].state.is_over:
        raise StoreError(
            f"study {name!r}: something was decided about trial {number}, which is {before[number].state}; such a "
            "trial is never trained on: does another process write this study?"
        )
    if not isinstance(decision, Stop) and decision.until <= before[number].epochs:
        raise StoreError(
            f"study {name!r}: trial {number} is to be trained to epoch {decision.until}, but has been trained for "
            f"{before[number].epochs}; trials are only trained on: decide about later epochs"
        )


def _brief(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (f"... ({len(numbers)} in all)" if len(numbers) > 5 else "")
