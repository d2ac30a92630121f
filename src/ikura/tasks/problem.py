"""What a study's networks learn, and what they are measured by: the task, made for its targets."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ikura.errors import SettingError
from ikura.records import Goal, Kind, Metric, Objective, Target, Value
from ikura.records.metric import SHARE, goal_of
from ikura.tasks.heads import Head, Loss, heads_of, number_loss, outputs_of
from ikura.tasks.measures import MEASURES, Measure, pinball, top_accuracy
from ikura.tasks.predictions import predictions_of, truths_of
from ikura.tasks.threshold import best_threshold, can_choose, moved
from ikura.wording import first_few, listing, remedy

OwnMetric: TypeAlias = Callable[[Any, Any], float]
"""A function of what is true and what is predicted, as scikit-learn's metrics are."""

ClassWeights: TypeAlias = str | Mapping[Value, float]

TRAIN_LOSS = Metric("train_loss", Goal.MINIMIZE)
DEV_LOSS = Metric("dev_loss", Goal.MINIMIZE)
DEV_ACCURACY = Metric("dev_accuracy", Goal.MAXIMIZE, SHARE)
PARAMETERS = Metric("parameters", Goal.MINIMIZE)
"""How many numbers of a network are learned."""

_USUAL = {Kind.CLASS: "accuracy", Kind.LABELS: "f1_micro", Kind.COUNT: "deviance"}
_USUAL_OF_NUMBERS = {"squared": "rmse", "absolute": "mae", "huber": "mae", "pinball": "pinball"}


@dataclass(frozen=True, eq=False)
class Problem:
    """Targets, the losses that networks are held to, and the metrics that are measured of them."""

    targets: tuple[Target, ...]
    loss: Loss
    """That numbers are held to."""
    measured: Measure | None = None
    """What a search is after beside the losses and the accuracy; None where it is one of these."""
    wanted: Metric | None = None
    """The metric that is optimised, if it is not `measured`."""
    class_weights: ClassWeights | None = None
    """How much each class, or a label that is there, counts in training; None where the configuration says it."""
    second: Metric | None = None
    """What is optimised beside that."""
    counts_parameters: bool = False
    """Whether the parameters of each network are counted as a metric."""
    chooses_threshold: bool = False
    """Whether the dev examples choose from which probability on an example is called positive."""

    @cached_property
    def heads(self) -> tuple[Head, ...]:
        """Which outputs are held to what."""
        return heads_of(self.targets, self.loss)

    @cached_property
    def given_weights(self) -> list[NDArray[np.float32] | None]:
        """For each head the class weights that the user gave, as `Workload.class_weights` has them; None without."""
        if not isinstance(self.class_weights, Mapping) or not self.counts_classes:
            return [None for _ in self.heads]
        (target,) = self.targets
        own = np.array([float(self.class_weights.get(label, 1.0)) for label in target.classes], np.float32)
        return [own if target.kind is Kind.CLASS else np.stack([np.ones_like(own), own])]

    @property
    def counts_classes(self) -> bool:
        """Whether a class or labels are the only target."""
        return len(self.targets) == 1 and self.targets[0].kind in (Kind.CLASS, Kind.LABELS)

    @property
    def outputs(self) -> int:
        """How many outputs a network must have."""
        return outputs_of(self.heads)

    @property
    def counts_correct(self) -> bool:
        """Whether the engines count how many dev examples are classified correctly."""
        return len(self.targets) == 1 and self.targets[0].kind is Kind.CLASS

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """What is measured at every epoch, in the order in which the engines measure it."""
        counted = (DEV_ACCURACY,) if self.counts_correct else ()
        return (TRAIN_LOSS, DEV_LOSS, *counted, *(() if self.measured is None else (_metric(self.measured),)))

    @property
    def objective(self) -> Objective:
        """What is optimised; the dev loss decides between trials that are equal in it."""
        metric = self.wanted or self.metrics[-1]
        return Objective(metric, () if DEV_LOSS in (metric, self.second) else (DEV_LOSS,), second=self.second)

    def measure(self, outputs: NDArray[np.floating], truths: Sequence[NDArray[Any]]) -> float:
        """Return what `measured` says of the outputs [example, output] of a network.

        Where the threshold is chosen, it is by the one that is best for these very examples.

        Args:
            outputs: on the dev examples.
            truths: what is true of each target, as `truths_of` gives it.
        """
        assert self.measured is not None
        (said,) = predictions_of(outputs, self.targets, self.heads)
        if self.chooses_threshold:
            return best_threshold(self.measured, truths[0], said)[1]
        return self.measured.of(truths[0], said)

    def measure_as_called(self, outputs: NDArray[np.floating], truths: Sequence[NDArray[Any]]) -> float:
        """Return what `measured` says of examples that are called by the target's threshold, whichever would be best.

        Arguments are as for `measure`, of any examples.
        """
        assert self.measured is not None
        (said,) = predictions_of(outputs, self.targets, self.heads)
        if self.chooses_threshold:
            said = moved(said, self.targets[0].threshold)
        return self.measured.of(truths[0], said)

    def threshold(self, outputs: NDArray[np.floating], truths: Sequence[NDArray[Any]]) -> float:
        """Return the best threshold for the dev examples; arguments as for `measure`."""
        assert self.measured is not None
        (said,) = predictions_of(outputs, self.targets, self.heads)
        return best_threshold(self.measured, truths[0], said)[0]

    def check(self, y: NDArray[Any]) -> None:
        """Raise SettingError where the metric cannot be measured on the dev targets [example, column]."""
        if self.measured is None:
            return
        outputs = np.random.default_rng(0).normal(size=(len(y), self.outputs)).astype(np.float32)
        name = self.measured.name
        try:
            with np.errstate(all="ignore"):
                found = self.measure(outputs, truths_of(y, self.targets))
        except Exception as error:  # a user's code may raise anything
            if name in _names(self.targets[0].kind):
                raise
            raise SettingError(
                f"metric: {name} raised {type(error).__name__}: {error}; it is called with what is true and what is "
                "predicted of the dev examples: mend it"
            ) from error
        if not isinstance(found, float) or not np.isfinite(found):
            numbers = self.targets[0].kind in (Kind.NUMBER, Kind.COUNT)
            more = "examples whose numbers differ" if numbers else "more examples of each class"
            raise SettingError(
                f"metric: {name} is {found!r} on the dev part; it must be a finite number there: give {more}, "
                "or another metric"
            )


