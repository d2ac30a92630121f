"""What must be true before rounds and results are written."""

from collections.abc import Sequence
from itertools import pairwise

from sqlalchemy import Connection, func, select

from ikura.errors import StoreError
from ikura.records import Trial, TrialResult, TrialState
from ikura.store.schema import trials


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


def check_results(connection: Connection, study_id: int, name: str, ordered: Sequence[TrialResult]) -> None:
    """Raise StoreError unless each result is of a trial that still waits for one."""
    numbers = [result.number for result in ordered]
    within = trials.c.number.between(numbers[0], numbers[-1])
    rows = connection.execute(select(trials.c.number, trials.c.state).where(trials.c.study_id == study_id, within))
    states = {row.number: row.state for row in rows}
    unknown = [number for number in numbers if number not in states]
    if unknown:
        raise StoreError(f"study {name!r}: trials {_brief(unknown)} do not exist; only trials of a round have results")
    twice = [number for number in numbers if states[number] != TrialState.WAITING]
    twice += [number for number, following in pairwise(numbers) if number == following]
    if twice:
        raise StoreError(
            f"study {name!r}: trials {_brief(twice)} have results already; a trial has one: "
            "does another process write this study?"
        )
    waiting = [result.number for result in ordered if result.state is TrialState.WAITING]
    if waiting:
        raise StoreError(f"study {name!r}: results of trials {_brief(waiting)} are still waiting; train them first")


def _brief(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (f"... ({len(numbers)} in all)" if len(numbers) > 5 else "")
