"""What the estimators promise beyond scikit-learn's checks."""

import pickle
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from joblib.externals.loky import get_reusable_executor
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.metrics import make_scorer, matthews_corrcoef, mean_pinball_loss
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import ikura
from ikura import Float, Space, TunedClassifier, TunedRegressor
from ikura.estimators import fitting
from ikura.store import data_folder
from ikura.study import ResultsStored
from ikura.train.checkpoints import Snapshots

SPACE = Space(learning_rate=Float(0.01, 0.1, scale="log"))
IRIS = load_iris(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True)
KINDS = np.array(["setosa", "versicolor", "virginica"])[IRIS[1]]


def classifier(**parameters):
    return TunedClassifier(**({"trials": 2, "epochs": 20, "space": SPACE} | parameters))


def regressor(**parameters):
    return TunedRegressor(**({"trials": 2, "epochs": 20, "space": SPACE} | parameters))


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def left():
    """What a fit has left in the folder for temporary files."""
    return list(Path(tempfile.gettempdir()).iterdir())


def people(rows=200):
    """A frame of text, numbers and dates with gaps, in an order of its own, and what is to be learned of it."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "town": rng.choice(["Kyoto", "Nara", "Osaka"], rows),
            "age": np.where(rng.random(rows) < 0.2, np.nan, rng.normal(50, 15, rows)),
            "since": pd.date_range("2020-01-01", periods=rows),
        },
        index=rng.permutation(rows),
    )
    return frame, pd.Series(np.where(frame["town"] == "Nara", "yes", "no"))


def test_a_fit_is_a_study_on_all_examples_without_a_test():
    fitted = classifier(trials=4).fit(IRIS[0], KINDS)
    study = fitted.result_.study
    assert study.settings.examples == {"train": 112, "dev": 38, "test": 0}
    assert fitted.result_.outcome.test is None
    assert len(fitted.result_.trials.trials) == 4
    assert fitted.best_config_ == fitted.result_.best.config
    assert fitted.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert (fitted.predict(IRIS[0]) == fitted.model_.predict(IRIS[0])).all()
    assert fitted.score(IRIS[0], KINDS) > 0.9
    page = fitted.result_.page()
    assert "Train / dev<" in page
    assert "TunedClassifier(space=" in page


def test_nothing_is_left_or_said_of_a_fit(capfd):
    classifier().fit(*IRIS)
    assert capfd.readouterr() == ("", "")
    assert not checkpoints()
    assert not left()


def test_verbose_says_how_it_goes_where_there_is_no_terminal(capfd):
    classifier(verbose=True).fit(*IRIS)
    out, err = capfd.readouterr()
    assert out == ""
    assert "arrays: 112 training and 38 dev examples; 4 features, 3 classes" in err


def test_what_is_given_is_tried_first():
    known = {"learning_rate": 0.02}
    found = classifier(trials=2, epochs=1, start=[known]).fit(*IRIS)
    assert known.items() <= found.result_.trials.trials[0].config.items()


def checkpoints():
    """The files that Ikura keeps of studies that are not over."""
    return [path for path in data_folder().rglob("*") if path.is_file()]


def test_ctrl_c_leaves_nothing(monkeypatch):
    seen = []

    def stop(event):
        if isinstance(event, ResultsStored) and (found := checkpoints()):
            seen.extend(found)
            raise KeyboardInterrupt

    @contextmanager
    def display(*, wanted):
        yield stop

    monkeypatch.setattr(fitting, "_display", display)
    # Trials that wait for the next rung are on disk at once.
    monkeypatch.setattr(Snapshots.__init__, "__kwdefaults__", {"seconds": 0.0, "memory": 0.0})
    with pytest.raises(KeyboardInterrupt) as caught:
        classifier(trials=64, epochs=300, sampler="random", schedule="halving").fit(*IRIS)
    assert type(caught.value) is KeyboardInterrupt
    assert seen
    assert not checkpoints()
    assert not left()


def test_the_random_state_is_the_seed():
    def seed(random_state):
        return classifier(random_state=random_state).fit(*IRIS).result_.study.settings.seed

    assert seed(np.int64(7)) == 7
    assert seed(np.random.RandomState(3)) == seed(np.random.RandomState(3))
    assert seed(None) != seed(None)
    with pytest.raises(ValueError, match="cannot be used to seed"):
        seed("three")


def test_pipelines_clones_and_pickles():
    pipeline = make_pipeline(StandardScaler(), classifier(metric=matthews_corrcoef))
    fitted = clone(pipeline).fit(IRIS[0], KINDS)
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.predict_proba(IRIS[0]) == fitted.predict_proba(IRIS[0])).all()
    assert again[-1].result_.study.settings.objective.metric.name == "dev_matthews_corrcoef"
    assert not hasattr(pipeline[-1], "model_")


def test_folds_in_other_processes():
    try:
        found = cross_val_score(classifier(), *IRIS, cv=2, n_jobs=2, error_score="raise")
    finally:
        get_reusable_executor().shutdown(wait=True)
    assert found.min() > 0.8
    assert (cross_val_score(classifier(), *IRIS, cv=2) == found).all()


def test_grids():
    found = GridSearchCV(classifier(), {"epochs": [1, 20]}, cv=2, error_score="raise").fit(*IRIS)
    assert found.best_params_ == {"epochs": 20}
    assert found.best_estimator_.result_.study.settings.epochs == 20
    assert found.score(*IRIS) > 0.9


def test_frames_with_text_dates_and_gaps():
    frame, label = people()
    # By position, as scikit-learn has it: the indexes are others.
    fitted = classifier().fit(frame, label)
    assert fitted.score(frame, label) > 0.95
    assert fitted.feature_names_in_.tolist() == ["town", "age", "since"]
    with pytest.raises(ValueError, match="should match those that were passed during fit"):
        fitted.predict(frame[["age", "town", "since"]])


def test_behind_a_column_transformer():
    frame, label = people()
    columns = make_column_transformer((OneHotEncoder(), ["town"]), ("passthrough", ["age"]), sparse_threshold=1.0)
    sparse = make_pipeline(columns, classifier()).fit(frame, label)
    assert sparse.score(frame, label) > 0.95
    columns = make_column_transformer((OneHotEncoder(sparse_output=False), ["town"]), ("passthrough", ["age"]))
    named = make_pipeline(columns.set_output(transform="pandas"), classifier()).fit(frame, label)
    assert named.score(frame, label) > 0.95
    assert "passthrough__age" in named[-1].feature_names_in_


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_an_array_is_read_as_the_frame_of_training():
    frame = pd.DataFrame(IRIS[0], columns=list("abcd")).assign(index=range(150))  # which only counts, and is left out
    fitted = classifier().fit(frame, IRIS[1])
    assert (fitted.predict(frame.to_numpy()) == fitted.predict(frame)).all()


def test_classes_come_in_the_order_of_scikit_learn():
    labels = np.array(["grade 10", "grade 2", "a"])[IRIS[1]]  # in natural order 2 goes before 10
    fitted = classifier().fit(IRIS[0], labels)
    assert fitted.classes_.tolist() == ["a", "grade 10", "grade 2"]
    assert fitted.score(IRIS[0], labels) > 0.9
    assert (fitted.classes_[fitted.predict_proba(IRIS[0]).argmax(axis=1)] == fitted.predict(IRIS[0])).all()
    spaced = classifier().fit(IRIS[0], np.char.add(KINDS, " "))
    assert spaced.score(IRIS[0], np.char.add(KINDS, " ")) > 0.9
    with pytest.raises(ikura.DataError, match="differ by spaces alone"):
        classifier().fit(IRIS[0], np.array(["yes", "yes ", "no"])[IRIS[1]])


def test_labels():
    y = np.stack([IRIS[1] > 0, IRIS[1] < 2], axis=1).astype(int)
    fitted = classifier().fit(IRIS[0], y)
    assert fitted.classes_.tolist() == [0, 1]
    assert fitted.predict_proba(IRIS[0]).shape == (150, 2)
    assert fitted.score(IRIS[0], y) > 0.8  # of rows that are wholly right
    with pytest.raises(ikura.DataError, match="MultiOutputClassifier"):
        classifier().fit(IRIS[0], np.stack([IRIS[1], IRIS[1]], axis=1))


def with_doubtful_rows():
    """Return iris twice, the second time with other labels, and weights that have these not count."""
    y = np.stack([IRIS[1], (IRIS[1] + 1) % 3], axis=1).ravel()
    return np.repeat(IRIS[0], 2, axis=0), y, np.tile([1.0, 0.0], 150)


def test_sample_weights():
    x, y, weights = with_doubtful_rows()
    fitted = classifier().fit(x, y, sample_weight=weights)
    assert fitted.score(*IRIS) > 0.9
    assert ".fit(X, y, sample_weight=sample_weight)" in fitted.result_.page()
    ends = np.concatenate([np.zeros(100), np.ones(100)])
    fitted = regressor().fit(np.tile([[0.0], [1.0]], (100, 1)), ends, np.where(ends == 1, 3.0, 1.0))
    assert fitted.predict([[0.0]]) == pytest.approx(0.75, abs=0.1)
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        classifier().fit(*IRIS, sample_weight=-np.ones(150))


def test_sample_weights_are_routed():
    x, y, weights = with_doubtful_rows()
    with config_context(enable_metadata_routing=True):
        asked = classifier().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        parts = KFold(2, shuffle=True, random_state=0)
        found = cross_validate(asked, x, y, cv=parts, params={"sample_weight": weights}, error_score="raise")
    assert found["test_score"].min() > 0.8


def test_quantiles():
    fitted = regressor(loss="quantile:0.1,0.5,0.9").fit(*DIABETES)
    low, middle, high = fitted.predict(DIABETES[0], quantiles=True).T
    assert (low <= middle).all()
    assert (middle <= high).all()
    assert (fitted.predict(DIABETES[0]) == middle).all()
    above = make_scorer(mean_pinball_loss, alpha=0.5, greater_is_better=False)
    assert above(fitted, *DIABETES) > -35
    with pytest.raises(ikura.SettingError, match="quantiles: they are wanted, and loss is None"):
        regressor().fit(*DIABETES).predict(DIABETES[0], quantiles=True)


def test_several_numbers():
    x, y = DIABETES
    several = np.stack([y, -y, 1e6 * y], axis=1)
    fitted = regressor().fit(x, several)
    assert fitted.predict(x).shape == (442, 3)
    assert fitted.score(x, several) > 0.3
    fitted = regressor(loss="quantile:0.1,0.9").fit(x, several)
    assert fitted.predict(x, quantiles=True).shape == (442, 3, 2)


def test_counts():
    x = np.random.default_rng(0).normal(size=(300, 2))
    y = np.random.default_rng(1).poisson(np.exp(x[:, 0]))
    fitted = regressor(task="counts").fit(x, y)
    assert (fitted.predict(x) > 0).all()
    assert fitted.score(x, y) > 0.3
    assert "ikura.TunedRegressor(space=" in fitted.result_.page()
    with pytest.raises(ikura.SettingError, match="a regressor's is regression or counts"):
        regressor(task="classification").fit(x, y)


class Linear:
    """A network of the user's own."""

    def init(self, key, config):
        return ikura.Variables({"weights": np.full((4, 3), 0.1, np.float32)})

    def apply(self, variables, inputs, config, *, train, key):
        return inputs @ variables.params["weights"], variables


