"""How studies of labels and of several targets are told: by a table with a row for each."""

from collections.abc import Mapping

from ikura.records import JSON, Settings
from ikura.report.task_sections import Judgement, PlainSections, Score, Section, Table, headline
from ikura.wording import count, number, percent, share_digits


class LabelSections(PlainSections):
    """Of the task of telling which labels an example has. Implements TaskSections."""

    noun = "network"
    caveat = "on the dev set, which the search itself looks at: expect less on unseen data"

    def data(self, settings: Settings) -> Table:
        """Return how many labels there are."""
        return (("Labels", f"{len(settings.classes):,}"),)

    def judgement(self, test: Mapping[str, JSON]) -> Judgement:
        """Return the F1 over all labels on the test set, beside the simplest answer, and a row for each label."""
        digits = share_digits(test["examples"])
        low, high = (percent(bound, digits) for bound in test["interval"])
        detail = (
            f"every label right in {percent(test['exact_match'], digits)} of the examples, 95\u00a0% interval {low} to "
            f"{high} · {percent(test['label_accuracy'], digits)} of all labels right, "
            f"{percent(test['baseline'], digits)} if each were always what it mostly is"
        )
        does = f"has every label right in {test['correct']:,} of {count(test['examples'], 'unseen example')}"
        rows = [
            (each["name"], f"{each['there']:,}", f"{each['called']:,}", f"{each['right']:,}", percent(each["f1"]))
            for each in sorted(test["labels"], key=lambda each: each["f1"])
        ]
        heading = ("label", "there", "said", "both", "F1")
        table = _table("Labels on the test set", "The weakest first.", heading, rows)
        score = Score("Test F1 micro", percent(test["f1_micro"], digits), detail)
        return Judgement(headline(test, score), does, table)


class SeveralSections(PlainSections):
    """Of the task of telling several things of an example. Implements TaskSections."""

    noun = "network"
    caveat = "on the dev set, which the search itself looks at: expect worse on unseen data"

    def data(self, settings: Settings) -> Table:
        """Return what is learned."""
        return tuple(
            (f"Target {target.name}", f"{target.kind}, weight {target.weight:g}") for target in settings.targets
        )

    def judgement(self, test: Mapping[str, JSON]) -> Judgement:
        """Return a row for each target, beside its simplest answer where that is known."""
        digits = share_digits(test["examples"])
        rows = [
            (
                each["name"],
                "RMSE",
                number(each["rmse"]),
                f"{number(each['interval'][0])} to {number(each['interval'][1])}",
                number(each["baseline"]),
            )
            for each in test["numbers"]
        ]
        for each in test["classes"]:
            low, high = (percent(bound, digits) for bound in each["interval"])
            usual = "–" if each.get("baseline") is None else percent(each["baseline"], digits)
            rows.append((each["name"], "accuracy", percent(each["accuracy"], digits), f"{low} to {high}", usual))
        heading = ("target", "metric", "on the test set", "95 % interval", "always the same")
        first = rows[0]
        score = Score(f"Test {first[1]} of {first[0]}", first[2], f"95\u00a0% interval {first[3]}")
        table = _table("Targets on the test set", SAME, heading, rows)
        does = f"tells {count(len(rows), 'target')} of {count(test['examples'], 'unseen example')}"
        return Judgement(headline(test, score), does, table)


SAME = "Beside each stands what the same answer for every example would reach: the mean, or the most frequent class."


def _table(title: str, words: str, heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> Section:
    return Section(
        template="labelled.html.jinja",
        values={"title": title, "words": words, "heading": heading, "rows": rows},
        figures={},
    )
