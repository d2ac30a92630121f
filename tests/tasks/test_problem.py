"""What is learned and measured, as the user asks for it."""

import re

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, brier_score_loss, roc_auc_score

from ikura.errors import SettingError
from ikura.records import Goal, Kind, Target
from ikura.tasks import heads_of, make_problem, number_loss, outputs_of, predictions_of, task_of, truths_of
from ikura.tasks.heads import Head, Loss

CLASS = Target("kind", Kind.CLASS, ("no", "yes"))
THREE = Target("kind", Kind.CLASS, (1, 2, 3))
LABELS = Target("labels", Kind.LABELS, ("a", "b", "c"))
NUMBER = Target("price", Kind.NUMBER, mean=100.0, scale=20.0)
COUNT = Target("visits", Kind.COUNT)


def names(problem):
    return [metric.name for metric in problem.metrics]


@pytest.mark.parametrize(
    ("target", "asked", "measured", "objective"),
    [
        (CLASS, {}, [], "dev_accuracy"),
        (CLASS, {"metric": "accuracy"}, [], "dev_accuracy"),
        (CLASS, {"metric": "loss"}, [], "dev_loss"),
        (CLASS, {"metric": "dev_roc_auc"}, ["dev_roc_auc"], "dev_roc_auc"),
        (THREE, {"metric": "top_2_accuracy"}, ["dev_top_2_accuracy"], "dev_top_2_accuracy"),
        (LABELS, {}, ["dev_f1_micro"], "dev_f1_micro"),
        (NUMBER, {}, ["dev_rmse"], "dev_rmse"),
        (NUMBER, {"loss": "absolute"}, ["dev_mae"], "dev_mae"),
        (NUMBER, {"loss": "huber:0.5"}, ["dev_mae"], "dev_mae"),
        (NUMBER, {"loss": "quantile:0.9"}, ["dev_pinball"], "dev_pinball"),
        (NUMBER, {"metric": "r2"}, ["dev_r2"], "dev_r2"),
        (NUMBER, {"metric": "loss"}, [], "dev_loss"),
        (COUNT, {}, ["dev_deviance"], "dev_deviance"),
    ],
)
def test_metrics_and_objective(target, asked, measured, objective):
    problem = make_problem([target], **asked)
    counted = ["dev_accuracy"] if target.kind is Kind.CLASS else []
    assert names(problem) == ["train_loss", "dev_loss", *counted, *measured]
    assert problem.objective.metric.name == objective
    assert [metric.name for metric in problem.objective.tie_breaks] == ([] if objective == "dev_loss" else ["dev_loss"])


@pytest.mark.parametrize(
    ("targets", "asked", "optimised", "tie_breaks"),
    [
        ([CLASS], {"second": "loss"}, ["dev_accuracy", "dev_loss"], []),
        ([CLASS], {"metric": "loss", "second": "dev_accuracy"}, ["dev_loss", "dev_accuracy"], []),
        ([CLASS], {"metric": "roc_auc", "second": "accuracy"}, ["dev_roc_auc", "dev_accuracy"], ["dev_loss"]),
        ([NUMBER], {"second": "parameters"}, ["dev_rmse", "parameters"], ["dev_loss"]),
        ([NUMBER], {"second": "dev_parameters"}, ["dev_rmse", "parameters"], ["dev_loss"]),
        ([NUMBER, CLASS], {"second": "parameters"}, ["dev_loss", "parameters"], []),
    ],
)
def test_a_second_objective_is_one_that_is_measured_anyway(targets, asked, optimised, tie_breaks):
    problem = make_problem(targets, **asked)
    assert [metric.name for metric in problem.objective.optimised] == optimised
    assert [metric.name for metric in problem.objective.tie_breaks] == tie_breaks
    assert problem.counts_parameters is ("parameters" in optimised)


