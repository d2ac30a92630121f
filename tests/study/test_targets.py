"""Studies of every kind of target, from beginning to end, and gone on with after an interruption."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import ikura
from ikura.study.events import ResultsStored

RANDOM = np.random.default_rng(0)
ROWS = 150
X = RANDOM.normal(size=(ROWS, 3))
PRICE = 100 + 20 * X[:, 0] + RANDOM.normal(size=ROWS)
SOLD = np.where(X[:, 1] + RANDOM.normal(size=ROWS) > 1, "yes", "no")
TABLE = pd.DataFrame(X, columns=["a", "b", "c"]).assign(
    weight=RANDOM.gamma(1.0, size=ROWS), site=np.arange(ROWS) // 6, price=PRICE, sold=SOLD
)


def mean_gap(truth, said):
    return float(np.abs(truth - said).mean())


CASES = {
    "a number": {"data": (X, PRICE)},
    "quantiles": {"data": (X, PRICE), "loss": "quantile:0.1,0.9"},
    "a function of ones own": {"data": (X, PRICE), "metric": mean_gap, "direction": "minimize"},
    "counts": {"data": (X, RANDOM.poisson(np.exp(X[:, 0]))), "task": "counts"},
    "labels": {"data": (X, (X > 0).astype(int)), "schedule": "halving"},
    "several targets": {"data": TABLE, "target": {"price": 2.0, "sold": 1.0}},
    "roles": {"data": TABLE, "weights": "weight", "groups": "site", "class_weights": {np.str_("yes"): np.float32(3)}},
    "an array of weights": {"data": (X, SOLD), "weights": TABLE["weight"].to_numpy(), "class_weights": "balanced"},
    "folds and a threshold": {"data": (X, SOLD), "folds": 3, "metric": "f1", "threshold": "dev"},
    "folds under pbt": {"data": (X, PRICE), "folds": 3, "schedule": "pbt"},
}
AGAIN = ("data", "metric", "weights", "groups", "time")


def begun(case, store, watch=None):
    return ikura.tune(**CASES[case], trials=8, epochs=4, seed=3, name="s", store=store, watch=watch)


@pytest.mark.parametrize("case", CASES)
def test_an_interrupted_study_ends_as_one_that_was_not(case, tmp_path):
    whole = begun(case, str(tmp_path / "whole.db"))

    def interrupt(event):
        if isinstance(event, ResultsStored) and event.over >= 3:
            raise KeyboardInterrupt

    store = str(tmp_path / "cut.db")
    with pytest.raises(KeyboardInterrupt):
        begun(case, store, interrupt)
    given = CASES[case]
    again = {name: given[name] for name in AGAIN if name in given and not isinstance(given[name], str)}
    resumed = ikura.resume("s", store=store, watch=None, **again)
    pd.testing.assert_frame_equal(resumed.history(), whole.history())
    assert resumed.outcome.test == whole.outcome.test
    assert resumed.outcome.finalists == whole.outcome.finalists
    assert ikura.load("s", store=store).outcome == resumed.outcome
    new = TABLE if isinstance(given["data"], pd.DataFrame) else X
    pd.testing.assert_frame_equal(*(pd.DataFrame(result.model.predict(new)) for result in (resumed, whole)))


def test_what_came_from_python_must_be_given_again(tmp_path):
    store = str(tmp_path / "cut.db")

    def interrupt(event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begun("an array of weights", store, interrupt)
    with pytest.raises(ikura.SettingError, match=r"its weights came from Python; give it again: resume\('s', weights="):
        ikura.resume("s", data=(X, SOLD), store=store)
    with pytest.raises(ikura.SettingError, match="has changed since the study began"):
        ikura.resume("s", data=(X, SOLD), weights=np.ones(ROWS), store=store)


def test_the_function_must_be_the_same(tmp_path):
    store = str(tmp_path / "cut.db")

    def interrupt(event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begun("a function of ones own", store, interrupt)
    with pytest.raises(ikura.SettingError, match="its metric came from Python"):
        ikura.resume("s", data=(X, PRICE), store=store)

    def another(truth, said):
        return 0.0

    with pytest.raises(ikura.SettingError, match="was begun with dev_mean_gap, and dev_another is given"):
        ikura.resume("s", data=(X, PRICE), metric=another, store=store)


@pytest.mark.parametrize("column", [np.array(["b", "c"]), pd.Index(["b", "c"])])
def test_columns_to_be_learned_may_stand_in_an_array(column):
    frame = pd.DataFrame({"a": np.arange(60.0) % 7, "b": np.arange(60.0) % 5, "c": np.arange(60.0) % 11})
    result = ikura.tune(frame, target=column, task="regression", trials=1, epochs=1)
    assert [target.name for target in result.study.settings.targets] == ["b", "c"]


def test_every_kind_of_sparse_matrix_comes_with_its_labels():
    labels = np.arange(60) % 2
    result = ikura.tune(sparse.dok_array(np.eye(60)[:, :4] + labels[:, None]), labels, trials=1, epochs=1)
    assert result.study.settings.features == 4
