"""History into plain facts: everything the page says, before any of it is drawn."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ikura.records import Config, History, TrialState
from ikura.report.axes import Axis, axes
from ikura.report.finals import Confusion, Finals, confusion, finals
from ikura.report.population import Population, population
from ikura.report.words import can_go_on, count, duration, features_in_words, number, percent, unused_in_words
from ikura.report.zoom import Zoom, zooms
from ikura.space import Space
from ikura.store import StudyRecord, is_imported

Rows = tuple[tuple[str, str], ...]
"""Labels and what stands beside them."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well the winner does on the test set."""

    accuracy: float
    low: float
    high: float
    correct: int
    examples: int


@dataclass(frozen=True, slots=True)
class Best:
    """The winner; in an unfinished study the best trial so far."""

    number: int
    config: Rows
    """The hyperparameters that exist, in the space's order."""
    dev_accuracy: float


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What it takes to run the study again."""

    call: str
    """A shell command, or Python where the data, the network or the sampler was an object."""
    space: str
    """TOML."""
    config: str | None
    """The winner's configuration with every digit, as JSON."""
    rows: Rows


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """All that the page says."""

    study: str
    created: str
    sentence: str
    notice: str | None
    """What an unfinished study lacks."""
    resume: str | None
    """The command that goes on with an interrupted study."""
    test: Score | None
    best: Best | None
    summary: tuple[tuple[str, Rows], ...]
    notes: tuple[str, ...]
    """What became of the budget, if it was not used up, and what was done to the data."""
    finals: Finals | None
    axes: tuple[Axis, ...]
    population: Population
    zooms: tuple[Zoom, ...]
    confusion: Confusion | None
    reproduction: Reproduction | None
    """None where another program made the study."""


def gather(study: StudyRecord, space: Space, history: History) -> Facts:
    """Return the facts of a study; where it has no outcome yet, those of its history so far."""
    settings, outcome = study.settings, study.outcome
    drawn = axes(space)
    best = _best(space, history, outcome)
    return Facts(
        study=study.name,
        created=study.created.strftime("%d %B %Y, %H:%M UTC"),
        sentence=_sentence(settings, outcome, history, best),
        notice=_notice(study, history, best),
        resume=f"ikura resume {shlex.quote(study.name)}" if can_go_on(study, history) else None,
        test=_test(outcome) if outcome else None,
        best=best,
        summary=_summary(settings, outcome, history),
        notes=_notes(settings, outcome),
        finals=finals(outcome) if outcome else None,
        axes=drawn,
        population=population(space, drawn, history),
        zooms=zooms(space, history, own_network=settings["network"] == "custom"),
        confusion=confusion(outcome) if outcome else None,
        reproduction=_reproduction(study, history, outcome),
    )


def _best(space: Space, history: History, outcome: Mapping[str, Any] | None) -> Best | None:
    if outcome:
        chosen = outcome["best"]
        return Best(chosen["number"], _config(space, chosen["config"]), chosen["dev_accuracy"])
    if not len(history.ranking):
        return None
    first = int(history.ranking[0])
    accuracy = float(history.final("dev_accuracy")[first])
    return Best(first, _config(space, history.trials[first].config), accuracy)


def _config(space: Space, config: Config) -> Rows:
    return tuple((name, number(config[name])) for name in space.names if name in config)


def _test(outcome: Mapping[str, Any]) -> Score:
    test = outcome["test"]
    low, high = test["interval"]
    return Score(test["accuracy"], low, high, test["correct"], test["examples"])


def _sentence(settings: Mapping, outcome: Mapping | None, history: History, best: Best | None) -> str:
    if outcome:
        test = outcome["test"]
        tried = f"Tried {count(outcome['trials'], 'network')} in {duration(outcome['seconds']['total'])}"
        right = f"classifies {test['correct']:,} of {count(test['examples'], 'unseen example')} correctly"
        once = "It was trained on the train and dev examples together, and tested once."
        return f"{tried}; {'it' if outcome['trials'] == 1 else 'the best'} {right}. {once}"
    done = f"{_measured(history):,} of {count(settings['trials'], 'trial')} measured"
    if best is not None:
        return f"{done}; the best classifies {percent(best.dev_accuracy)} of the dev set correctly."
    diverged = _number_of(history, TrialState.DIVERGED)
    return f"{done}{'; all of them diverged' if diverged else ''}."


def _notice(study: StudyRecord, history: History, best: Best | None) -> str | None:
    if study.outcome:
        return None
    if is_imported(study.settings):
        return "Another program trained this study: Ikura shows what it was told."
    if study.status == "running":
        state = "This study is still running: the page shows what was stored when it was written."
    elif can_go_on(study, history):
        state = "This study was interrupted."
    else:
        state = "This study ended without an answer."
    if best is None and _number_of(history, TrialState.DIVERGED):
        state += " Every trial diverged: lower the upper bound of the learning rate, and look at the data for outliers."
    if best is None and history.errors:
        state += (
            f" The network raised an error in {count(len(history.errors), 'trial')}: mend it, and begin another study."
        )
    return f"{state} The test set has not been used."


