"""Every metric against scikit-learn's, with ties among the scores and classes that nobody is said to be of."""

import numpy as np
import pytest
from sklearn import metrics as sk

from ikura.records import Kind
from ikura.tasks.measures import MEASURES, pinball, point, top_accuracy

EXAMPLES = 200
RANDOM = np.random.default_rng(3)


def classes(several: int) -> tuple[np.ndarray, np.ndarray]:
    truth = RANDOM.integers(0, several, EXAMPLES)
    said = RANDOM.dirichlet(np.ones(several), EXAMPLES) + 0.5 * np.eye(several)[truth]
    said = np.round(0.9 * said / said.sum(axis=1, keepdims=True) + 0.1 / several, 2)  # with ties, none 0
    said[:, -1] += 1 - said.sum(axis=1)
    return truth, said


TWO, FIVE = classes(2), classes(5)
LABELS = (RANDOM.random((EXAMPLES, 4)) < [0.1, 0.3, 0.5, 0.8], np.round(0.01 + 0.98 * RANDOM.random((EXAMPLES, 4)), 2))
NUMBERS = (TRUE := RANDOM.normal(20, 5, EXAMPLES), TRUE + RANDOM.normal(size=EXAMPLES))
COUNTS = (COUNT := RANDOM.poisson(2, EXAMPLES).astype(float), 1 + COUNT * RANDOM.random(EXAMPLES))

EXPECTED = {
    (Kind.CLASS, "accuracy"): lambda y, p: sk.accuracy_score(y, p.argmax(1)),
    (Kind.CLASS, "balanced_accuracy"): lambda y, p: sk.balanced_accuracy_score(y, p.argmax(1)),
    (Kind.CLASS, "f1_macro"): lambda y, p: sk.f1_score(y, p.argmax(1), average="macro"),
    (Kind.CLASS, "f1_micro"): lambda y, p: sk.f1_score(y, p.argmax(1), average="micro"),
    (Kind.CLASS, "roc_auc"): lambda y, p: (
        sk.roc_auc_score(y, p[:, 1]) if p.shape[1] == 2 else sk.roc_auc_score(y, p, multi_class="ovr")
    ),
    (Kind.CLASS, "average_precision"): lambda y, p: (
        sk.average_precision_score(y, p[:, 1]) if p.shape[1] == 2 else sk.average_precision_score(np.eye(5)[y], p)
    ),
    (Kind.CLASS, "log_loss"): lambda y, p: sk.log_loss(y, p),
    (Kind.CLASS, "brier"): lambda y, p: (
        sk.brier_score_loss(y, p[:, 1]) if p.shape[1] == 2 else ((p - np.eye(5)[y]) ** 2).sum(1).mean()
    ),
    (Kind.LABELS, "f1_micro"): lambda y, p: sk.f1_score(y, p > 0.5, average="micro"),
    (Kind.LABELS, "f1_macro"): lambda y, p: sk.f1_score(y, p > 0.5, average="macro"),
    (Kind.LABELS, "exact_match"): lambda y, p: sk.accuracy_score(y, p > 0.5),
    (Kind.LABELS, "label_accuracy"): lambda y, p: 1 - sk.hamming_loss(y, p > 0.5),
    (Kind.LABELS, "roc_auc"): lambda y, p: sk.roc_auc_score(y, p, average="macro"),
    (Kind.LABELS, "average_precision"): lambda y, p: sk.average_precision_score(y, p, average="macro"),
    (Kind.LABELS, "log_loss"): lambda y, p: np.mean([sk.log_loss(y[:, each], p[:, each]) for each in range(4)]),
    **{
        (kind, name): function
        for kind in (Kind.NUMBER, Kind.COUNT)
        for name, function in (
            ("rmse", sk.root_mean_squared_error),
            ("mae", sk.mean_absolute_error),
            ("r2", sk.r2_score),
        )
    },
    (Kind.COUNT, "deviance"): sk.mean_poisson_deviance,
}


def samples(kind: Kind) -> list[tuple[np.ndarray, np.ndarray]]:
    return {Kind.CLASS: [TWO, FIVE], Kind.LABELS: [LABELS], Kind.NUMBER: [NUMBERS], Kind.COUNT: [COUNTS]}[kind]


@pytest.mark.parametrize(("kind", "name"), EXPECTED, ids=lambda part: str(part))
def test_it_is_scikit_learns(kind: Kind, name: str) -> None:
    for truth, said in samples(kind):
        with np.errstate(all="ignore"):
            expected = EXPECTED[kind, name](truth, said)
        assert MEASURES[kind][name].of(truth, said) == pytest.approx(expected, rel=1e-9)


def test_none_is_forgotten() -> None:
    named = {(kind, name) for kind, measures in MEASURES.items() for name in measures}
    assert named - set(EXPECTED) == {(Kind.CLASS, "f1"), (Kind.CLASS, "calibration_error")}


def test_f1_is_of_the_second_class() -> None:
    truth, said = TWO
    f1 = MEASURES[Kind.CLASS]["f1"].of
    assert f1(truth, said) == pytest.approx(sk.f1_score(truth, said.argmax(1)), rel=1e-12)
    assert f1(np.zeros(3, int), np.array([[1.0, 0.0]] * 3)) == 0.0


def test_calibration_error_by_hand() -> None:
    said = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.35, 0.65]])
    truth = np.array([0, 1, 1, 1])
    # 0.9 lies in bin 13, of which half is right; 0.6 and 0.65 in bin 9, all right.
    expected = (2 * abs(0.9 - 0.5) + 2 * abs(0.625 - 1.0)) / 4
    assert MEASURES[Kind.CLASS]["calibration_error"].of(truth, said) == pytest.approx(expected)


def test_the_most_probable_few() -> None:
    truth, said = FIVE
    distinct = said + np.random.default_rng(0).random(said.shape) * 1e-6  # scikit-learn breaks ties otherwise
    for most in (1, 2, 4):
        assert top_accuracy(truth, distinct, most) == pytest.approx(sk.top_k_accuracy_score(truth, distinct, k=most))
    ties = np.full((2, 3), 1 / 3)
    assert top_accuracy(np.array([0, 2]), ties, 2) == 0.5


def test_pinball_over_several_quantiles() -> None:
    truth, said = NUMBERS[0], np.sort(NUMBERS[1][:, None] + [-1.0, 0.0, 2.0], axis=1)
    levels = (0.1, 0.5, 0.9)
    expected = [sk.mean_pinball_loss(truth, said[:, place], alpha=level) for place, level in enumerate(levels)]
    assert pinball(truth, said, levels) == pytest.approx(np.mean(expected))
    assert (point(said) == said[:, 1]).all()


def test_labels_that_are_always_or_never_there_have_no_part_in_means() -> None:
    truth, said = (part.copy() for part in LABELS)
    truth[:, 0] = True
    expected = sk.roc_auc_score(truth[:, 1:], said[:, 1:], average="macro")
    assert MEASURES[Kind.LABELS]["roc_auc"].of(truth, said) == pytest.approx(expected)
    assert np.isnan(MEASURES[Kind.LABELS]["roc_auc"].of(np.ones((3, 2), bool), said[:3, :2]))