def test_a_network_of_the_users_own():
    fitted = classifier(network=Linear()).fit(*IRIS)
    assert fitted.score(*IRIS) > 0.8
    assert (pickle.loads(pickle.dumps(fitted)).predict(IRIS[0]) == fitted.predict(IRIS[0])).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"trials": 0}, "trials: 0 is given"),
        ({"space": {"learning_rate": 1}}, "space: dict is given"),
        ({"metric": "accurate"}, "metric: 'accurate' is none"),
        ({"schedule": "fast"}, "schedule: 'fast'"),
        ({"timeout": -1}, "timeout: -1 is given"),
    ],
)
def test_mistakes_are_told_in_fit_and_leave_nothing(parameters, message):
    mistaken = classifier(**parameters)
    with pytest.raises(ikura.IkuraError, match=message):
        mistaken.fit(*IRIS)
    assert not left()


def test_few_examples():
    x = np.arange(9.0)[:, None]
    rare = ["a", "a", "a", "b", "b", "c", "d", "e", "f"]
    assert classifier().fit(x, rare).classes_.tolist() == list("abcdef")
    assert regressor().fit(x[:3], [1.0, 2.0, 4.0]).predict(x).shape == (9,)
    with pytest.raises(ikura.DataError, match="two of one class"):
        classifier().fit(x[:3], ["a", "b", "c"])


def test_rare_classes_may_count_more_be_called_by_a_threshold_and_be_judged_in_folds():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 4))
    y = np.where(x[:, 0] + rng.normal(size=300) > 1.5, "rare", "usual")
    asked = {"metric": "f1", "threshold": "dev", "class_weights": {"rare": 3.0}, "folds": 3}
    classifier = TunedClassifier(trials=4, epochs=4, **asked).fit(x, y)
    settings = classifier.result_.study.settings
    assert (settings.folds, settings.threshold, settings.class_weights) == (3, "dev", (("rare", 3.0),))
    threshold = classifier.model_.targets[0].threshold
    assert threshold != 0.5
    said = np.where(classifier.predict_proba(x)[:, 1] > threshold, "usual", "rare")
    assert classifier.predict(x).tolist() == said.tolist() == classifier.model_.predict(x).tolist()
    assert TunedRegressor(trials=2, epochs=1, folds=3).fit(x, x[:, 0]).result_.study.settings.folds == 3
