"""A study that goes on in another space, or with more trials."""

from dataclasses import dataclass, replace
from typing import Self

from ikura.errors import SettingError
from ikura.evaluators import Evaluator
from ikura.records import Config, Earlier, History, Settings, StudyRecord
from ikura.report.words import revisions_in_words
from ikura.space import Space, check_follows, spaces_of, united
from ikura.store import Store
from ikura.study.arguments import RANGES, check_space, whole
from ikura.study.search import TIMEOUT
from ikura.wording import count


@dataclass(frozen=True)
class Change:
    """What is to be another from the next round on."""

    record: StudyRecord
    """As it was."""
    history: History
    space: Space
    """From now on."""
    trials: int
    """From now on."""

    @classmethod
    def checked(cls, record: StudyRecord, history: History, space: object, trials: object) -> Self | None:
        """Return what is changed by what was given; None where nothing is.

        Raises:
            SpaceError: the study cannot go on in this space.
            SettingError: it cannot go on with so many trials, or nothing would come of the change.
        """
        check_space(space)
        wanted = record.settings.trials if trials is None else whole("trials", trials, *RANGES["trials"])
        now = Space.from_toml(record.space)
        found = now if space is None else space
        assert isinstance(found, Space)
        if found == now and wanted == record.settings.trials:
            return None
        made = cls(record, history, found, wanted)
        made._check()
        return made

    def _check(self) -> None:
        name, settings, made = self.record.name, self.record.settings, len(self.history.trials)
        given = "trials" if self.record.space == self.space.to_toml() else "space"
        if self.trials < settings.trials:
            raise SettingError(
                f"trials: {self.trials:,} is given, and {name} has {settings.trials:,}; a study that goes on can only "
                "have more: give more, or leave it out"
            )
        if settings.sampler == "grid":
            raise SettingError(
                f"{given}: {name} tries a grid, which is every combination of one space; it cannot become another: "
                "begin another study"
            )
        outcome = self.record.outcome
        if outcome is not None and outcome.test is not None:
            raise SettingError(
                f"{given}: {name} is complete, and its test part was used; it is used once, when the search is over: "
                f"another study may begin, as large and as wide as you like"
            )
        check_follows(Space.from_toml(self.record.space), self.space)
        united([*spaces_of(settings, self.record.space), self.space])
        if made >= self.trials:
            raise SettingError(
                f"space: all {count(made, 'trial')} of {name} are made; none would be drawn from another space: give "
                "more trials as well"
            )

    def settings(self, evaluator: Evaluator) -> Settings:
        """Return the settings from now on, with what they were."""
        old, until = self.record.settings, self.history.next_round
        earlier = old.earlier
        if until and not (earlier and earlier[-1].until == until):
            earlier = (*earlier, Earlier(until, old.trials, self.record.space))
        return replace(old, trials=self.trials, limits=evaluator.limits, earlier=earlier)

    def make(self, store: Store, evaluator: Evaluator) -> Settings:
        """Store it, and return the settings from now on.

        Raises:
            SettingError: the search is over, or nobody knows what a new dimension was in the trials of before.
        """
        name = self.record.name
        if any(event.kind == TIMEOUT for event in store.events(name)):
            raise SettingError(
                f"{name}: its search ended when its time was over, and no trial begins after that; to search on, begin "
                "another study"
            )
        settings, history = self.settings(evaluator), self.history
        trials = [replace(trial, config=self._filled(trial.config, evaluator)) for trial in history.trials]
        edits = {
            number: [replace(edit, config=self._filled(edit.config, evaluator)) for edit in made]
            for number, made in history.edits.items()
        }
        store.revise(
            name,
            settings,
            self.space.to_toml(),
            [new for new, old in zip(trials, history.trials, strict=True) if new != old],
            {number: made for number, made in edits.items() if tuple(made) != history.edits[number]},
        )
        for _, words in revisions_in_words(settings, self.space.to_toml())[-1:]:
            store.add_event(name, "changed", words)
        return settings

    def _filled(self, config: Config, evaluator: Evaluator) -> Config:
        """Return a configuration of before with what the space has of late, as it was in force."""
        try:
            return self.space.filled(config, evaluator.full(config))
        except KeyError as error:
            (lacking,) = error.args
            raise SettingError(
                f"{lacking}: is new in the space, and what it was in the {count(len(self.history.trials), 'trial')} of "
                "before your code alone knows; only of Ikura's own hyperparameters it is known: leave it out, or begin "
                "another study"
            ) from error
