"""What `ikura show` says of a search: the question that it was to answer, its checks, and what to search next."""

from collections.abc import Iterator
from statistics import fmean

from rich.console import RenderableType
from rich.text import Text

from ikura.cli.layout import lined_up, unbroken
from ikura.cli.theme import QUIET, ROE
from ikura.cli.wording import measured, on_study, plain, shell, spaced
from ikura.records import History, Metric, StudyRecord
from ikura.report.checks import Check, Question, Verdict, checks, next_space, questions
from ikura.space import Space
from ikura.store import without_password

ANSWERS = ("value", "trials", "best trial", "in the search", "mean of seeds")
"""The headings of what is said of each value of a scientific hyperparameter."""


def judgement(study: StudyRecord, history: History, store: str | None) -> Iterator[RenderableType]:
    """Yield the question and its answers, the checks, and how the next space is searched."""
    for question in questions(study, history):
        yield from _question(question, history.objective.metric)
        yield ""
    yield Text("Checks of the search", style="bold")
    yield lined_up([(check.question, _said(check)) for check in checks(study, history)])
    after = next_space(Space.from_toml(study.space), history, study.settings)
    if after.reasons:
        yield Text(f"The next space has another {', '.join(map(plain, after.reasons))}; to see it, and to search it:")
        yield unbroken(f"  {on_study('space', study.name, store, '--next')}")
        yield unbroken(f"  {tune_next(study.name, store)}")


def tune_next(study: str, store: str | None) -> str:
    """Return the command that searches what a study proposes."""
    place = [] if store is None else ["--store", without_password(store)]
    return shell("ikura", "tune", "--from", study, "--next", *place)


def _question(question: Question, metric: Metric) -> Iterator[RenderableType]:
    yield Text(f"What does {plain(question.dimension)} do?", style="bold")
    yield Text(plain(spaced(question.verdict)))
    rows = [
        (
            plain(answer.value),
            f"{answer.trials:,}",
            "–" if answer.best is None else str(answer.best),
            measured(metric, answer.search, 2),
            measured(metric, fmean(answer.runs), 2) if answer.runs else "–",
        )
        for answer in question.answers
    ]
    yield lined_up([tuple(Text(heading, style=QUIET) for heading in ANSWERS), *rows])


def _said(check: Check) -> Text:
    evidence = plain(spaced(check.evidence))
    if check.verdict is not Verdict.LOOK:
        return Text(f"{check.verdict}: {evidence}" if check.verdict is Verdict.UNKNOWN else str(check.verdict))
    return Text.assemble((str(check.verdict), ROE), f": {evidence}. To do: {plain(check.advice)}.")
