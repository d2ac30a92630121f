import pytest

from ikura.report.importance import importances


@pytest.mark.parametrize("loss", [False, True])
def test_what_the_objective_depends_on_is_important_and_the_rest_is_not(make_study, loss):
    # The formula of these studies knows the first, second, fifth and last dimension, the first most of all.
    study = make_study(trials=120, epochs=6, rounds=1, loss=loss)
    found = {one.name: one.share for one in importances(study.space, study.history)}
    assert list(found) == sorted(found, key=found.get, reverse=True)
    assert set(found) == set(study.space.names)
    assert sum(found.values()) == pytest.approx(1, abs=0.05)
    assert next(iter(found)) == "learning_rate"
    assert found["learning_rate"] > 0.5
    assert all(found[name] < 0.1 for name in ("hidden_layers", "batch_size", "dropout"))
    assert found == {one.name: one.share for one in importances(study.space, study.history)}


def test_nothing_is_said_where_nothing_can_be_known(make_study):
    few = make_study(trials=12, epochs=3, rounds=1)
    assert importances(few.space, few.history) == ()
    lost = make_study(trials=30, epochs=3, rounds=1, all_diverged=True)
    assert importances(lost.space, lost.history) == ()