def make_problem(
    targets: Sequence[Target],
    *,
    loss: str | None = None,
    metric: str | OwnMetric | None = None,
    direction: str | None = None,
    second: str | None = None,
    counts_parameters: bool = False,
    class_weights: ClassWeights | None = None,
    threshold: str | None = None,
) -> Problem:
    """Return what is learned and measured.

    Args:
        targets: one, or several that are learned together.
        loss: that numbers are held to (see `number_loss`).
        metric: what is optimised: a name, with `dev_` or without, or a function of the user's own; by default the
            accuracy of classes, the F1 of labels, and of numbers what goes with the loss; of several targets the loss.
        direction: of a function of the user's own; by default what its name says.
        second: what is optimised beside that, of what is measured anyway: `loss`, `accuracy`, `parameters`.
        counts_parameters: whether the parameters of each network are counted as a metric, optimised or not.
        class_weights: how much each class, or a label that is there, counts in training; `balanced`: all the same.
        threshold: `dev` has the dev examples choose from which probability on an example is called positive.

    Raises:
        SettingError: there is no such loss, metric or class of such targets.
    """
    made = _made(targets, loss, metric, direction)
    if class_weights is not None:
        class_weights = _class_weights(class_weights, made)
    if threshold is not None:
        _check_threshold(threshold, made)
    other = None if second is None else _second(second, made)
    return replace(
        made,
        class_weights=class_weights,
        second=other,
        counts_parameters=counts_parameters or other == PARAMETERS,
        chooses_threshold=threshold is not None,
    )


def _second(name: str, problem: Problem) -> Metric:
    """Return the second metric to optimise; raise SettingError where it is the first, or not measured with that."""
    first = problem.objective.metric
    measured = (*problem.metrics, PARAMETERS)
    known = {metric.name.removeprefix("dev_"): metric for metric in measured if metric != first}
    if (found := known.get(name.removeprefix("dev_"))) is None:
        is_first = name == first.name.removeprefix("dev_")
        can_be_first = not is_first and all(name in _names(target.kind) for target in problem.targets)
        cure = "name it first" if can_be_first else remedy(name, list(known))
        raise SettingError(
            f"metric: {name!r} is given as the second one; beside {first.name.removeprefix('dev_')} it must be one of "
            f"{listing(list(known), 'and')}, which are measured anyway: {cure}"
        )
    return found


