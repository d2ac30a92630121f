"""scikit-learn's own checks of what it calls an estimator."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from ikura import Float, Space, TunedClassifier, TunedRegressor

# Small, and of one shape, so that little is compiled.
BUDGET = {"trials": 2, "epochs": 20, "sampler": "random", "space": Space(learning_rate=Float(0.01, 0.1, scale="log"))}

# Of networks this cannot be so: repeated rows make other parts and more mini-batches.
EQUIVALENCE = dict.fromkeys(
    ("check_sample_weight_equivalence_on_dense_data", "check_sample_weight_equivalence_on_sparse_data"),
    "a row of weight 2 is in one mini-batch of an epoch, and two rows are in two: they are equal on average",
)


# Some checks cannot be made of every estimator: of a decision function, or of arrays that are not NumPy's.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(
    [TunedClassifier(**BUDGET), TunedRegressor(**BUDGET)], expected_failed_checks=lambda _: EQUIVALENCE
)
def test_scikit_learn_accepts_it(estimator, check):
    check(estimator)
