"""The answer, for whatever a study optimises."""

from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from ikura.cli.answer import answer
from ikura.cli.layout import show
from ikura.records import (
    AT_MOST,
    Best,
    Comparison,
    Constraint,
    Edit,
    Goal,
    History,
    Metric,
    Objective,
    Outcome,
    Settings,
    StudyRecord,
    Trial,
)
from tests.cli.samples import ENSEMBLE, OUTCOME, SETTINGS

COST = Metric("mean_cost", Goal.MINIMIZE, "EUR")


def said(settings: Settings = SETTINGS, outcome: Outcome = OUTCOME, **changes: Any) -> list[str]:
    console = Console(file=StringIO(), width=200, color_system=None)
    study = StudyRecord("flowers", datetime.now(UTC), "complete", settings, "", outcome)
    show(console, answer(study, replace(History.of(settings), **changes)))
    return [line.strip() for line in console.file.getvalue().splitlines()]


def test_the_score_is_the_objectives_and_the_test_the_tasks() -> None:
    lines = said()
    assert lines[:2] == ["Best configuration  trial 1", "learning_rate  0.0123"]
    assert "dev accuracy   95.0 %  mean of 2 seeds, 95 % interval 31.5 % to 100.0 % by chance in training" in lines
    assert "test accuracy  90.0 %  27 of 30 correct, 95 % interval 74.4 % to 96.5 %" in lines
    assert "Tried 8 configurations for 2 epochs each in 8.2 s." in lines


def test_what_a_constraint_is_of_stands_among_the_scores() -> None:
    size = Metric("parameters", Goal.MINIMIZE)
    objective = replace(SETTINGS.objective, constraints=(Constraint(size, AT_MOST, 200.0),))
    best = replace(OUTCOME.best, metrics={**OUTCOME.best.metrics, "parameters": 113.0})
    lines = said(replace(SETTINGS, objective=objective), replace(OUTCOME, best=best))
    assert any(line.split() == ["parameters", "113", "must", "be", "<=", "200"] for line in lines)


def test_without_finals_and_test_there_is_the_search_alone() -> None:
    settings = replace(SETTINGS, objective=Objective(COST), metrics=(COST,))
    lines = said(settings, replace(OUTCOME, finalists=(), test=None, best=Best(1, {"x": 1}, {"mean_cost": 12.5})))
    assert "mean cost  12.5 EUR  in the search" in lines
    assert not any("accuracy" in line for line in lines)


def test_a_winner_that_changed_under_training_says_so() -> None:
    edits = {1: (Edit(1, {"learning_rate": 0.1}, None), Edit(2, {"learning_rate": 0.0123456}, None))}
    trials = tuple(Trial(number, {"learning_rate": 0.01}, 0) for number in range(2))
    assert said(edits=edits, trials=trials, curves={"dev_accuracy": np.ones((2, 3), np.float32)})[0] == (
        "Best configuration  trial 1 (the last one; it changed 2 times on the way: see the report)"
    )


def test_many_examples_are_worth_a_digit() -> None:
    settings = replace(SETTINGS, examples={"train": 6000, "dev": 2000, "test": 30})
    assert "dev accuracy   95.00 %  mean of 2 seeds, 95 % interval 31.47 % to 100.00 % by chance in training" in said(
        settings
    )
    assert "test accuracy  90.0 %   27 of 30 correct, 95 % interval 74.4 % to 96.5 %" in said(settings)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"trials": 512, "epochs": 30, "epochs_trained": 3824, "stopped": 459, "diverged": 3},
            "Tried 512 configurations for up to 30 epochs, 3,824 epochs in all, in 8.2 s; 459 stopped early; "
            "3 diverged.",
        ),
        ({"trials": 1}, "Tried 1 configuration for 2 epochs in 8.2 s."),
        (
            {"resumed": 5, "failed": 1},
            "Tried 8 configurations for 2 epochs each in 8.2 s; 1 failed; 5 of the configurations were over before the "
            "study was resumed, and the time is this run's.",
        ),
    ],
)
def test_what_was_tried_is_summed_up(changes: dict, line: str) -> None:
    assert line in said(replace(SETTINGS, trials=changes.get("trials", 8)), replace(OUTCOME, **changes))


def test_an_ensemble_stands_beside_the_winner_with_test_and_cost() -> None:
    lines = said(outcome=replace(OUTCOME, model="/models/flowers", ensemble=ENSEMBLE))
    place = lines.index("Ensemble")
    assert lines[place + 1] == (
        "An ensemble of 2 networks was better than the winner under 3 of 4 seeds of the finals, and on the mean over "
        "them: it is kept."
    )
    table = [line.split() for line in lines[place + 2 : place + 7]]
    assert table == [
        ["winner", "alone", "ensemble"],
        ["dev", "accuracy,", "mean", "of", "4", "seeds", "95.00", "%", "96.50", "%"],
        ["test", "accuracy", "90.0", "%", "95.0", "%"],
        ["parameters", "1,000", "3,000"],
        ["1,000", "predictions", "1", "ms", "2.5", "ms"],
    ]
    assert lines[place + 7] == "Its networks, by trial: 1 (75 %), 4 (25 %)"
    assert "ensemble  /models/flowers/ensemble" in lines
    assert "test accuracy  90.0 %  27 of 30 correct, 95 % interval 74.4 % to 96.5 %" in lines


def test_one_that_was_not_kept_says_why_in_a_line() -> None:
    comparison = Comparison((0.95, 0.95), (0.9, 0.96))
    lost = replace(ENSEMBLE, kept=False, comparison=comparison, test=None, costs=None, model=None)
    lines = said(outcome=replace(OUTCOME, ensemble=lost))
    assert lines[lines.index("Ensemble") + 1] == (
        "An ensemble of 2 networks was better than the winner under 1 of 2 seeds of the finals, with a mean dev "
        "accuracy of 93.00 % against 95.00 %: it is not kept."
    )
    assert not any("winner alone" in line or line.startswith("ensemble") for line in lines)


def test_a_diverged_one_and_one_alone_are_told() -> None:
    lost = replace(ENSEMBLE, kept=False, test=None, costs=None, model=None)
    lines = said(outcome=replace(OUTCOME, ensemble=replace(lost, comparison=Comparison((0.9,), (None,)))))
    assert "A network of an ensemble of 2 networks diverged under a seed of the finals: it is not kept." in lines
    alone = replace(lost, members=ENSEMBLE.members[:1], comparison=Comparison((), ()))
    lines = said(outcome=replace(OUTCOME, ensemble=alone))
    assert (
        "Of the best 8 networks no several together were better on the dev examples than one alone: there is no "
        "ensemble."
    ) in lines


def test_without_one_nothing_is_said() -> None:
    assert not any("nsemble" in line for line in said())
