"""What `--json` prints, of studies made by hand."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ikura.cli.json_output import answer_document, print_document, study_document
from ikura.records import CopyFrom, GoOn, History, Objective, Origin, Source, Stop, StudyRecord, Trial, TrialState
from ikura.space import Float, Space
from tests.cli.samples import ENSEMBLE, HALVING, OUTCOME, result

SPACE = Space(learning_rate=Float(0, 1), dropout=Float(0, 1))

CREATED = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@pytest.fixture
def history() -> History:
    """Five trials: stopped after 3 epochs, diverged after 1, running on another's network, waiting, failed."""
    trials = [Trial(number, {"learning_rate": 0.1 * (number + 1)}, 0) for number in range(5)]
    begun = History.of(HALVING).with_round(trials).with_decisions([GoOn(number, 3) for number in (0, 1, 2, 4)])
    measured = begun.with_results(
        [
            result(0, TrialState.PAUSED, (0.5, 0.25, 0.1)),
            result(1, TrialState.DIVERGED, (0.5,), stop=3),
            result(2, TrialState.PAUSED, (0.5, 0.75, 0.875)),
            result(4, TrialState.FAILED, (), stop=3, error="ValueError: too wide"),
        ]
    )
    return measured.with_decisions([Stop(0), CopyFrom(2, Source(0, 3), {"learning_rate": 0.5}, 10)])


def study(**changes) -> StudyRecord:
    return replace(StudyRecord("flowers", CREATED, "running", HALVING, SPACE.to_toml(), None), **changes)


def test_each_trial_has_its_own_length(history: History) -> None:
    trials = study_document(study(), SPACE, history)["trials"]
    assert [trial["state"] for trial in trials] == ["stopped", "diverged", "running", "waiting", "failed"]
    assert [trial["epochs"] for trial in trials] == [3, 1, 3, 0, 0]
    assert [trial["curves"]["dev_loss"] for trial in trials] == [[0.5, 0.25, 0.1], [0.5], [0.5, 0.75, 0.875], [], []]
    assert [trial["metrics"]["dev_loss"] for trial in trials] == [0.1, 0.5, 0.875, None, None]
    assert [trial["error"] for trial in trials] == [None] * 4 + ["ValueError: too wide"]


def test_a_trial_that_was_changed_tells_its_lineage(history: History) -> None:
    trials = study_document(study(), SPACE, history)["trials"]
    changed = {"learning_rate": 0.5}
    assert trials[2]["config"] == changed
    assert trials[2]["proposed"] == {"learning_rate": pytest.approx(0.3)}
    assert trials[2]["edits"] == [{"epoch": 3, "config": changed, "source": {"trial": 0, "epoch": 3}}]
    assert not any("edits" in trial or "proposed" in trial for trial in (trials[0], trials[1], trials[3]))


def test_the_answer_has_the_interval_of_the_finals(history: History) -> None:
    found = answer_document(study(status="complete", outcome=OUTCOME), history)
    assert (found["value"], found["value_interval"]) == (0.95, (pytest.approx(0.3147, abs=1e-4), 1.0))
    without = replace(OUTCOME, finalists=())
    assert answer_document(study(status="complete", outcome=without), history)["value_interval"] is None


def test_it_is_json_to_the_last_key(history: History, capsys: pytest.CaptureFixture[str]) -> None:
    document = study_document(study(status="complete", outcome=OUTCOME), SPACE, history)
    print_document(document)
    read = json.loads(capsys.readouterr().out)
    assert (read["study"], read["status"], read["created"]) == ("flowers", "complete", "2026-01-02T03:04:00+00:00")
    assert read["settings"]["schedule"] == "halving"
    assert read["settings"]["objective"] == ["dev_accuracy", "dev_loss"]
    assert read["outcome"]["best"]["number"] == 1
    assert read["space"] == SPACE.to_toml()
    assert [(one["name"], one["share"]) for one in read["importance"]] == [("learning_rate", None), ("dropout", None)]


def test_an_imported_study_says_so(history: History) -> None:
    imported = study(settings=replace(HALVING, origin=Origin.IMPORTED), status="interrupted")
    assert study_document(imported, SPACE, history)["status"] == "imported"


def test_an_ensemble_has_its_own_value_test_and_cost_beside_the_winners(history: History) -> None:
    outcome = replace(OUTCOME, ensemble=ENSEMBLE)
    found = answer_document(study(status="complete", outcome=outcome), history)
    assert found["test_accuracy"] == 0.9
    assert found["ensemble"] == {
        "kept": True,
        "members": [{"number": 1, "share": 0.75}, {"number": 4, "share": 0.25}],
        "value": pytest.approx(0.965),
        "winner_value": pytest.approx(0.95),
        "test_accuracy": 0.95,
        "test_interval": [0.744, 0.965],
        "cost": {"parameters": 3000, "milliseconds": 2.5},
        "winner_cost": {"parameters": 1000, "milliseconds": 1.0},
        "model": "/models/flowers/ensemble",
    }
    json.dumps(found)


def test_the_answer_has_the_facts_that_its_task_puts_first(history: History) -> None:
    outcome = replace(OUTCOME, stopped=3, epochs_trained=11, model="/models/flowers", troubles=("no trial kept to it",))
    record = study(status="complete", outcome=outcome)
    record = replace(record, settings=replace(record.settings, notes=("3 rows are left out",)))
    assert answer_document(record, history) == {
        "study": "flowers",
        "best": {"number": 1, "config": {"learning_rate": 0.0123456}},
        "metric": "dev_accuracy",
        "value": 0.95,
        "value_interval": (pytest.approx(0.3147, abs=1e-4), 1.0),
        "dev_accuracy": 0.95,
        "test_accuracy": 0.9,
        "test_interval": [0.744, 0.965],
        "ensemble": None,
        "trials": 8,
        "diverged": 0,
        "failed": 0,
        "stopped": 3,
        "epochs_trained": 11,
        "seconds": 8.2,
        "notes": ["no trial kept to it", "3 rows are left out"],
        "model": "/models/flowers",
        "report": "/models/flowers/report.html",
        "folder": None,
    }


def test_two_objectives_have_their_front(history: History) -> None:
    objective = Objective(history.objective.metric, second=next(m for m in history.metrics if m.name == "dev_loss"))
    two = replace(history, objective=objective)
    document = study_document(study(), SPACE, two)
    assert [each["number"] for each in document["front"]] == list(two.front)
    for each in document["front"]:
        trial = document["trials"][each["number"]]
        assert each["config"] == trial["config"]
        assert each["metrics"] == {name: trial["metrics"][name] for name in ("dev_accuracy", "dev_loss")}
    assert answer_document(study(status="complete", outcome=OUTCOME), two)["front"] == document["front"]
    assert "front" not in study_document(study(), SPACE, history)