def _check_threshold(threshold: str, problem: Problem) -> None:
    if threshold != "dev":
        raise SettingError(
            f"threshold: {threshold!r} is given; it must be 'dev', by whose examples it is chosen: give that"
        )
    if len(problem.targets) > 1 or not all(map(can_choose, problem.targets)):
        raise SettingError(
            "threshold: it is given; it is for two classes, of which the second is positive: leave it out"
        )
    if problem.measured is None or not problem.measured.by_calls:
        raise SettingError(
            f"threshold: it is given, and the metric is {problem.objective.metric.name}, which does not depend on one; "
            "give metric f1, f1_macro or balanced_accuracy, or a function of your own"
        )


def _class_weights(given: ClassWeights, problem: Problem) -> ClassWeights:
    """Return them by the classes as the target has them, in Python's own numbers.

    Raises:
        SettingError: they are no weights of these classes.
    """
    if not problem.counts_classes:
        raise SettingError(
            "class_weights: they are given; they are for a single target of classes or labels: leave them out"
        )
    if isinstance(given, str):
        if given != "balanced":
            raise SettingError(f"class_weights: {given!r} is given; it must be 'balanced', or a dict: change it")
        return given
    (target,) = problem.targets
    said: dict[Value, object] = {}
    weights: dict[Value, float] = {}
    for label, weight in given.items():
        name = _class_named(label, target.classes)
        if name in said:
            raise SettingError(
                f"class_weights: {name!r} is given twice, as {said[name]!r} and as {label!r}; a class has one weight: "
                "leave one out"
            )
        if isinstance(weight, bool) or not isinstance(weight, Real) or not 0 <= float(weight) < 1e9:
            told = weight.item() if isinstance(weight, np.generic) else weight
            raise SettingError(f"class_weights: {told!r} is given for {name!r}; it must be a number, 0 or more")
        said[name], weights[name] = label, float(weight)
    if target.kind is Kind.CLASS and not any(weights.get(label, 1.0) for label in target.classes):
        raise SettingError(
            "class_weights: they are 0 for all classes; some class must count: give one a number above 0"
        )
    return weights


def _class_named(label: Value, classes: Sequence[Value]) -> Value:
    """Return the class that a label means: as it stands there, as NumPy has it, or as it is written."""
    label = label.item() if isinstance(label, np.generic) else label
    found = [known for known in classes if known == label] or [known for known in classes if str(known) == label]
    if not found:
        raise SettingError(
            f"class_weights: {label!r} is no class; there are {first_few(classes)}: {remedy(label, map(str, classes))}"
        )
    return found[0]


def _made(
    targets: Sequence[Target], loss: str | None, metric: str | OwnMetric | None, direction: str | None
) -> Problem:
    held = number_loss(loss)
    if loss is not None and not any(target.kind is Kind.NUMBER for target in targets):
        raise SettingError(
            f"loss: {loss!r} is given; it is for targets that are numbers, and classes, labels and counts have one of "
            "their own: leave it out"
        )
    if direction is not None and not callable(metric):
        raise SettingError(
            f"direction: {direction!r} is given; of a metric that Ikura knows it is settled: leave it out, or give "
            "a function as metric"
        )
    if len(targets) > 1:
        return _of_several(targets, held, metric)
    (target,) = targets
    kind = target.kind
    if callable(metric):
        return Problem((target,), held, _own(metric, direction, target))
    usual = _USUAL_OF_NUMBERS[held.name] if kind is Kind.NUMBER else _USUAL[kind]
    name = usual if metric is None else metric.removeprefix("dev_")
    if name == "loss":
        return Problem((target,), held, wanted=DEV_LOSS)
    if kind is Kind.CLASS and name == "accuracy":
        return Problem((target,), held)
    return Problem((target,), held, _known(name, target, held))