@pytest.mark.parametrize(
    ("targets", "asked", "words"),
    [
        ([NUMBER], {"second": "mae"}, ["'mae' is given as the second one; beside rmse", ": name it first"]),
        ([NUMBER], {"second": "params"}, ["'params' is given as the second one", "did you mean 'parameters'?"]),
        ([NUMBER], {"metric": "parameters"}, ["it can be the second of two metrics: name another one first"]),
        ([NUMBER], {"second": "accuracy"}, ["'accuracy' is given as the second one", "loss and parameters"]),
        ([CLASS], {"second": "accuracy"}, ["'accuracy' is given as the second one; beside accuracy"]),
        ([CLASS], {"metric": "rmse"}, ["metric: 'rmse' is none that is measured of classes", "log_loss"]),
        ([NUMBER], {"metric": "acuracy"}, ["measured of numbers", "rmse"]),
        ([NUMBER], {"metric": "pinball"}, ["is of quantiles", "quantile:0.5"]),
        ([CLASS], {"metric": "roc_acu"}, ["did you mean 'roc_auc'?"]),
        ([THREE], {"metric": "f1"}, ["f1 is of two classes, and there are 3", "f1_macro"]),
        ([CLASS], {"metric": "top_2_accuracy"}, ["100 % of 2 classes"]),
        ([CLASS], {"loss": "huber"}, ["loss: 'huber' is given", "leave it out"]),
        ([NUMBER], {"loss": "hubr"}, ["loss: 'hubr' is none", "did you mean 'huber'?"]),
        ([NUMBER], {"loss": "huber:-1"}, ["above 0"]),
        ([NUMBER], {"loss": "huber:1,2"}, ["above 0"]),
        ([NUMBER], {"loss": "quantile:1.0"}, ["between 0 and 1"]),
        ([NUMBER], {"loss": "quantile:x"}, ["between 0 and 1"]),
        ([NUMBER], {"loss": "quantile:0.5,0.5"}, ["each but once"]),
        ([NUMBER], {"loss": "squared:2"}, ["is none"]),
        ([CLASS], {"direction": "maximize"}, ["direction: 'maximize' is given", "settled"]),
        ([NUMBER, CLASS], {"metric": "rmse"}, ["several targets", "leave it out"]),
        ([CLASS], {"metric": lambda y, said: 0.0}, ["nobody knows whether more or less is better"]),
    ],
)
def test_mistakes_are_one_line(targets, asked, words):
    with pytest.raises(SettingError) as raised:
        make_problem(targets, **asked)
    assert "\n" not in str(raised.value)
    assert all(word in str(raised.value) for word in words), str(raised.value)


def test_heads_of_several_targets_share_the_weight():
    targets = (CLASS, Target("price", Kind.NUMBER, weight=2.0), LABELS)
    heads = heads_of(targets, Loss("pinball", (0.1, 0.9)))
    assert heads == (
        Head("softmax", 2, 0, 0, 0.25),
        Head("pinball", 1, 2, 1, 0.25, 0.1),
        Head("pinball", 1, 3, 1, 0.25, 0.9),
        Head("sigmoid", 3, 4, 2, 0.25),
    )
    assert outputs_of(heads) == 7
    assert sum(head.weight for head in heads) == 1.0


def test_outputs_become_predictions_in_the_targets_own_units():
    targets = (CLASS, NUMBER, LABELS, COUNT)
    problem = make_problem(targets)
    outputs = np.float32([[0.0, np.log(3.0), -1.0, 0.0, 80.0, -80.0, np.log(2.0)]])
    said = predictions_of(outputs, targets, problem.heads)
    np.testing.assert_allclose(said[0], [[0.25, 0.75]], rtol=1e-6)
    np.testing.assert_allclose(said[1], [80.0])
    np.testing.assert_allclose(said[2], [[0.5, 1.0, 0.0]], atol=1e-30)
    np.testing.assert_allclose(said[3], [2.0], rtol=1e-6)
    y = np.float32([[1, -1.0, 1, 0, 1, 7]])
    truths = truths_of(y, targets)
    assert (truths[0].tolist(), truths[1].tolist(), truths[3].tolist()) == ([1], [80.0], [7.0])
    assert truths[2].tolist() == [[True, False, True]]


def test_quantiles_never_cross():
    heads = heads_of((NUMBER,), number_loss("quantile:0.9,0.1,0.5"))
    assert [head.parameter for head in heads] == [0.1, 0.5, 0.9]
    (said,) = predictions_of(np.float32([[1.0, -1.0, 0.0]]), (NUMBER,), heads)
    assert said.tolist() == [[80.0, 100.0, 120.0]]


class TestAFunctionOfTheUsersOwn:
    OUTPUTS = np.float32([[0.0, 1.0], [1.0, 0.0], [0.0, 2.0]])
    Y = np.int32([1, 1, 0])

    def measured(self, function, target=CLASS, **asked):
        problem = make_problem([target], metric=function, **asked)
        return problem, problem.measure(self.OUTPUTS, truths_of(self.Y, [target]))

    def test_gets_the_labels_as_they_were_given(self):
        seen = []

        def own_score(truth, said):
            seen.append((truth.tolist(), said.tolist()))
            return 0.5

        problem, value = self.measured(own_score)
        assert seen == [(["yes", "yes", "no"], ["yes", "no", "yes"])]
        assert value == 0.5
        assert problem.objective.metric.name == "dev_own_score"
        assert problem.objective.metric.goal is Goal.MAXIMIZE

    def test_scikit_learns_get_labels_or_probabilities_by_the_name_of_their_argument(self):
        _, accuracy = self.measured(accuracy_score)
        assert accuracy == pytest.approx(1 / 3)
        problem, auc = self.measured(roc_auc_score)
        probabilities = predictions_of(self.OUTPUTS, [CLASS], problem.heads)[0][:, 1]
        assert auc == pytest.approx(roc_auc_score(self.Y, probabilities))

        def brier_loss(y, y_proba):
            return brier_score_loss(y == "yes", y_proba)

        _, brier = self.measured(brier_loss)
        assert brier == pytest.approx(((probabilities - self.Y) ** 2).mean())

    def test_a_lambda_has_a_name_and_must_have_a_direction(self):
        problem, _ = self.measured(lambda y, said: 1.0, direction="minimize")
        assert problem.objective.metric.name == "dev_metric"

    def test_what_it_raises_comes_as_one_line_before_anything_is_trained(self):
        def bad_loss(y, said):
            return y.mean()

        problem = make_problem([CLASS], metric=bad_loss)
        with pytest.raises(SettingError, match="metric: bad_loss raised"):
            problem.check(self.Y)

    def test_what_is_no_number_is_refused(self):
        problem = make_problem([CLASS], metric=lambda y, said: float("nan"), direction="minimize")
        with pytest.raises(SettingError, match="metric: metric is nan on the dev part"):
            problem.check(self.Y)


