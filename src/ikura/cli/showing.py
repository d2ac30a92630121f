"""Studies as `ikura list` and `ikura show` tell of them."""

from collections import Counter
from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from ikura.cli.answer import answer
from ikura.cli.judging import judgement
from ikura.cli.layout import lined_up, listed, unbroken
from ikura.cli.phrases import plan_in_words, search_in_words, subject_in_words
from ikura.cli.theme import QUIET
from ikura.cli.wording import measured, number, on_study, path_in_words, percent, plain, spaced
from ikura.errors import StoreError
from ikura.records import Config, DamagedStudy, History, Origin, StudyRecord, TrialState
from ikura.report.importance import importances, untold_in_words
from ikura.report.words import can_go_on, failures_in_words, revisions_in_words
from ikura.space import Space
from ikura.store import Store
from ikura.tasks import task_named
from ikura.wording import count

BEST = 10
"""How many trials `show` lists."""

FEWEST_JUDGED = 8
"""Of fewer trials that were measured a search is not judged."""

ROW = ("study", "status", "result", "trials", "begun", "data")
"""The headings of what `row` returns."""


def row(store: Store, study: StudyRecord | DamagedStudy) -> tuple[str, ...]:
    """Return a study in a line of the list."""
    if isinstance(study, DamagedStudy):
        return _damaged(study)
    try:
        trials = _trials(store, study)
    except StoreError:
        return _damaged(study)
    return (
        plain(study.name),
        status(study),
        _result(study),
        trials,
        _local(study),
        "–" if study.settings.imported else plain(path_in_words(study.settings.data)),
    )


def _damaged(study: StudyRecord | DamagedStudy) -> tuple[str, ...]:
    return plain(study.name), "damaged", "–", "–", _local(study), "–"


def _result(study: StudyRecord) -> str:
    """Return what the test said, or where there is none, what the objective came to; and the second objective."""
    if study.outcome is None:
        return "–"
    found = study.outcome.best.metrics
    first, *second = (
        f"{plain(each.title)} {measured(each, found.get(each.name))}" for each in study.settings.objective.optimised
    )
    if study.outcome.test is not None:
        what, value, _ = task_named(study.settings.task).test_lines(study.outcome.test)[0]
        first = f"{what} {spaced(value)}"
    return ", ".join([first, *second])


def whole(study: StudyRecord, space: Space, history: History, store: str | None) -> Iterator[RenderableType]:
    """Yield what a study found, or how far it is.

    Args:
        study: all but its history.
        space: that the study searched.
        history: of the study.
        store: as the user gave it, for the commands that are told.
    """
    settings = study.settings
    yield Text.assemble((plain(study.name), "bold"), f"  {status(study)}, begun {_local(study)}")
    if settings.imported:
        yield Text(". ".join(plain(note) for note in settings.notes))
        failed = f", {len(history.errors):,} of which failed" if history.errors else ""
        yield Text(f"{count(len(history.trials), 'trial')}{failed}.")
        if len(history.ranking):
            yield ""
            yield from _best(study, history, store)
            yield from _mattered(space, history)
        return
    facts = [subject_in_words(settings), ("search", search_in_words(settings))]
    if study.outcome is not None and study.outcome.planned:
        facts.append(("plan", plan_in_words(study.outcome)))
    facts += [(f"from round {until + 1:,}", plain(words)) for until, words in revisions_in_words(settings, study.space)]
    yield lined_up(facts)
    yield ""
    if study.outcome is None:
        yield from _unfinished(study, history, store)
    else:
        yield from answer(study, history)
    if len(history.ranking):
        yield ""
        yield from _best(study, history, store)
        yield from _mattered(space, history)
    if len(history.ranking) >= FEWEST_JUDGED:
        yield ""
        yield from judgement(study, history, store)
    if history.errors:
        yield ""
        yield from (Text(plain(line)) for line in failures_in_words(history))
        yield Text("The tracebacks: --json", style=QUIET)


def _unfinished(study: StudyRecord, history: History, store: str | None) -> Iterator[RenderableType]:
    yield Text(_states(study, history))
    trained = int(history.epochs.sum())
    wanted = _wanted_epochs(study)
    epochs = count(trained, "epoch") if wanted is None else f"{trained:,} of {count(wanted, 'epoch')}"
    remain = " The finals remain." if _over(history) == study.settings.trials else ""
    untouched = "; the test set is untouched" if study.settings.code is None else ""
    kept = "; what trials under way have reported is kept as well" if study.settings.code is not None else ""
    yield Text(f"{epochs} trained in all{untouched}{kept}.{remain}")
    if can_go_on(study, history):
        yield unbroken(_how_to_go_on(study, store))
    elif study.writer is None:
        yield unbroken(f"It cannot go on; to remove it: {on_study('delete', study.name, store)}")
    else:
        yield unbroken(f"It is being written by {plain(study.writer)}.")


def _how_to_go_on(study: StudyRecord, store: str | None) -> str:
    """Return the command that resumes a study, or where something of it came from Python, the call."""
    from ikura.study import call_again

    settings = study.settings
    if settings.origin is Origin.MEMORY or settings.user_network or settings.user_sampler:
        return f"To go on, in Python: {call_again(study.name, settings, store)}"
    return f"To go on: {on_study('resume', study.name, store)}"


