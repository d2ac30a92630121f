"""A regressor of scikit-learn's kind, whose fit is a search."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from ikura.errors import SettingError
from ikura.estimators.checking import new_features, training_features, training_numbers, training_weights
from ikura.estimators.fitting import fit
from ikura.model.double import predict_in_double

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ikura.nn import Network
    from ikura.records import Config
    from ikura.samplers import SamplerLike
    from ikura.space import Space
    from ikura.tasks import OwnMetric


class TunedRegressor(RegressorMixin, BaseEstimator):
    """A network for numbers, one or several an example, with the best of the hyperparameters that were tried.

    A fit keeps a quarter of the examples to choose by, and trains the winner on all of them. None are kept for a test:
    that is what `cross_val_score`, or a test set of your own, is for.

    Args:
        trials: how many configurations to try; by default 128, or 32 from 10,000 training examples on.
        epochs: how long to train each; by default 100, or 10 from 10,000 training examples on.
        space: the search space, an `ikura.Space`; by default one that suits the size of the data.
        task: `regression`, or `counts` of whole numbers from 0 on (Poisson).
        loss: `squared` (the default), `absolute`, `huber` (or `huber:DELTA`), `quantile:0.9` or several,
            `quantile:0.1,0.5,0.9`.
        metric: what the search is after: a name (see docs/targets.md), or a function `(y_true, y_pred) -> number`; by
            default what goes with the loss.
        direction: of a function, `minimize` or `maximize`; by default what its name says.
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
        task: str = "regression",
        loss: str | None = None,
        metric: "str | OwnMetric | None" = None,
        direction: str | None = None,
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
        self.task = task
        self.loss = loss
        self.metric = metric
        self.direction = direction
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
            y: a number for each example [example], or several [example, output].
            sample_weight: how much each example counts in training and in the losses that are measured [example], or
                None: all count the same.

        Raises:
            ValueError: a mistake in a parameter or the data.
        """
        if self.task not in ("regression", "counts"):
            raise SettingError(
                f"task: {self.task!r} is given; a regressor's is regression or counts: change it, or take a "
                "TunedClassifier"
            )
        X = training_features(self, X, y)  # noqa: N806
        y = training_numbers(y)
        arguments = self.get_params(deep=False) | {"weights": training_weights(X, sample_weight)}
        self.result_, self.model_ = fit(type(self).__name__, X, y, arguments)
        self.best_config_ = self.result_.best.config
        return self

    def predict(self, X: Any, *, quantiles: bool = False) -> NDArray[np.float64]:  # noqa: N803
        """Return a number for each example [example], or several [example, output].

        Args:
            X: features as for `fit`.
            quantiles: whether all quantiles that were learned are wanted, as one more dimension at the end; else of
                several the middle one is given.

        Raises:
            ValueError: the features are not those of `fit`, or there are no quantiles.
        """
        check_is_fitted(self)
        if quantiles and self.model_.loss.name != "pinball":
            raise SettingError(
                f"quantiles: they are wanted, and loss is {self.loss!r}; only a loss of quantiles learns them: fit "
                "with loss='quantile:0.1,0.5,0.9', or leave it out"
            )
        said = predict_in_double(self.model_, new_features(self, X))
        found = np.stack([each.reshape(len(each), -1) for each in said], axis=1)
        if not quantiles:
            found = found[..., found.shape[2] // 2]
        return found[:, 0] if len(said) == 1 else found

    def __sklearn_tags__(self) -> Tags:
        """Return what scikit-learn asks of an estimator's abilities."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        return tags
