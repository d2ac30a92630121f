"""What the fused evaluator does of several networks together."""

import numpy as np
import pandas as pd
import pytest

from ikura.data import Roles, prepare
from ikura.evaluators.fused import FusedEvaluator
from ikura.model import Ensemble
from ikura.records import Job, Leg
from ikura.space import Float, Int, Space
from ikura.tasks import make_problem, mean_said

SPACE = Space(learning_rate=Float(1e-3, 0.1), hidden_units=Int(4, 16))
CONFIGS = [{"learning_rate": 0.02, "hidden_units": 8}, {"learning_rate": 0.01, "hidden_units": 4}]
EPOCHS = 3

RNG = np.random.default_rng(0)
X = RNG.normal(size=(150, 4))
TABLE = pd.DataFrame(X, columns=list("abcd")).assign(
    kind=np.where(X[:, 0] + RNG.normal(size=150) > 0, "yes", "no"),
    price=100 + 20 * X[:, 1] + RNG.normal(size=150),
    visits=RNG.poisson(np.exp(0.5 * X[:, 2])),
    weight=RNG.uniform(0.5, 2.0, 150),
)


def mean_error(y_true, y_pred):
    return float(np.abs(y_true - y_pred).mean())


def made(target, roles=None, **of_problem):
    task = "counts" if target == "visits" else None
    table = TABLE[[*"abcd", *([target] if isinstance(target, str) else target), *(["weight"] if roles else [])]]
    dataset = prepare(table, target=target, task=task, roles=roles or Roles(), seed=0)
    problem = make_problem(dataset.targets, **of_problem)
    return FusedEvaluator(dataset, SPACE, seed=0, epochs=EPOCHS, problem=problem), dataset


def jobs(replicate=0):
    return [Job(n, (Leg(n, config, 0, EPOCHS),), 0, replicate) for n, config in enumerate(CONFIGS)]


def nothing():
    """Look at nothing."""


@pytest.mark.parametrize(
    ("target", "of_problem"),
    [
        ("kind", {}),
        ("kind", {"metric": "f1", "threshold": "dev"}),
        ("kind", {"metric": "log_loss"}),
        ("price", {}),
        ("price", {"loss": "quantile:0.1,0.5,0.9"}),
        ("price", {"metric": mean_error}),
        ("visits", {}),
        (["price", "kind"], {}),
    ],
)
@pytest.mark.parametrize("replicate", [0, 2])
def test_a_network_that_is_trained_again_measures_what_it_measured_in_the_search(target, of_problem, replicate):
    evaluator, _ = made(target, **of_problem)
    evaluator.submit(jobs(replicate))
    results = {}
    while len(results) < len(CONFIGS):
        results |= {each.number: each for each in evaluator.collect(0.5)}
    again = evaluator.ensembler.said_on_dev(jobs(replicate), nothing)
    for number, said in enumerate(again):
        found = evaluator.ensembler.measure_said(said)
        wanted = {name: curve[-1] for name, curve in results[number].curves.items() if name != "train_loss"}
        if "loss" in of_problem:
            # Outputs of quantiles may cross, and what is said of them is in order, which has no larger loss.
            assert found.pop("dev_loss") <= wanted.pop("dev_loss") * (1 + 1e-4)
        assert found == pytest.approx(wanted, rel=2e-4)
    evaluator.close(done=True)


def test_dev_losses_are_weighted_as_in_the_search():
    evaluator, dataset = made("price", roles=Roles(weights="weight"), metric="loss")
    assert dataset.dev.weights is not None
    evaluator.submit(jobs())
    results = {}
    while len(results) < len(CONFIGS):
        results |= {each.number: each for each in evaluator.collect(0.5)}
    (said, _) = evaluator.ensembler.said_on_dev(jobs(), nothing)
    assert evaluator.ensembler.measure_said(said)["dev_loss"] == pytest.approx(
        results[0].curves["dev_loss"][-1], rel=1e-4
    )
    evaluator.close(done=True)


def test_one_that_diverges_says_nothing_and_does_not_disturb_the_others():
    evaluator, _ = made("kind")
    wild = Job(5, (Leg(5, CONFIGS[0] | {"learning_rate": 1e30, "optimizer": "sgd"}, 0, EPOCHS),), 0, 0)
    first, none, second = evaluator.ensembler.said_on_dev([jobs()[0], wild, jobs()[1]], nothing)
    alone = evaluator.ensembler.said_on_dev(jobs(), nothing)
    assert none is None
    assert [first[0].tobytes(), second[0].tobytes()] == [each[0].tobytes() for each in alone]
    evaluator.close(done=True)


def test_its_members_are_refitted_as_the_winner_is():
    evaluator, dataset = made("kind")
    members = evaluator.ensembler.refit_members(jobs(1), nothing)
    for job, member in zip(jobs(1), members, strict=True):
        alone = evaluator.finisher.refit(job, nothing)
        x = dataset.test.x
        assert member.outputs(x).tobytes() == alone.outputs(x).tobytes()
        assert member.config == alone.config
    evaluator.close(done=True)


def test_the_test_is_the_tasks_word_on_what_they_say_together():
    evaluator, dataset = made("kind")
    ensembler = evaluator.ensembler
    members = ensembler.refit_members(jobs(1), nothing)
    said = mean_said(ensembler.said_on_dev(jobs(1), nothing), [0.5, 0.5])
    both = ensembler.together(members, [0.5, 0.5], said)
    assert isinstance(both, Ensemble)
    probabilities = np.mean([member.say(dataset.test.x)[0] for member in members], axis=0)
    right = (probabilities.argmax(axis=1) == dataset.test.y).mean()
    assert ensembler.test_together(both)["accuracy"] == pytest.approx(right)
    assert both.targets[0].threshold == 0.5
    assert ensembler.milliseconds(both) > 0
    evaluator.close(done=True)


def test_the_dev_examples_choose_the_threshold_of_the_mean():
    evaluator, dataset = made("kind", metric="f1", threshold="dev")
    ensembler = evaluator.ensembler
    said = mean_said(ensembler.said_on_dev(jobs(1), nothing), [0.25, 0.75])
    both = ensembler.together(ensembler.refit_members(jobs(1), nothing), [0.25, 0.75], said)
    (target,) = both.targets
    called = said[0][:, 1] > target.threshold
    truth = dataset.dev.y.ravel() == 1
    assert 2 * (called & truth).sum() / (called.sum() + truth.sum()) == pytest.approx(
        ensembler.measure_said(said)["dev_f1"]
    )
    evaluator.close(done=True)


def test_without_test_examples_nothing_is_tested():
    evaluator, dataset = made("kind")
    ensembler = evaluator.ensembler
    members = ensembler.refit_members(jobs(1), nothing)
    both = ensembler.together(members, [0.5, 0.5], ensembler.said_on_dev(jobs(1), nothing)[0])
    object.__setattr__(dataset.test, "y", dataset.test.y[:0])
    assert ensembler.test_together(both) is None
    evaluator.close(done=True)
