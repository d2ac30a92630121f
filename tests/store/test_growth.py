"""What a store gives back is what a history grows to in memory, whatever is written and however often it is read."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event

from ikura.records import (
    CopyFrom,
    Decision,
    GoOn,
    History,
    JobResult,
    OptionCounts,
    Region,
    Source,
    Span,
    Stop,
    Trial,
    TrialState,
)
from ikura.store import Store, open_store

EPOCHS = 12
RUNGS = (2, 5, EPOCHS)
STRANGE = np.array([0.0, -0.0, 1e-45, 3e38, np.inf, -np.inf, np.nan, np.pi], np.float32)


class Author:
    """Draws what a study could write next, and keeps the history in memory."""

    def __init__(self, seed: int, history: History) -> None:
        self.draw = random.Random(seed)
        self.history = history
        self.decisions: list[Decision] = []

    def round(self) -> tuple[list[Trial], Region | None, list[Decision]]:
        first, number = len(self.history.trials), self.history.next_round
        trials = [Trial(first + place, self.config(), number) for place in range(self.draw.randint(1, 6))]
        parts = (Span("rate", 0.1, 0.2, 1, 2, None), OptionCounts("kind", (("1", 1), (1, 0), (True, 1)), 2))
        region = Region(number, first, parts) if self.draw.random() < 0.5 else None
        self.history = self.history.with_round(trials, region)
        return trials, region, self.decide()

    def results(self) -> tuple[list[JobResult], list[Decision]]:
        jobs = self.history.jobs()
        results = [self.result(job) for job in self.draw.sample(jobs, self.draw.randint(0, len(jobs)))]
        self.history = self.history.with_results(results)
        return results, self.decide()

    def config(self) -> dict[str, Any]:
        return {"rate": self.draw.random(), "units": self.draw.randint(1, 9), "kind": self.draw.choice(["1", 1, True])}

    def result(self, job: Any) -> JobResult:
        length = job.stop - job.start
        state = TrialState.COMPLETE if job.stop == EPOCHS else TrialState.PAUSED
        error = None
        if self.draw.random() < 0.2:
            length = self.draw.randint(0, length)
            state, error = self.draw.choice(
                [(TrialState.DIVERGED, None), (TrialState.FAILED, f"ValueError: {job.number}\n")]
            )
        names = [metric.name for metric in self.history.metrics]
        curves = {name: np.array(self.draw.choices(STRANGE, k=length), np.float32) for name in names}
        # What is not measured at all, and what was measured at every epoch.
        curves[names[1]] = np.array([self.draw.random() for _ in range(length)], np.float32)
        if self.draw.random() < 0.3:
            del curves[names[0]]
        return JobResult(job, state, curves, error)

    def decide(self) -> list[Decision]:
        made: list[Decision] = []
        free = self.history.numbers(TrialState.WAITING, TrialState.PAUSED)
        for number in self.draw.sample(free, self.draw.randint(0, len(free))):
            epoch = int(self.history.epochs[number])
            until = next(rung for rung in RUNGS if rung > epoch)
            equals = [int(other) for other in np.flatnonzero(self.history.epochs == epoch) if other != number]
            kind = self.draw.random()
            if kind < 0.2:
                made.append(Stop(number))
            elif kind < 0.5 and epoch and equals:
                made.append(CopyFrom(number, Source(self.draw.choice(equals), epoch), self.config(), until))
            else:
                made.append(GoOn(number, until))
        running = self.history.numbers(TrialState.RUNNING)
        if running and self.draw.random() < 0.1:
            made.append(Stop(self.draw.choice(running)))
        self.history = self.history.with_decisions(made)
        self.decisions += made
        return made


def check_same(found: History, expected: History) -> None:
    for name in ("metrics", "objective", "horizon", "states", "regions", "errors", "targets", "edits"):
        assert getattr(found, name) == getattr(expected, name), name
    assert repr(found.trials) == repr(expected.trials)
    assert repr(sorted(found.edits.items())) == repr(sorted(expected.edits.items()))
    assert list(found.curves) == list(expected.curves) == [metric.name for metric in expected.metrics]
    for name, curve in expected.curves.items():
        assert (found.curves[name].dtype, found.curves[name].shape) == (np.float32, curve.shape)
        missing = np.isnan(curve)
        np.testing.assert_array_equal(np.isnan(found.curves[name]), missing)
        np.testing.assert_array_equal(found.curves[name][~missing].view(np.uint32), curve[~missing].view(np.uint32))
    assert found.jobs() == expected.jobs()
    np.testing.assert_array_equal(found.ranking, expected.ranking)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_read_is_what_grew_in_memory(store: Store, make_settings, seed: int):
    settings = make_settings(epochs=EPOCHS)
    store.create("s", settings, "")
    author = Author(seed, History.of(settings))
    check_same(store.history("s"), author.history)
    seen = [store.history("s")]
    kinds = set[type]()
    for _ in range(25):
        if author.draw.random() < 0.3:
            trials, region, decisions = author.round()
            store.add_round("s", trials, region, decisions)
        else:
            results, decisions = author.results()
            store.write("s", results, decisions)
        kinds |= {type(decision) for decision in decisions}
        found = store.history("s", since=author.draw.choice(seen))
        check_same(found, author.history)
        seen.append(found)
    whole = store.history("s")
    check_same(whole, author.history)
    assert whole.revision == seen[-1].revision > 10
    assert store.decisions("s") == author.decisions
    assert kinds == {GoOn, Stop, CopyFrom}
    assert author.history.edits


def test_a_history_of_another_study_of_that_name_is_not_gone_on_with(store: Store, begin, make_trials, make_results):
    begin(store, "s")
    store.add_round("s", make_trials(4), None)
    store.write("s", make_results(range(4)))
    before = store.history("s")
    store.delete("s")
    begin(store, "s")
    store.add_round("s", make_trials(1), None)
    assert len(store.history("s", since=before).trials) == 1


@contextmanager
def rows_read(store: Any) -> Iterator[Callable[[], int]]:
    """Count the rows that SQLite hands out to the driver."""
    count = 0

    def row(cursor: Any, values: tuple[Any, ...]) -> tuple[Any, ...]:
        nonlocal count
        count += 1
        return values

    def listen(connection: Any, _record: object) -> None:
        connection.row_factory = row

    engine = store._database.writer
    event.listen(engine, "connect", listen)
    engine.dispose()

    def counted() -> int:
        nonlocal count
        found, count = count, 0
        return found

    yield counted
    event.remove(engine, "connect", listen)


def test_only_what_is_new_is_read(tmp_path: Path, begin, make_trials, make_results, make_result):
    trials, overhead = 200, 5
    with open_store(str(tmp_path / "s.db")) as store:
        begin(store, "s", epochs=40)
        store.add_round("s", make_trials(trials), None, [GoOn(number, 20) for number in range(trials)])
        store.write("s", make_results(range(trials), epochs=20, state=TrialState.PAUSED))
        with rows_read(store) as counted:
            before = store.history("s")
            assert trials * (1 + 20 * 3) <= counted() <= trials * (1 + 20 * 3) + overhead
            assert store.history("s", since=before) is before
            assert counted() <= overhead
            # Two trials go on: their rows, and what was measured since.
            store.write("s", [], [GoOn(7, 40), GoOn(150, 40)])
            store.write("s", make_results(range(7, 8), epochs=5, start=20, state=TrialState.DIVERGED))
            counted()
            after = store.history("s", since=before)
            assert 2 + 5 * 3 <= counted() <= 2 + 5 * 3 + overhead
            check_same(replace(after, revision=0), replace(store.history("s"), revision=0))
            counted()
            # A new round.
            store.add_round("s", make_trials(3, first=trials, round=1), None)
            counted()
            assert len(store.history("s", since=after).trials) == trials + 3
            assert 3 <= counted() <= 3 + overhead
