"""What another program changed is found before anything is made of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ikura.errors import StoreError
from ikura.records import (
    Best,
    CopyFrom,
    Edit,
    Finalist,
    GoOn,
    History,
    OptionCounts,
    Region,
    Source,
    Span,
    Stop,
    Trial,
    TrialState,
)
from ikura.store import check_whole, open_store, read_whole

SPACE = """[rate]
type = "float"
low = 0.001
high = 1.0
scale = "log"

[kind]
type = "choice"
options = ["a", "b"]
"""
TEST = {
    "accuracy": 0.5,
    "interval": [0.25, 0.75],
    "correct": 1,
    "examples": 2,
    "loss": 0.5,
    "confusion": [[1, 0], [1, 0]],
    "classes": ["a", "b"],
}


@pytest.fixture
def history(make_settings: Callable[..., Any], make_result: Callable[..., Any]) -> History:
    """Of trials that are complete, running as a copy of the first, stopped, and waiting."""

    def result(number: int, epochs: int, state: TrialState, start: int = 0) -> Any:
        curves = {name: np.full(epochs, 0.5, np.float32) for name in ("train_loss", "dev_loss", "dev_accuracy")}
        return make_result(number, curves, state=state, start=start)

    trials = [Trial(number, {"rate": 0.1, "kind": "a"}, 0) for number in range(3)]
    region = Region(1, 3, (Span("rate", 0.01, 0.1, 1, 2, "low"), OptionCounts("kind", (("a", 2), ("b", 0)), 2)))
    grown = History.of(make_settings()).with_round(trials).with_decisions([GoOn(0, 2), GoOn(1, 2), GoOn(2, 2)])
    grown = grown.with_results([result(number, 2, TrialState.PAUSED) for number in range(3)])
    grown = grown.with_decisions([GoOn(0, 3), CopyFrom(1, Source(0, 2), {"rate": 0.2, "kind": "a"}, 3), Stop(2)])
    grown = grown.with_results([result(0, 1, TrialState.COMPLETE, start=2)])
    return grown.with_round([Trial(3, {"rate": 0.3, "kind": "b"}, 1)], region)


@pytest.fixture
def check(make_settings: Callable[..., Any], make_outcome: Callable[..., Any], history: History) -> Callable[..., None]:
    """Checks the study with something else in it."""
    finalist = Finalist(1, {"rate": 0.2, "kind": "a"}, {}, {"dev_loss": (0.5, None), "dev_accuracy": (0.9, None)})
    best = Best(1, {"rate": 0.2, "kind": "a"}, {"dev_loss": 0.5, "dev_accuracy": 0.9})
    outcome = make_outcome(best=best, finalists=(finalist,), test=TEST)

    def run(*, space: str = SPACE, settings: Any = None, ending: Any = None, **changes: Any) -> None:
        changed = replace(history, **changes)
        check_whole("s", make_settings(**(settings or {})), space, replace(outcome, **(ending or {})), changed)

    return run


def test_what_agrees_is_accepted(check: Callable[..., None]):
    check()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"space": "[rate"}, "its space is none"),
        ({"space": SPACE.split("\n\n", maxsplit=1)[0]}, "the configuration of trial 0 is not of its space"),
        ({"space": SPACE.replace('"a"', '"c"')}, "the configuration of trial 0 is not of its space"),
        ({"targets": {}}, "its running trials are not those that are to be trained"),
        ({"targets": {0: 3, 1: 3}}, "its running trials are not those that are to be trained"),
        ({"targets": {1: 2}}, "trial 1 is to be trained to an epoch that is past"),
        ({"targets": {1: "3"}}, "trial 1 is to be trained to an epoch that is past"),
        ({"edits": {1: (Edit(3, {"rate": 0.2}, Source(0, 3)),)}}, "the changes of trial 1 are out of order"),
        ({"edits": {1: (Edit(2, {"rate": 0.2}), Edit(1, {"rate": 0.2}))}}, "the changes of trial 1 are out of order"),
        ({"edits": {1: (Edit(2, {"rate": -1.0}),)}}, "a changed configuration of trial 1 is not of its space"),
        ({"edits": {1: (Edit(2, {"rate": 0.2}, Source(9, 2)),)}}, "trial 1 goes on from a trial that never was"),
        ({"edits": {1: (Edit(2, {"rate": 0.2}, Source(0, 3)),)}}, "trial 1 goes on from a trial that never was"),
        ({"edits": {1: (Edit(2, {"rate": 0.2}, Source(3, 2)),)}}, "trial 1 goes on from a trial that never was"),
        ({"regions": (Region(1, 3, (Span("other", 0.1, 0.2, 1, 2, None),)),)}, "what its round 1 tells"),
        ({"regions": (Region(1, 3, (OptionCounts("kind", (("a", 3), ("b", 0)), 2),)),)}, "what its round 1 tells"),
        ({"settings": {"task": "none"}}, "its task 'none' is none that Ikura knows"),
        ({"ending": {"test": TEST | {"accuracy": 1.5}}}, "outcome.test.accuracy is not what it must be"),
        ({"ending": {"best": Best(1, {"rate": 0.1, "kind": "a"}, {})}}, "trial 1 of its outcome is another one"),
        ({"ending": {"best": Best(9, {"rate": 0.1, "kind": "a"}, {})}}, "trial 9 of its outcome is another one"),
        ({"ending": {"finalists": (Finalist(0, {"rate": 0.2}, {}, {}),)}}, "trial 0 of its outcome is another one"),
        ({"ending": {"best": Best(1, {"rate": 0.2, "kind": "a"}, {})}}, "its outcome lacks what the study optimised"),
        (
            {"ending": {"finalists": (Finalist(1, {"rate": 0.2, "kind": "a"}, {}, {}),)}},
            "its outcome lacks what the study optimised",
        ),
    ],
)
def test_what_does_not_agree_is_told(check: Callable[..., None], changes: dict[str, Any], says: str):
    with pytest.raises(StoreError, match=f"^study 's': {says}") as error:
        check(**changes)
    assert "it was changed outside of Ikura: restore the database from a copy" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("metric", "value", "accepted"),
    [
        ("dev_accuracy", 1.0, True),
        ("dev_accuracy", 1.25, False),
        ("dev_accuracy", -0.25, False),
        ("dev_loss", -1.25, True),
        ("dev_loss", np.inf, False),
    ],
)
def test_metrics_are_such_as_a_trial_can_have(check, history: History, metric: str, value: float, accepted: bool):
    curve = history.curves[metric].copy()
    curve[1, 0] = value
    curves = history.curves | {metric: curve}
    if accepted:
        check(curves=curves)
    else:
        with pytest.raises(StoreError, match="its metrics hold what no trial can have"):
            check(curves=curves)


def test_complete_trials_were_measured(check, history: History):
    nothing = {name: np.full_like(curve, np.nan) for name, curve in history.curves.items()}
    with pytest.raises(StoreError, match="its complete trials have no metrics"):
        check(curves=nothing)


def test_rounds_are_in_order(check, history: History):
    trials = (replace(history.trials[0], round=1), *history.trials[1:])
    with pytest.raises(StoreError, match="the rounds of its trials are out of order"):
        check(trials=trials)


def test_a_whole_study_is_read(tmp_path, make_settings, make_trials, make_results):
    with open_store(str(tmp_path / "s.db")) as store:
        store.create("s", make_settings(), SPACE)
        store.add_round("s", [Trial(0, {"rate": 0.5, "kind": "b"}, 0)], None)
        store.write("s", make_results(range(1)))
        record, space, history = read_whole(store, "s")
    assert (record.name, space.names, history.states) == ("s", ("rate", "kind"), (TrialState.COMPLETE,))
