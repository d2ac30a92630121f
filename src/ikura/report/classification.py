"""How studies of classifiers are told: by accuracy, by its interval on the test set, and by who was taken for whom."""

import math
from collections.abc import Mapping

from ikura.records import JSON, Metric, Settings
from ikura.report.confusion import confusion, matrix, mistakes_in_words, recalls
from ikura.report.task_sections import Bar, Judgement, PlainSections, Score, Section, Table, headline
from ikura.report.thresholds import threshold_figures
from ikura.tasks.threshold import HALF
from ikura.wording import count, number, percent, share_digits

MOST_DRAWN_CLASSES = 100
"""Of more, nobody could find a cell, and the page would be of many megabytes; the table of recalls has them all."""


class ClassificationSections(PlainSections):
    """Of the task of telling an example's class. Implements TaskSections."""

    noun = "network"
    caveat = "on the dev set, which the search itself looks at: expect less on unseen data"

    def found(self, metric: Metric, value: float) -> str:
        """Return what the best trial does, by the objective."""
        if metric.name != "dev_accuracy":
            return super().found(metric, value)
        return f"classifies {percent(value)} of the dev set correctly"

    def data(self, settings: Settings) -> Table:
        """Return how many classes there are."""
        return (("Classes", f"{len(settings.classes):,}"),)

    def judgement(self, test: Mapping[str, JSON]) -> Judgement:
        """Return the accuracy on the test set, its interval, and the confusion matrix."""
        right = f"classifies {test['correct']:,} of {count(test['examples'], 'unseen example')} correctly"
        return Judgement(_score(test), right, _section(test))


def _score(test: Mapping[str, JSON]) -> Score:
    accuracy, (low, high), examples = test["accuracy"], test["interval"], test["examples"]
    digits = share_digits(examples)
    interval = f"95\u00a0% interval {percent(low, digits)} to {percent(high, digits)}"
    detail = f"{interval} · {test['correct']:,} of {examples:,} correct"
    if (baseline := test.get("baseline")) is not None:
        usual = f"always {baseline['class']}: {percent(baseline['accuracy'], digits)}"
        detail += f" · {usual} · balanced accuracy {percent(test['balanced_accuracy'], digits)}"
    if (threshold := test.get("threshold") or HALF) != HALF:
        detail += f" · called {test['classes'][1]} above a probability of {number(threshold)}"
    return headline(test, Score("Test accuracy", percent(accuracy, digits), detail, _bar(accuracy, low, high)))


def _bar(accuracy: float, low: float, high: float) -> Bar:
    """Return the interval on a line from a round percentage up to 100."""
    start = math.floor(20 * max(0.0, 1 - 3 * (1 - low))) / 20
    left, at, right = (100 * (share - start) / (1 - start) for share in (low, accuracy, high))
    return Bar(percent(start, 0), percent(1.0, 0), f"{left:.2f}", f"{right - left:.2f}", f"{at:.2f}")


def _section(test: Mapping[str, JSON]) -> Section:
    found = confusion(test)
    caption = "Each row holds the test examples of one class, by the class that the network gave them."
    drawn = len(found.classes) <= MOST_DRAWN_CLASSES
    return Section(
        template="classification.html.jinja",
        values={"words": f"{caption} {mistakes_in_words(found)}", "recalls": recalls(found)},
        figures=({"confusion": matrix(found)} if drawn else {}) | threshold_figures(test),
    )
