"""Where the error comes from: bias, variance, and what a test finds beyond them; each gap held against chance."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ikura.records import JSON, Goal, Metric, Settings
from ikura.report.measures import suffix, to_words, written
from ikura.wording import number, percent

DIGITS = 1


@dataclass(frozen=True, slots=True)
class Gap:
    """How much worse the network is on one part than on another, or than the reference."""

    name: str
    between: str
    size: str
    interval: str
    beyond: bool
    """Whether chance in the choice of examples would hardly make it so large."""
    says: str


@dataclass(frozen=True, slots=True)
class Parts:
    """Errors by part, the gaps between them, and what to do next."""

    title: str
    """What the error is: `error (1 - accuracy)`, `rmse`."""
    rows: tuple[tuple[str, str, str, str], ...]
    """Part, error, 95 % interval and examples."""
    gaps: tuple[Gap, ...]
    advice: str
    measured: str
    """Of which networks."""


@dataclass(frozen=True, slots=True)
class _Error:
    """An error with its 95 % interval, by which less is better."""

    value: float
    low: float
    high: float

    def above(self, other: "_Error") -> "_Error":
        """Return how much larger it is than another one that was measured on other examples.

        Its interval is made of both intervals (Zou and Donner 2008, Statistics in Medicine 27).
        """
        size = self.value - other.value
        down = math.hypot(self.value - self.low, other.high - other.value)
        up = math.hypot(self.high - self.value, other.value - other.low)
        return _Error(size, size - down, size + up)


BIAS = (
    "what the network lacks of the reference on the very examples that it learned from. Next: larger networks (raise "
    "the upper bounds of hidden_layers and hidden_units), more epochs, less regularisation (dropout, weight_decay), "
    "other features or another kind of network."
)
VARIANCE = (
    "what it learned of the training examples that does not hold for others. Next: more training examples, more "
    "regularisation (raise the upper bounds of dropout, weight_decay and label_smoothing), or smaller networks."
)
BEYOND_DEV = (
    "what the test finds beyond the dev set: the choice among many trials fitted the dev examples, or the test "
    "examples are of another kind (mismatch). Next: more dev examples or fewer trials; if the parts were not drawn "
    "from the same examples by chance, look at how they differ, and train and choose on such as are to be predicted."
)
NO_GAP = (
    "No gap is larger than the choice of examples makes by chance: more examples in dev and test would tell "
    "more before anything else does."
)
OF_ONE = (
    "On train and dev: a network of the winning configuration from the finals, which learned from the training "
    "examples alone. On test: the network that is handed back, which learned from the dev examples as well, so that "
    "it should rather do better."
)
OF_FOLDS = (
    "On train and dev: networks of the winning configuration from the finals, one for each fold. On train: the mean "
    "over what each reaches on the examples that it learned from. On dev: each on its own fold, which it never saw, "
    "all examples together; the mean over the folds may differ a little. On test: the network that is handed back, "
    "which learned from all folds, so that it should rather do better."
)
UNKNOWN = (
    "How much of the training error could be avoided only a reference can say: give what people reach, or the best "
    "that is known, as reference_error (--reference-error)."
)


def parts(test: Mapping[str, JSON], settings: Settings) -> Parts | None:
    """Return what the errors on train, dev and test say; None where a test of before has none of them."""
    kept, metric = test.get("parts"), settings.objective.metric
    if kept is None or kept["train"] is None or kept["dev"] is None:
        return None
    lacks = metric.goal is Goal.MAXIMIZE and not settings.user_metric
    errors = {part: _error(told, metric, lacks=lacks) for part, told in kept.items() if told is not None}
    shown = Metric(metric.name, Goal.MINIMIZE, metric.unit)
    name = metric.title.removeprefix("dev ")
    rows = [
        (part, *_told(error, metric, shown, lacks=lacks), f"{kept[part]['examples']:,}")
        for part, error in errors.items()
    ]
    reference = settings.reference_error
    if reference is not None:
        rows.insert(0, ("reference", written(shown, reference, DIGITS), "–", "–"))
    found = _gaps(errors, reference)
    gaps = tuple(
        Gap(what, between, _signed(shown, gap.value), f"{_signed(shown, gap.low)} to {_signed(shown, gap.high)}",
            gap.low > 0, says)
        for what, between, gap, says in found
    )  # fmt: skip
    title = f"error (1 − {name})" if lacks else name
    measured = OF_ONE if settings.folds is None else OF_FOLDS
    return Parts(title, tuple(rows), gaps, _advice(found, reference), measured)


def _gaps(errors: Mapping[str, _Error], reference: float | None) -> list[tuple[str, str, _Error, str]]:
    """Return the name of each gap, what it lies between, the gap, and what it says."""
    train, dev = errors["train"], errors["dev"]
    found = []
    if reference is not None:
        found.append(
            ("avoidable bias", "train − reference", train.above(_Error(reference, reference, reference)), BIAS)
        )
    found.append(("variance", "dev − train", dev.above(train), VARIANCE))
    if "test" in errors:
        found.append(("beyond dev", "test − dev", errors["test"].above(dev), BEYOND_DEV))
    return found


def _advice(gaps: list[tuple[str, str, _Error, str]], reference: float | None) -> str:
    beyond = [(gap.value, name, says) for name, _, gap, says in gaps if gap.low > 0]
    unknown = f" {UNKNOWN}" if reference is None else ""
    if not beyond:
        return NO_GAP + unknown
    _, name, says = max(beyond)
    larger = "The largest gap" if len(beyond) > 1 else "The only gap"
    return f"{larger} beyond chance is {name}: {says}{unknown}"


def _error(told: JSON, metric: Metric, *, lacks: bool) -> _Error:
    value, (low, high) = told["value"], told["interval"]
    if lacks:
        return _Error(1 - value, 1 - high, 1 - low)
    return _Error(-value, -high, -low) if metric.goal is Goal.MAXIMIZE else _Error(value, low, high)


def _told(error: _Error, metric: Metric, shown: Metric, *, lacks: bool) -> tuple[str, str]:
    """Write an error and its interval; of a metric of the user's own that is to be large, the metric itself."""
    if metric.goal is Goal.MAXIMIZE and not lacks:
        return written(metric, -error.value, DIGITS), to_words(metric, (-error.high, -error.low), DIGITS)
    return written(shown, error.value, DIGITS), to_words(shown, (error.low, error.high), DIGITS)


def _signed(metric: Metric, value: float) -> str:
    sign = "−" if value < 0 else "+"
    return sign + (percent(abs(value), DIGITS) if metric.is_share else f"{number(abs(value), 3)}{suffix(metric)}")
