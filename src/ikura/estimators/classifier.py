"""A classifier of scikit-learn's kind, whose fit is a search."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from ikura.errors import DataError
from ikura.estimators.checking import new_features, training_features, training_labels, training_weights
from ikura.estimators.fitting import fit
from ikura.model.double import predict_in_double
from ikura.records import Config, Value
from ikura.tasks import called

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ikura.nn import Network
    from ikura.samplers import SamplerLike
    from ikura.space import Space
    from ikura.tasks import ClassWeights, OwnMetric


class TunedClassifier(ClassifierMixin, BaseEstimator):
    """A network for classes, or for any number of labels, with the best of the hyperparameters that were tried.

    A fit keeps a quarter of the examples, by class, to choose by, and trains the winner on all of them. None are kept
    for a test: that is what `cross_val_score`, or a test set of your own, is for.

    Args:
        trials: how many configurations to try; by default 128, or 32 from 10,000 training examples on.
        epochs: how long to train each; by default 100, or 10 from 10,000 training examples on.
        space: the search space, an `ikura.Space`; by default one that suits the size of the data.
        metric: what the search is after: a name (see docs/targets.md), or a function `(y_true, y_pred) -> number`; by
            default the accuracy, of labels the F1.
        direction: of a function, `minimize` or `maximize`; by default what its name says.
        class_weights: how much the classes count in training, as a dict, or `balanced`: all classes the same.
        threshold: `dev` has the examples that are kept from training choose, for the metric, from which probability on
            `predict` says the second of two classes; by default a half.
        folds: for cross-validation within the fit, which small data need: each trial is trained so many times, each
            time measured on another fold, and judged by the mean; by default a quarter is kept from training instead.
        sampler: `random`, `grid`, `sobol`, `coarse-to-fine`, `thompson`, or Optuna's `tpe`, `gp`, `cma-es` or
            `qmc`; or a sampler of your own, or any of Optuna's.
        start: configurations to try first, dicts of hyperparameters; what one leaves out is drawn.
        schedule: who is trained how far: `full`, `halving`, `hyperband`, `asha`, `median`, `patience` or `pbt`;
            by default `halving` with 9 epochs and 9 trials in a round or more, otherwise `full`.
        network: a network of your own; by default a multilayer perceptron with batch normalisation.
        timeout: seconds for the search: after them no trial begins; the finals follow.
        random_state: the seed of all random choices, a `numpy.random.RandomState` to draw it from, or None for another
            one in each fit.
        verbose: whether progress is shown, on standard error or in the notebook.

    Attributes:
        classes_: the classes in the order of `predict_proba`'s columns; of labels their numbers.
        n_features_in_: how many features there were.
        feature_names_in_: their names, where a frame had any.
        best_config_: the hyperparameters that won.
        model_: the trained network, an `ikura.Model`.
        result_: the whole search, an `ikura.Result`, with its report.
    """

    def __init__(
        self,
        *,
        trials: int | None = None,
        epochs: int | None = None,
        space: "Space | None" = None,
        metric: "str | OwnMetric | None" = None,
        direction: str | None = None,
        class_weights: "ClassWeights | None" = None,
        threshold: str | None = None,
        folds: int | None = None,
        sampler: "SamplerLike" = "thompson",
        start: "Sequence[Config] | None" = None,
        schedule: str | None = None,
        network: "Network | None" = None,
        timeout: float | None = None,
        random_state: int | np.random.RandomState | None = 0,
        verbose: bool = False,
    ) -> None:
        self.trials = trials
        self.epochs = epochs
        self.space = space
        self.metric = metric
        self.direction = direction
        self.class_weights = class_weights
        self.threshold = threshold
        self.folds = folds
        self.sampler = sampler
        self.start = start
        self.schedule = schedule
        self.network = network
        self.timeout = timeout
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803 - scikit-learn's names
        """Search for the hyperparameters, and train the network that they make.

        Args:
            X: an array or sparse matrix of numbers [example, feature], or a frame, whose columns may hold text and
                dates as well; all may have missing values.
            y: the class of each example [example], or 0 and 1 for each label [example, label].
            sample_weight: how much each example counts in training and in the losses that are measured [example], or
                None: all count the same.

        Raises:
            ValueError: a mistake in a parameter or the data.
        """
        X = training_features(self, X, y)  # noqa: N806
        y = training_labels(y)
        several = y.ndim == 2
        self.classes_ = np.arange(y.shape[1]) if several else np.unique(y)
        if not several:
            _check_distinct(self.classes_)
        task = "multilabel" if several else "classification"
        arguments = self.get_params(deep=False) | {"task": task, "weights": training_weights(X, sample_weight)}
        self.result_, self.model_ = fit(type(self).__name__, X, y, arguments)
        self.best_config_ = self.result_.best.config
        return self

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """Return the most probable class of each example [example], or 0 and 1 for each label [example, label]."""
        probabilities = self.predict_proba(X)
        if self._learned_labels:
            return (probabilities > 0.5).astype(int)
        # The threshold is of the second class as the network knows them.
        places = np.array(self._places)
        learned = np.empty_like(probabilities)
        learned[:, places] = probabilities
        return self.classes_[np.argsort(places)[called(learned, self.model_.targets[0])]]

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return the probability of each class, or of each label being there [example, class]."""
        check_is_fitted(self)
        (found,) = predict_in_double(self.model_, new_features(self, X))
        if self._learned_labels:
            return found
        return found[:, self._places]

    @property
    def _places(self) -> list[int]:
        """Where the network has each of the classes."""
        return [self.model_.classes.index(_as_learned(label)) for label in self.classes_.tolist()]

    @property
    def _learned_labels(self) -> bool:
        return self.result_.study.settings.task == "multilabel"

    def __sklearn_tags__(self) -> Tags:
        """Return what scikit-learn asks of an estimator's abilities."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = True
        return tags


def _as_learned(label: Any) -> Value:
    """Return a label as networks know it: without spaces around texts."""
    return label.strip() if isinstance(label, str) else label


def _check_distinct(classes: NDArray[Any]) -> None:
    """Raise DataError where classes differ by spaces around them alone, and would be learned as one."""
    labels = classes.tolist()
    known = {_as_learned(label): label for label in labels}
    for label in labels:
        if (other := known[_as_learned(label)]) != label:
            raise DataError(
                f"y: {label!r} and {other!r} differ by spaces alone; classes must differ in more: take the spaces out"
            )
