"""A classifier's loss and metrics, held against scikit-learn and the formula."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import accuracy_score, log_loss

from ikura.tasks.classification.loss import dev_sums, training_loss

LOGITS = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
LABELS = np.random.default_rng(1).integers(0, 3, 20).astype(np.int32)
PROBABILITIES = softmax(LOGITS.astype(np.float64), axis=1)


def test_the_training_loss_is_the_mean_cross_entropy():
    loss = training_loss(LOGITS, LABELS, 0.0, None)
    assert float(loss) == pytest.approx(log_loss(LABELS, PROBABILITIES, labels=[0, 1, 2]), rel=1e-5)


def test_labels_are_smoothed_and_classes_weighted():
    weights = np.array([0.5, 1.0, 3.0], np.float32)
    targets = 0.9 * np.eye(3)[LABELS] + 0.1 / 3
    each = -(targets * np.log(PROBABILITIES)).sum(axis=1) * weights[LABELS]
    assert float(training_loss(LOGITS, LABELS, 0.1, weights)) == pytest.approx(each.mean(), rel=1e-5)


def test_dev_metrics_are_sums_in_which_filling_counts_for_nothing():
    filled = np.concatenate([LOGITS, np.full((5, 3), 7.0, np.float32)])
    losses, correct = dev_sums(filled, np.concatenate([LABELS, np.full(5, -1, np.int32)]))
    assert float(losses) == pytest.approx(20 * log_loss(LABELS, PROBABILITIES, labels=[0, 1, 2]), rel=1e-5)
    assert int(correct) == round(20 * accuracy_score(LABELS, LOGITS.argmax(axis=1)))