def _wanted_epochs(study: StudyRecord) -> int | None:
    """Return the epochs of the whole search under population-based training, which ends all trials at its end alone."""
    return study.settings.trials * study.settings.epochs if study.settings.schedule == "pbt" else None


def _states(study: StudyRecord, history: History) -> str:
    """Write `340 of 512 trials are over: 9 complete, 331 stopped; 20 running, 44 paused`."""
    tally = Counter(history.states)
    # Where nobody writes the study, nothing runs.
    words = {TrialState.RUNNING: "due"} if study.writer is None else {}
    over, others = (
        ", ".join(
            f"{tally[state]:,} {words.get(state, state)}"
            for state in TrialState
            if tally[state] and state.is_over is is_over
        )
        for is_over in (True, False)
    )
    text = f"{_over(history):,} of {count(study.settings.trials, 'trial')} are over"
    return text + (f": {over}" if over else "") + (f"; {others}" if others else "") + "."


def _over(history: History) -> int:
    return sum(state.is_over for state in history.states)


def _best(study: StudyRecord, history: History, store: str | None) -> Iterator[RenderableType]:
    """Yield the best trials, with what was measured of each at its own last epoch."""
    best_first = [*history.front, *(number for number in history.ranking.tolist() if number not in history.front)]
    shown = best_first[:BEST]
    first, *_ = metrics = history.objective.metrics
    if history.objective.second is not None:  # the configurations need the room that tie-breaks take
        metrics = [each for each in metrics if each not in history.objective.tie_breaks]
    columns = [
        ("trial", [str(number) for number in shown]),
        ("round", [str(history.trials[number].round + 1) for number in shown]),
    ]
    if any(history.states[number] is not TrialState.COMPLETE for number in shown):
        columns.append(("state", [str(history.states[number]) for number in shown]))
        columns.append(("epochs", [f"{history.epochs[number]:,}" for number in shown]))
    for metric in metrics:
        final = history.final(metric.name)
        columns.append((plain(metric.title), [measured(metric, float(final[number])) for number in shown]))
    if history.objective.second is not None:
        columns.append(("on the front", ["yes" if number in history.front else "" for number in shown]))
    if history.objective.constraints:
        columns.append(("constraints", ["kept" if history.feasible[number] else "broken" for number in shown]))
    if finalists := study.outcome.finalists if study.outcome else ():
        means = {each.number: each.mean(first.name) for each in finalists if not each.diverged}
        columns.append(("in the finals", [measured(first, means.get(number)) for number in shown]))
    columns.append(("configuration", [_settings(history.config(number)) for number in shown]))
    headings, cells = zip(*columns, strict=True)
    right = [
        heading for heading in headings if heading not in ("state", "on the front", "constraints", "configuration")
    ]
    yield listed(headings, list(zip(*cells, strict=True)), right=right)
    if len(shown) < len(history.trials):
        every = on_study("show", study.name, store, "--json")
        front = f", of which {len(history.front):,} are on the front" if history.front else ""
        yield unbroken(
            f"These are {len(shown):,} of {count(len(history.trials), 'trial')}{front}; all of them: {every}"
        )


def _mattered(space: Space, history: History) -> Iterator[RenderableType]:
    """Yield the hyperparameters that mattered most, or a line that says why they are not known."""
    found = importances(space, history)
    rows = [
        (
            plain(one.name),
            percent(one.share, 0),
            f"{percent(one.interval[0], 0)} to {percent(one.interval[1], 0)}",
            percent(one.alone, 0),
            f"{one.trials:,}",
            plain(one.condition or ""),
        )
        for one in found[:BEST]
        if one.share is not None and one.interval is not None
    ]
    if found:
        yield ""
    if rows:
        headings = ("what mattered", "share", "95 % interval", "alone", "trials", "")
        yield listed(headings, rows, right=headings[1:5])
    yield from (Text(plain(line)) for line in untold_in_words(found))


def _settings(config: Config) -> str:
    return " ".join(f"{plain(name)}={number(value)}" for name, value in config.items())


def status(study: StudyRecord) -> str:
    """Return where a study stands."""
    return "imported" if study.settings.imported else study.status


def _trials(store: Store, study: StudyRecord) -> str:
    """Return how many trials are over of those that were wanted; one number where these are all."""
    wanted = study.settings.trials
    if study.settings.imported:
        return f"{wanted:,}"
    if study.outcome:
        over, share = study.outcome.trials, ""
    else:
        history, epochs = store.history(study.name), _wanted_epochs(study)
        over = _over(history)
        share = "" if epochs is None else f" ({percent(int(history.epochs.sum()) / epochs, 0)} of epochs)"
    return f"{over:,}" if over == wanted else f"{over:,} of {wanted:,}{share}"


def _local(study: StudyRecord | DamagedStudy) -> str:
    return f"{study.created.astimezone():%Y-%m-%d %H:%M}"
