"""What is said of a scientific hyperparameter, against what is known of it."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from ikura.records import AT_MOST, Best, Constraint, Finalist, Goal, Metric, StudyRecord, best_first
from ikura.report.checks import best_of_each, questions
from ikura.space import Choice, Float, Int, Space
from tests.cli.samples import OUTCOME, SETTINGS
from tests.report.checks.searches import uniform

SPACE = Space(kind=Choice("a", "b", "c", role="scientific"), rate=Float(1e-3, 1.0, scale="log"))
LEVEL = {"a": 0.3, "b": 0.2, "c": 0.6}


def loss(config):
    return LEVEL[config["kind"]] + (np.log10(config["rate"]) + 1.5) ** 2


def study(space, outcome=None):
    return StudyRecord("s", datetime(2026, 1, 1, tzinfo=UTC), "complete", SETTINGS, space.to_toml(), outcome)


def finals(history, deviation, numbers):
    rng = np.random.default_rng(0)
    made = [
        Finalist(
            number,
            history.config(number),
            history.values(number),
            {"dev_loss": tuple(float(each) for each in rng.normal(loss(history.config(number)), deviation, 4))},
        )
        for number in numbers
    ]
    made = best_first(made, history.objective)
    return replace(OUTCOME, best=Best(made[0].number, made[0].config, {}), finalists=tuple(made))


def test_each_value_is_judged_at_its_best():
    history = uniform(SPACE, loss, trials=90)
    (question,) = questions(study(SPACE), history)
    assert [answer.value for answer in question.answers] == ["a", "b", "c"]
    assert sum(answer.trials for answer in question.answers) == 90
    for answer in question.answers:
        of_value = [loss(trial.config) for trial in history.trials if trial.config["kind"] == answer.value]
        assert answer.search == pytest.approx(min(of_value))
        assert (answer.trials, answer.runs) == (len(of_value), ())
    assert (question.best, question.more_than_chance) == ("b", None)
    assert "nothing was trained again" in question.verdict


@pytest.mark.parametrize(("deviation", "surely"), [(0.005, True), (0.3, False)])
def test_a_lead_is_held_against_chance_from_seed_to_seed(deviation, surely):
    history = uniform(SPACE, loss, trials=90)
    best = best_of_each(SPACE, history)
    assert [history.config(number)["kind"] for number in best] == ["a", "b", "c"]
    (question,) = questions(study(SPACE, finals(history, deviation, best)), history)
    assert all(len(answer.runs) == 4 for answer in question.answers)
    assert question.more_than_chance is surely
    assert ("it is really better" in question.verdict) == surely


def test_what_breaks_a_constraint_does_not_answer():
    history = uniform(SPACE, loss, trials=90)
    sizes = np.array([[9.0 if trial.config["kind"] == "b" else 4.0] for trial in history.trials], np.float32)
    bound = Constraint(Metric("train_loss", Goal.MINIMIZE), AT_MOST, 5.0)
    history = replace(
        history,
        curves={**history.curves, "train_loss": sizes},
        objective=replace(history.objective, constraints=(bound,)),
    )
    (question,) = questions(study(SPACE), history)
    assert {answer.value: answer.keeps for answer in question.answers} == {"a": True, "b": False, "c": True}
    assert (question.best, question.more_than_chance) == ("a", None)
    only = Space(**{**SPACE.dimensions, "kind": Choice("a", "b", role="scientific")})
    of_two = uniform(only, loss, trials=60)
    sizes = np.array([[9.0 if trial.config["kind"] == "b" else 4.0] for trial in of_two.trials], np.float32)
    of_two = replace(of_two, curves={**of_two.curves, "train_loss": sizes}, objective=history.objective)
    (question,) = questions(study(only), of_two)
    assert question.best == "a"
    assert "; no best setting of another value keeps to train_loss <= 5." in question.verdict


def test_values_that_were_seldom_tried_are_named():
    history = uniform(SPACE, loss, trials=90)
    (question,) = questions(study(SPACE), history)
    assert "seldom" not in question.verdict
    rare = uniform(Space(**{**SPACE.dimensions, "kind": Choice("a", "b", role="scientific")}), loss, trials=60)
    (question,) = questions(study(SPACE), rare)
    assert "kind was seldom c (0 trials)" in question.verdict


def test_numbers_are_compared_by_levels_or_by_parts_of_their_range():
    space = Space(layers=Int(1, 3, role="scientific"), x=Float(1e-4, 1.0, scale="log", role="scientific"))
    history = uniform(space, lambda config: config["layers"] + config["x"], trials=80)
    layers, x = questions(study(space), history)
    assert [answer.value for answer in layers.answers] == ["1", "2", "3"]
    assert [answer.value for answer in x.answers] == ["0.0001 to 0.001", "0.001 to 0.01", "0.01 to 0.1", "0.1 to 1"]
    assert (layers.best, x.best) == ("1", "0.0001 to 0.001")
    assert sum(answer.trials for answer in x.answers) == 80


def test_without_a_scientific_hyperparameter_there_is_no_question():
    space = Space(kind=Choice("a", "b", "c"), rate=Float(1e-3, 1.0, scale="log"))
    history = uniform(space, loss, trials=30)
    assert questions(study(space), history) == ()
    assert best_of_each(space, history) == []
