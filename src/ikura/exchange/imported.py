"""A study that comes from another program, on its way into a store."""

from collections.abc import Sequence
from dataclasses import dataclass

from ikura.records import CopyFrom, Decision, History, JobResult, Outcome, Region, Settings, Trial
from ikura.store import Store, check_whole


@dataclass(frozen=True)
class Imported:
    """All of a study."""

    name: str
    settings: Settings
    space: str
    """TOML."""
    rounds: Sequence[tuple[Sequence[Trial], Region | None]]
    results: Sequence[JobResult]
    """One for each trial that was measured, or is lost."""
    decisions: Sequence[Decision]
    """Where the trials stand since the results."""
    copies: Sequence[CopyFrom] = ()
    """What was decided before the results."""
    outcome: Outcome | None = None

    def write(self, store: Store, name: str) -> None:
        """Put it into a store, under a name: all of it, or nothing."""
        store.create(name, self.settings, self.space)
        try:
            for trials, region in self.rounds:
                store.add_round(name, trials, region)
            store.write(name, [], self.copies)
            store.write(name, self.results, self.decisions)
            store.add_event(name, "imported", f"from Optuna's study {self.name!r}")
            if self.outcome is None:
                store.set_status(name, "interrupted")
            else:
                store.finish(name, self.outcome)
        except BaseException:
            store.delete(name)
            raise

    def check(self) -> None:
        """Raise StoreError where a store would give back what cannot be read."""
        history = History.of(self.settings)
        for trials, region in self.rounds:
            history = history.with_round(trials, region)
        history = history.with_decisions(self.copies).with_results(self.results).with_decisions(self.decisions)
        check_whole(self.name, self.settings, self.space, self.outcome, history)