def _summary(settings: Mapping, outcome: Mapping | None, history: History) -> tuple[tuple[str, Rows], ...]:
    rounds = 1 + max((trial.round for trial in history.trials), default=0)
    examples = settings["examples"]
    tried = [
        ("Trials", _trials(settings, history)),
        ("Epochs each", f"{settings['epochs']:,}"),
        ("Sampler", settings["sampler"]),
        *([("Rounds", f"{rounds:,}")] if rounds > 1 else []),
        ("Diverged", f"{_number_of(history, TrialState.DIVERGED):,}"),
        *([("Failed", f"{len(history.errors):,}")] if history.errors else []),
    ]
    data = [
        ("Data", str(settings["data"])),
        ("Train / dev / test", " / ".join(f"{examples[part]:,}" for part in ("train", "dev", "test"))),
        ("Inputs", features_in_words(settings)),
        ("Classes", f"{len(settings['classes']):,}"),
    ]
    groups = [("What was tried", tuple(tried))]
    if is_imported(settings):
        return tuple(groups)
    if outcome:
        groups.append(("How fast", _speed(outcome)))
    return (*groups, ("On what data", tuple(data)))


def _notes(settings: Mapping, outcome: Mapping | None) -> tuple[str, ...]:
    unused = unused_in_words(settings, outcome) if outcome else None
    troubles = outcome.get("troubles", ()) if outcome else ()
    return (*([unused] if unused else []), *troubles, *settings["notes"])


def _trials(settings: Mapping, history: History) -> str:
    measured, wanted = _measured(history), settings["trials"]
    return f"{wanted:,}" if measured == wanted else f"{measured:,} of {wanted:,}"


def _speed(outcome: Mapping[str, Any]) -> Rows:
    seconds = outcome["seconds"]
    return (
        ("In all", duration(seconds["total"])),
        ("Search", duration(seconds["search"])),
        ("Finals", duration(seconds["finals"])),
        ("Trials a second", number(float(outcome["trials_per_second"]), digits=3)),
        *([("Compiled programs", f"{outcome['programs']:,}")] if outcome["programs"] else []),
    )


def _measured(history: History) -> int:
    return len(history.states) - _number_of(history, TrialState.WAITING)


def _number_of(history: History, state: TrialState) -> int:
    return sum(one is state for one in history.states)


def _reproduction(study: StudyRecord, history: History, outcome: Mapping[str, Any] | None) -> Reproduction | None:
    settings = study.settings
    if is_imported(settings):
        return None
    config = None
    if outcome:
        config = outcome["best"]["config"]
    elif len(history.ranking):
        config = history.trials[int(history.ranking[0])].config
    versions = " · ".join(f"{name} {version}" for name, version in settings["versions"].items())
    return Reproduction(
        call=_call(settings),
        space=study.space,
        config=None if config is None else json.dumps(dict(config), indent=2, ensure_ascii=False),
        rows=(
            ("Seed", str(settings["seed"])),
            ("Versions", versions),
            ("Machine", str(settings["machine"])),
            ("Data fingerprint", str(settings["fingerprint"])),
        ),
    )


def _call(settings: Mapping[str, Any]) -> str:
    amounts = {name: settings[name] for name in ("rounds", "trials", "epochs", "seed") if settings[name] is not None}
    if _needs_python(settings):
        given = [f"target={settings['target']!r}"] if settings["target"] is not None else []
        given += ["network=network"] if settings["network"] == "custom" else []
        given += ["sampler=sampler" if _own_sampler(settings) else f"sampler={settings['sampler']!r}"]
        given += [f"{name}={value}" for name, value in amounts.items()]
        data = "data" if settings["data"].startswith("<") else repr(settings["data"])
        return f"ikura.tune({data}, space=ikura.Space.from_toml(toml), {', '.join(given)})"
    words = ["ikura", "tune", settings["data"], "--space", "space.toml"]
    if settings["target"] is not None:
        words += ["--target", str(settings["target"])]
    words += ["--sampler", settings["sampler"]]
    for name, value in amounts.items():
        words += [f"--{name}", str(value)]
    return shlex.join(words)


def _needs_python(settings: Mapping[str, Any]) -> bool:
    """Tell whether the study took something that no command line can: data, a network or a sampler as an object."""
    return settings["data"].startswith("<") or settings["network"] == "custom" or _own_sampler(settings)


def _own_sampler(settings: Mapping[str, Any]) -> bool:
    """Tell whether the sampler is named by its type, as an object is: `MySampler`, not `sobol`."""
    return settings["sampler"] != settings["sampler"].lower()
