"""What a search would train, and for how long."""

import pytest

import ikura
from ikura.study import predict_search


def test_each_fold_is_trained_on():
    alone = predict_search("iris", trials=8, epochs=5)
    # Without folds and of each of four the training part has 90 of the 150 examples.
    folded = predict_search("iris", trials=8, epochs=5, folds=4)
    assert folded.plan.train_seconds == pytest.approx(4 * alone.plan.train_seconds)
    assert folded.seconds is not None
    assert folded.seconds > 2 * alone.seconds
    assert (folded.folds, folded.to_json()["folds"], alone.folds) == (4, 4, 1)


def test_a_timeout_bounds_the_search():
    bounded = predict_search("iris", trials=8, epochs=5, timeout=1e-6)
    assert bounded.seconds > 1e-6
    assert bounded.to_json()["seconds"] == 1e-6
    assert predict_search("iris", trials=8, epochs=5, timeout=1e6).bounded_seconds < 1e6


def test_a_study_keeps_what_was_predicted_of_its_folds_and_its_timeout():
    outcome = ikura.tune("iris", trials=4, epochs=2, folds=3, timeout=1e6, sampler="random").outcome
    assert (outcome.planned["folds"], outcome.planned["timeout"]) == (3, 1e6)


@pytest.mark.parametrize(
    "mistake",
    [
        {"metric": "rmse"},
        {"folds": 1},
        {"class_weights": {"rose": 2.0}},
        {"groups": "kind"},
        {"threshold": "dev"},
        {"sampler": "grid", "trials": 5},
        {"space": ikura.Space(class_weights=ikura.Choice("none", "balanced")), "class_weights": "balanced"},
    ],
)
def test_what_tune_refuses_is_not_planned(mistake):
    with pytest.raises(ikura.IkuraError) as refused:
        ikura.tune("iris", **mistake)
    with pytest.raises(ikura.IkuraError) as unplanned:
        predict_search("iris", **mistake)
    assert str(unplanned.value) == str(refused.value)
