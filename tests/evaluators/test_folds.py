"""Cross-validation: what the networks of all folds reach on the examples that they learned from, and on the others."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, root_mean_squared_error

from ikura.data import Roles, prepare_folds
from ikura.evaluators import make_folded_evaluator
from ikura.model import Model
from ikura.records import Job, Leg
from ikura.space import Choice, Float, Space
from ikura.tasks import make_problem, predictions_of, truths_of

EPOCHS = 3
SPACE = Space(learning_rate=Float(0.01, 0.1), optimizer=Choice("adam", "sgd"))
CONFIG = {"learning_rate": 0.05, "optimizer": "adam"}
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(200, 4)).astype(np.float32)
PRICE = 100 + 20 * X[:, 0] + 30 * RANDOM.normal(size=200) ** 3
RARE = np.where(X[:, 0] + RANDOM.normal(size=200) > 1.2, "yes", "no")


def held(y, roles=None, **asked):
    """Return the test's document, the model, and of each fold what is said of train and of dev, and what is true."""
    folded = prepare_folds((X, y), 3, roles=roles or Roles())
    evaluator = make_folded_evaluator(
        folded, SPACE, seed=0, epochs=EPOCHS, problem=lambda dataset: make_problem(dataset.targets, **asked)
    )
    job = Job(0, (Leg(0, CONFIG, 0, EPOCHS),), 0, 1)
    evaluator.submit([job])
    while not (results := evaluator.collect(0.5)):
        pass
    model = evaluator.finisher.refit(job, lambda: None)
    test = evaluator.finisher.test(model, 0)
    said = []
    for fold, data in zip(evaluator._folds, folded.folds, strict=True):
        problem = fold.problem
        network = Model(fold.network, fold._witnesses[0], model.config, data.targets, problem.loss, data.preprocessing)
        said.append(
            [
                (predictions_of(network.outputs(split.x), data.targets, problem.heads)[0],
                 truths_of(split.y, data.targets)[0], split.weights)
                for split in (data.train, data.dev)
            ]
        )  # fmt: skip
    evaluator.close(done=True)
    return test, model, said, results[0]


def test_numbers_are_measured_out_of_fold_in_their_own_unit():
    test, _, said, _ = held(PRICE)
    parts = test["parts"]
    together = [np.concatenate([fold[1][place] for fold in said]) for place in (1, 0)]
    assert parts["dev"]["value"] == pytest.approx(root_mean_squared_error(*together), rel=1e-5)
    assert parts["dev"]["examples"] == len(together[0]) == 160
    each = [root_mean_squared_error(truth, predicted) for (predicted, truth, _), _ in said]
    assert parts["train"]["value"] == pytest.approx(np.mean(each), rel=1e-5)
    assert parts["test"]["value"] == pytest.approx(test["rmse"])
    for part in parts.values():
        assert part["interval"][0] < part["value"] < part["interval"][1]


def test_classes_are_called_by_the_threshold_of_all_folds():
    test, model, said, _ = held(RARE, metric="f1", threshold="dev")
    threshold = model.targets[0].threshold
    assert threshold != 0.5
    scores, truth = (np.concatenate([fold[1][place] for fold in said]) for place in (0, 1))
    assert test["parts"]["dev"]["value"] == pytest.approx(f1_score(truth, scores[:, 1] > threshold))
    each = [f1_score(true, scores[:, 1] > threshold) for (scores, true, _), _ in said]
    assert test["parts"]["train"]["value"] == pytest.approx(np.mean(each))
    assert test["parts"]["test"]["value"] == test["measured"]["value"]


def test_losses_count_examples_as_they_weigh():
    test, _, said, _ = held(RARE, Roles(weights=RANDOM.gamma(0.5, size=200)), metric="loss")
    scores, truth, weights = (np.concatenate([fold[1][place] for fold in said]) for place in range(3))
    losses = -np.log(scores[np.arange(len(truth)), truth])
    assert test["parts"]["dev"]["value"] == pytest.approx(np.average(losses, weights=weights), rel=1e-4)