def test_a_metric_that_the_dev_part_cannot_have_is_refused():
    problem = make_problem([CLASS], metric="roc_auc")
    with pytest.raises(SettingError, match=r"roc_auc is nan on the dev part; .* give more examples of each class"):
        problem.check(np.zeros(5, np.int32))


@pytest.mark.parametrize(
    ("targets", "name"),
    [
        ([CLASS], "classification"),
        ([LABELS], "multilabel"),
        ([NUMBER], "regression"),
        ([COUNT], "counts"),
        ([NUMBER, NUMBER], "several"),
    ],
)
def test_the_task_of_targets(targets, name):
    assert task_of(targets).name == name


@pytest.mark.parametrize("metric", ["average_precision", "roc_auc"])
@pytest.mark.parametrize("present", [0, 1])
def test_nothing_can_be_ranked_in_a_dev_part_of_one_class(metric, present):
    problem = make_problem([CLASS], metric=metric)
    with pytest.raises(SettingError, match=f"{metric} is nan on the dev part; .* give more examples of each class"):
        problem.check(np.full(5, present, np.int32))


@pytest.mark.parametrize("target", [Target("price", Kind.NUMBER, mean=0.1, scale=0.7), COUNT])
def test_there_is_no_variance_to_explain_in_a_dev_part_of_one_number(target):
    """However the mean of equal numbers is rounded."""
    problem = make_problem([target], metric="r2")
    for value in (1.0, 1.1, 3.0):
        with pytest.raises(SettingError, match=r"r2 is nan on the dev part; .* give examples whose numbers differ, or"):
            problem.check(np.full((90, 1), value, np.float32))
    problem.check(np.linspace(0, 1, 90, dtype=np.float32)[:, None])


def test_numbers_far_from_zero_differ_by_more_than_rounding():
    target = Target("price", Kind.NUMBER, mean=1e9, scale=5.0)
    make_problem([target], metric="r2").check(np.linspace(-1, 1, 90, dtype=np.float32)[:, None])


class TestClassWeights:
    ONE_TO_THREE = Target("kind", Kind.CLASS, (1, 2, 3))

    def given(self, class_weights, target=ONE_TO_THREE):
        return make_problem([target], class_weights=class_weights)

    @pytest.mark.parametrize(
        "asked",
        [
            {1: 2, 3: 0.5},
            {np.int64(1): 2.0, np.int64(3): np.float32(0.5)},
            {1.0: np.int64(2), np.float64(3): np.float64(0.5)},
            {"1": 2.0, "3": 0.5},
        ],
    )
    def test_labels_and_numbers_come_as_the_user_has_them(self, asked):
        problem = self.given(asked)
        assert problem.class_weights == {1: 2.0, 3: 0.5}
        assert {type(label) for label in problem.class_weights} == {int}
        assert {type(weight) for weight in problem.class_weights.values()} == {float}
        (weights,) = problem.given_weights
        assert weights.tolist() == [2.0, 1.0, 0.5]

    def test_of_labels_all_may_weigh_nothing_where_they_are_there(self):
        (weights,) = self.given(dict.fromkeys(LABELS.classes, 0), LABELS).given_weights
        assert weights.tolist() == [[1.0] * 3, [0.0] * 3]

    @pytest.mark.parametrize(
        ("asked", "words"),
        [
            ({4: 1.0}, "class_weights: 4 is no class; there are 1, 2, 3: choose '1', '2' or '3'"),
            ({np.int64(4): 1.0}, "class_weights: 4 is no class; there are 1, 2, 3"),
            ({"11": 1.0}, "class_weights: '11' is no class; there are 1, 2, 3: did you mean '1'?"),
            ({1: 1.0, "1": 2.0}, "class_weights: 1 is given twice, as 1 and as '1'; a class has one weight"),
            ({1: True}, "class_weights: True is given for 1; it must be a number"),
            ({1: np.bool_(True)}, "class_weights: True is given for 1; it must be a number"),
            ({1: np.float32("nan")}, "class_weights: nan is given for 1; it must be a number"),
            ({1: "2"}, "class_weights: '2' is given for 1; it must be a number"),
            ({1: 0, 2: 0.0, "3": np.float32(0)}, "class_weights: they are 0 for all classes; some class must count"),
        ],
    )
    def test_mistakes_are_one_line(self, asked, words):
        with pytest.raises(SettingError, match=re.escape(words)) as raised:
            self.given(asked)
        assert "\n" not in str(raised.value)
