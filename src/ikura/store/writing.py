"""Rounds, results and decisions into rows, as `History` takes them up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from ikura.records import CopyFrom, Decision, Edit, JobResult, Region, Stop, Trial, TrialState
from ikura.store.checks import check_decision, check_results, check_round
from ikura.store.progress import Progress, read_progress
from ikura.store.schema import decisions, edits, rounds, studies, trials
from ikura.store.serialization import decision_to_row, edit_to_row, region_to_json, storable


@dataclass
class Write:
    """One write of a study, in a transaction: what is taken is checked at once, and written at the end.

    All methods raise StoreError, with one line for the user, when the study is not such that this can be written.
    """

    connection: Connection
    study_id: int
    name: str
    """Of the study."""
    _progress: dict[int, Progress] = field(default_factory=dict)
    """Of the trials that are spoken of."""
    _changed: set[int] = field(default_factory=set)
    """The numbers of those that were there before."""
    _proposed: Sequence[Trial] = ()
    _decided: list[dict[str, Any]] = field(default_factory=list)
    _configs: list[dict[str, Any]] = field(default_factory=list)
    """Of trials that get another one."""

    def take_round(self, proposed: Sequence[Trial], region: Region | None) -> None:
        """Take the trials of a new round."""
        check_round(self.connection, self.study_id, self.name, proposed)
        made = region and region_to_json(region)
        row = {"study_id": self.study_id, "round": proposed[0].round, "region": made}
        self.connection.execute(insert(rounds).values(row))
        self._proposed = proposed
        self._progress |= {trial.number: Progress() for trial in proposed}

    def take_results(self, ordered: Sequence[JobResult], metrics: Sequence[str]) -> None:
        """Take what training gave, in the order of the trials' numbers; the metrics are the study's."""
        self._read([result.number for result in ordered])
        check_results(self.name, ordered, self._progress, metrics)
        for result in ordered:
            progress = self._progress[result.number]
            progress.state, progress.target = result.state, None
            progress.epochs += result.epochs
            if result.error is not None:
                progress.error = storable(result.error)
            self._changed.add(result.number)

    def take_decisions(self, made: Sequence[Decision]) -> None:
        """Take what was decided, in this order."""
        self._read([decision.trial for decision in made])
        self._read([decision.source.trial for decision in made if isinstance(decision, CopyFrom)])
        last = self.connection.scalar(select(func.max(decisions.c.number)).where(decisions.c.study_id == self.study_id))
        for number, decision in enumerate(made, start=0 if last is None else last + 1):
            check_decision(self.name, decision, self._progress)
            self._decided.append({"study_id": self.study_id, "number": number, **self._decide(decision)})
            self._changed.add(decision.trial)

    def change_configs(self, changed: Sequence[Trial], changes: Mapping[int, Sequence[Edit]]) -> None:
        """Take other configurations of trials, and of their edits, by the trials' numbers."""
        self._configs += [{"of": trial.number, "to": dict(trial.config)} for trial in changed]
        rows = [
            {"of": trial, "place": place, "to": dict(edit.config)}
            for trial, made in changes.items()
            for place, edit in enumerate(made)
        ]
        # Whoever reads on must see these trials as well.
        self._read(list(changes))
        self._changed |= changes.keys()
        if rows:
            of_edit = (edits.c.trial == bindparam("of"), edits.c.number == bindparam("place"))
            chosen = update(edits).where(edits.c.study_id == self.study_id, *of_edit)
            self.connection.execute(chosen.values(config=bindparam("to", type_=edits.c.config.type)), rows)

    def finish(self) -> None:
        """Write all that was taken, but for what was measured."""
        this = studies.c.id == self.study_id
        self.connection.execute(update(studies).where(this).values(revision=studies.c.revision + 1))
        revision = self.connection.execute(select(studies.c.revision).where(this)).scalar_one()
        self._insert_trials(revision)
        self._update_trials(revision)
        self._update_configs(revision)
        self._insert_edits()
        if self._decided:
            self.connection.execute(insert(decisions), self._decided)

    def _read(self, numbers: Sequence[int]) -> None:
        unknown = [number for number in numbers if number not in self._progress]
        self._progress |= read_progress(self.connection, self.study_id, unknown)

    def _decide(self, decision: Decision) -> dict[str, Any]:
        """Change where the trial stands, and return the columns that tell it."""
        progress = self._progress[decision.trial]
        epoch = progress.epochs
        if isinstance(decision, Stop):
            progress.state, progress.target = TrialState.STOPPED, None
        else:
            progress.state, progress.target = TrialState.RUNNING, decision.until
        if isinstance(decision, CopyFrom):
            # An imported study's copies come before what was measured.
            epoch = decision.source.epoch
            progress.new_edits.append(Edit(epoch, decision.config, decision.source))
        return {"epoch": epoch, **decision_to_row(decision)}

    def _insert_trials(self, revision: int) -> None:
        rows = [
            {
                "study_id": self.study_id,
                "number": trial.number,
                "round": trial.round,
                "config": dict(trial.config),
                "state": self._progress[trial.number].state.value,
                "target": self._progress[trial.number].target,
                "revision": revision,
            }
            for trial in self._proposed
        ]
        if rows:
            self.connection.execute(insert(trials), rows)

    def _update_trials(self, revision: int) -> None:
        rows = [
            {"of": number, "to": progress.state.value, "until": progress.target, "why": progress.error}
            for number in sorted(self._changed - {trial.number for trial in self._proposed})
            if (progress := self._progress[number])
        ]
        if rows:
            changed = {"state": bindparam("to"), "target": bindparam("until"), "error": bindparam("why")}
            of_trial = (trials.c.study_id == self.study_id, trials.c.number == bindparam("of"))
            self.connection.execute(update(trials).where(*of_trial).values(revision=revision, **changed), rows)

    def _update_configs(self, revision: int) -> None:
        if self._configs:
            chosen = update(trials).where(trials.c.study_id == self.study_id, trials.c.number == bindparam("of"))
            changed = chosen.values(revision=revision, config=bindparam("to", type_=trials.c.config.type))
            self.connection.execute(changed, self._configs)

    def _insert_edits(self) -> None:
        rows = [
            {"study_id": self.study_id, "trial": trial, "number": number, **edit_to_row(edit)}
            for trial, progress in sorted(self._progress.items())
            for number, edit in enumerate(progress.new_edits, start=progress.edits)
        ]
        if rows:
            self.connection.execute(insert(edits), rows)