def _of_several(targets: Sequence[Target], loss: Loss, metric: str | OwnMetric | None) -> Problem:
    if metric not in (None, "loss", "dev_loss"):
        raise SettingError(
            f"metric: {metric!r} is given; several targets are learned for the sum of their losses, by their weights: "
            "leave it out, or name one target"
        )
    return Problem(tuple(targets), loss, wanted=DEV_LOSS)


def _known(name: str, target: Target, loss: Loss) -> Measure:
    if name == "pinball" and loss.name == "pinball":
        return Measure(name, Goal.MINIMIZE, "", partial(pinball, quantiles=loss.parameters))
    if target.kind is Kind.CLASS and (found := re.fullmatch(r"top_([1-9]\d{0,3})_accuracy", name)):
        if (most := int(found[1])) >= len(target.classes):
            raise SettingError(
                f"metric: {name} is 100 % of {len(target.classes)} classes; it must be of fewer: give a smaller number"
            )
        return Measure(name, Goal.MAXIMIZE, SHARE, partial(top_accuracy, most=most))
    known = [each for each in _names(target.kind) if each != "pinball"]
    if name == "pinball" and target.kind is Kind.NUMBER:
        raise SettingError(
            "metric: 'pinball' is of quantiles, and no loss of quantiles is given: give loss quantile:0.5"
        )
    if name == PARAMETERS.name:
        raise SettingError(
            "metric: 'parameters' is given alone or first; it can be the second of two metrics: name another one first"
        )
    if name not in known:
        raise SettingError(
            f"metric: {name!r} is none that is measured of {_WORDS[target.kind]}; there are "
            f"{listing(known, 'and')}: {remedy(name, known)}"
        )
    if target.kind is Kind.CLASS and name == "f1" and len(target.classes) > 2:
        raise SettingError(
            f"metric: f1 is of two classes, and there are {len(target.classes)}; of more it is a mean: give f1_macro "
            "or f1_micro"
        )
    return MEASURES[target.kind][name]


_WORDS = {Kind.CLASS: "classes", Kind.LABELS: "labels", Kind.NUMBER: "numbers", Kind.COUNT: "counts"}


def _names(kind: Kind) -> list[str]:
    return ["loss", *MEASURES[kind], *(["pinball"] if kind is Kind.NUMBER else [])]


def _own(function: OwnMetric, direction: str | None, target: Target) -> Measure:
    """Return a function of the user's own as a measure."""
    name = str(getattr(function, "__name__", type(function).__name__)).strip("_")
    if not re.fullmatch(r"[A-Za-z]\w{0,60}", name):
        name = "metric"  # of a lambda
    goal = goal_of(name, direction)
    takes_probabilities = _takes_probabilities(function)

    def measured(truth: NDArray[Any], said: NDArray[Any]) -> float:
        return float(function(*as_user(truth, said, target, probabilities=takes_probabilities)))

    return Measure(name, goal, "", measured, by_calls=not takes_probabilities, own=True)


def as_user(
    truth: NDArray[Any], said: NDArray[Any], target: Target, *, probabilities: bool
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return what is true and what is predicted as the user gave the target, as scikit-learn's metrics take it.

    Args:
        truth: as `truths_of` gives it.
        said: as `predictions_of` gives it.
        target: what they are of.
        probabilities: whether of classes and labels the probabilities are wanted; of two classes, of the second one.
    """
    if target.kind is Kind.CLASS:
        classes = _array(target.classes)
        if not probabilities:
            return classes[truth], classes[said.argmax(axis=1)]
        return classes[truth], said[:, 1] if said.shape[1] == 2 else said
    if target.kind is Kind.LABELS:
        return truth.astype(int), said if probabilities else (said > 0.5).astype(int)
    return truth, said


def _array(classes: Sequence[Value]) -> NDArray[Any]:
    kinds = {type(label) for label in classes}
    return np.array(classes) if len(kinds) == 1 else np.array(classes, dtype=object)


def _takes_probabilities(function: OwnMetric) -> bool:
    """Return whether the second argument's name asks for probabilities, as scikit-learn's y_score and y_proba do."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return False
    return len(names) > 1 and any(word in names[1] for word in ("prob", "score"))


def _metric(measure: Measure) -> Metric:
    return Metric(f"dev_{measure.name}", measure.goal, measure.unit)
