"""Multi-label classification: each example has any number of several labels."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ikura.records import JSON, DamagedError, Outcome
from ikura.records.shapes import Shape, check, is_number, is_share, is_text, is_whole
from ikura.tasks.intervals import wilson_interval
from ikura.tasks.measured import MEASURED, measured_line, test_headline, test_measured
from ikura.tasks.measures import exact_match, f1, label_accuracy, label_f1_macro, label_f1_micro, label_log_loss
from ikura.tasks.parts import check_shared
from ikura.tasks.predictions import predictions_of, truths_of
from ikura.tasks.problem import Problem
from ikura.tasks.protocol import TestLine
from ikura.wording import percent, share_digits


class MultiLabel:
    """The task of telling which labels an example has. Implements Task."""

    name = "multilabel"

    def judge(
        self,
        outputs: NDArray[Any],
        y: NDArray[Any],
        problem: Problem,
        train_y: NDArray[Any],
        weights: NDArray[Any] | None = None,
    ) -> dict[str, JSON]:
        """See `Task.judge`.

        Among others there are `exact_match`, the share of examples with every label right, with its 95 % `interval`,
        and `baseline`, the share of all labels that is right where each is always said to be what it mostly is.
        """
        (said,), (truth,) = predictions_of(outputs, problem.targets, problem.heads), truths_of(y, problem.targets)
        (known,) = truths_of(train_y, problem.targets)
        called = said > 0.5
        whole = int((called == truth).all(axis=1).sum())
        usual = known.mean(axis=0) > 0.5
        return {
            "exact_match": exact_match(truth, said),
            "interval": list(wilson_interval(whole, len(truth))),
            "correct": whole,
            "examples": len(truth),
            "loss": label_log_loss(truth, said, weights),
            "label_accuracy": label_accuracy(truth, said),
            "baseline": float((truth == usual).mean()),
            "f1_micro": label_f1_micro(truth, said),
            "f1_macro": label_f1_macro(truth, said),
            "labels": [
                _label(str(name), truth[:, place], called[:, place])
                for place, name in enumerate(problem.targets[0].classes)
            ],
            **test_measured(problem, outputs, y),
        }

    def check_test(self, test: JSON) -> None:
        """Raise DamagedError unless the document is one that `judge` made."""
        check(test, _TEST, "outcome.test")
        check_shared(test)
        low, high = test["interval"]
        if not low - 1e-9 <= test["exact_match"] <= high + 1e-9:
            raise DamagedError("the parts of its outcome do not agree")

    def test_lines(self, test: Mapping[str, JSON]) -> list[TestLine]:
        """See `Task.test_lines`."""
        digits = share_digits(test["examples"])
        low, high = (percent(bound, digits) for bound in test["interval"])
        own = [] if (test["measured"] or {}).get("name") in ("f1_micro", "f1_macro") else measured_line(test, digits)
        return [
            *own,
            TestLine(
                "test F1",
                percent(test["f1_micro"], digits),
                f"over all labels; mean of the labels' {percent(test['f1_macro'], digits)}",
            ),
            TestLine(
                "label accuracy",
                percent(test["label_accuracy"], digits),
                f"to compare: always what each label mostly is has {percent(test['baseline'], digits)}",
            ),
            TestLine(
                "exact match",
                percent(test["exact_match"], digits),
                f"{test['correct']:,} of {test['examples']:,} with every label right, 95 % interval {low} to {high}",
            ),
        ]

    def headline(self, outcome: Outcome) -> dict[str, JSON]:
        """Return what was measured on the dev set, and the test's F1 and exact match."""
        test: Mapping[str, JSON] = outcome.test or {}
        dev = {name: value for name, value in outcome.best.metrics.items() if name.startswith("dev_")}
        names = ("f1_micro", "exact_match", "interval")
        return dev | {f"test_{name}": test.get(name) for name in names} | test_headline(test)


MULTILABEL = MultiLabel()


def _label(name: str, truth: NDArray[np.bool_], called: NDArray[np.bool_]) -> dict[str, JSON]:
    return {
        "name": name,
        "there": int(truth.sum()),
        "called": int(called.sum()),
        "right": int((truth & called).sum()),
        "f1": f1(truth, called),
    }


_TEST: Shape = {
    **dict.fromkeys(("exact_match", "label_accuracy", "baseline", "f1_micro", "f1_macro"), is_share),
    "interval": (is_share, is_share),
    "correct": is_whole,
    "examples": is_whole,
    "loss": is_number,
    "labels": [{"name": is_text, "there": is_whole, "called": is_whole, "right": is_whole, "f1": is_share}],
    "measured": MEASURED,
}
