"""The outcome of a study as a reader wants it: the answer first."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from ikura.cli.layout import lined_up, unbroken
from ikura.cli.theme import QUIET, ROE
from ikura.cli.wording import duration, measured, number, path_in_words, plain, shell, spaced
from ikura.records import History, Metric, Outcome, Settings, StudyRecord
from ikura.report.ensemble import ensemble_facts
from ikura.report.words import changes_of, some_ended_early, unused_in_words
from ikura.tasks import task_named
from ikura.wording import count, share_digits


def answer(study: StudyRecord, history: History) -> Iterator[RenderableType]:
    """Yield the winner of a finished study, how good it is, what was tried, and where to go from here."""
    settings, outcome = study.settings, study.outcome
    assert outcome is not None
    best = outcome.best
    yield Text.assemble(
        ("Best configuration", "bold"), f"  trial {best.number}{_changed(changes_of(history, best.number))}"
    )
    yield lined_up([(plain(name), number(value)) for name, value in best.config.items()])
    yield ""
    yield lined_up(_scores(settings, outcome))
    if (front := len(history.front)) > 1 and best.number in history.front:
        how = "won the finals" if outcome.finalists else "is the best"
        yield Text(f"It {how} by {plain(settings.objective.metric.title)} among {count(front, 'trial')} on the front.")
    yield ""
    yield from _ensemble(settings, outcome)
    yield Text(_tried(outcome, some_ended_early(history)))
    if (unused := unused_in_words(settings, outcome)) is not None:
        yield Text(unused, style=QUIET)
    for note in study.notes:
        yield Text(f"Note: {plain(note)}.", style=QUIET)
    if outcome.model is not None:
        model = path_in_words(outcome.model)
        yield ""
        places = {"model": model, "report": str(Path(model) / "report.html")}
        if outcome.ensemble is not None and outcome.ensemble.model is not None:
            places["ensemble"] = path_in_words(outcome.ensemble.model)
        width = max(map(len, places))
        for what, place in places.items():
            yield unbroken(f"  {what:{width}}  {plain(place)}")
        yield ""
        yield Text("To predict new examples:" if len(places) == 2 else "To predict new examples, with either:")
        for what, place in places.items():
            if what != "report":
                yield unbroken(shell("ikura", "predict", place, "new.csv"))
    elif settings.code is not None:
        yield from _places(study, outcome)


def _ensemble(settings: Settings, outcome: Outcome) -> Iterator[RenderableType]:
    """Yield what is told of the ensemble, if one was asked for."""
    facts = ensemble_facts(settings, outcome)
    if facts is None:
        return
    yield Text("Ensemble", style="bold")
    yield Text(plain(spaced(facts.verdict)))
    if outcome.ensemble is not None and outcome.ensemble.kept:
        headings = tuple(Text(heading, style=QUIET) for heading in ("", "winner alone", "ensemble"))
        yield lined_up([headings, *(tuple(plain(spaced(cell)) for cell in row) for row in facts.rows)])
        trials = [f"{member.number} ({spaced(member.share)})" for member in facts.members]
        yield Text(f"Its networks, by trial: {', '.join(trials)}")
    yield ""


def _places(study: StudyRecord, outcome: Outcome) -> Iterator[RenderableType]:
    """Yield where training code left something, and the report."""
    places = []
    if outcome.trial_folders is not None and (own := Path(outcome.trial_folders) / str(outcome.best.number)).exists():
        places.append(("folder", own))
    if (folder := study.settings.results(study.name)) is not None:
        places.append(("report", folder / "report.html"))
    if places:
        yield ""
    for what, path in places:
        yield unbroken(f"  {what}  {plain(path_in_words(str(path)))}")


def _scores(settings: Settings, outcome: Outcome) -> list[tuple[str | Text, ...]]:
    metric, digits = settings.objective.metric, share_digits(settings.examples["dev"])
    value = measured(metric, outcome.best.metrics.get(metric.name), digits)
    scores: list[tuple[str | Text, ...]] = [(plain(metric.title), value, _remark(outcome, metric, digits))]
    if outcome.test is not None:
        first, *others = task_named(settings.task).test_lines(outcome.test)
        scores.append((spaced(first.what), Text(spaced(first.value), style=f"bold {ROE}"), spaced(first.details)))
        scores += [tuple(map(spaced, line)) for line in others]
    if settings.code is None:
        rules = {each.metric: each for each in settings.objective.constraints}
        others = [*settings.objective.optimised[1:], *rules]
        for each in dict.fromkeys(each for each in others if each != metric):
            rule = f"must be {rules[each].sign} {number(rules[each].bound)}" if each in rules else ""
            scores.append((plain(each.title), measured(each, outcome.best.metrics.get(each.name)), rule))
    if settings.code is not None:
        others = [each for each in settings.metrics if each != metric and each.name in outcome.best.metrics]
        scores += [(plain(each.title), measured(each, outcome.best.metrics[each.name]), "") for each in others]
    return scores


def _remark(outcome: Outcome, metric: Metric, digits: int) -> str:
    """Return what the winner's value is, and how far chance in training moves it."""
    winner = outcome.winner
    if winner is None:
        return "in the search"
    mean, interval = f"mean of {count(winner.seeds, 'seed')}", winner.interval(metric)
    if interval is None:
        return mean
    low, high = (measured(metric, bound, digits) for bound in interval)
    return f"{mean}, 95 % interval {low} to {high} by chance in training"


def _changed(times: int) -> str:
    return f" (the last one; it changed {count(times, 'time')} on the way: see the report)" if times else ""


def _tried(outcome: Outcome, ended_early: bool) -> str:
    tried = f"Tried {count(outcome.trials, 'configuration')} for"
    if outcome.stopped or ended_early:
        tried += f" up to {count(outcome.epochs, 'epoch')}, {count(outcome.epochs_trained, 'epoch')} in all,"
    else:
        tried += f" {count(outcome.epochs, 'epoch')}{' each' if outcome.trials > 1 else ''}"
    lost = f"; {outcome.stopped:,} stopped early" if outcome.stopped else ""
    lost += f"; {outcome.diverged:,} diverged" if outcome.diverged else ""
    lost += f"; {outcome.failed:,} failed" if outcome.failed else ""
    if outcome.resumed:
        were = "was" if outcome.resumed == 1 else "were"
        lost += (
            f"; {outcome.resumed:,} of the configurations {were} over before the study was resumed, and the time is "
        )
        lost += "this run's"
    return f"{tried} in {duration(outcome.seconds['total'])}{lost}."
