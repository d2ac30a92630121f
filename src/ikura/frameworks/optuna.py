"""Objective functions that were written for Optuna, as Ikura trains them. Optuna need not be installed."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ikura.errors import SettingError
from ikura.frameworks.discovery import Ask, AskingEnded, discover
from ikura.frameworks.names import stand_ins
from ikura.frameworks.ranges import Answers, integers, numbers, on_step
from ikura.space import Choice, Space
from ikura.workers import Trial


class OptunaObjective:
    """An objective function of Optuna's, unchanged: `objective(trial)` suggests, reports, prunes and returns a number.

    Args:
        objective: the function.
        metric: what Ikura calls that which the function reports.
        second: what Ikura calls the second of two values that the function returns; None where it returns one.
    """

    def __init__(self, objective: Callable[[Any], Any], metric: str = "value", second: str | None = None) -> None:
        self.objective = objective
        self.metric = metric
        self.second = second

    def reporting(self, metric: str, second: str | None = None) -> "OptunaObjective":
        """Return it in a study that optimises a metric of this name, or two."""
        return OptunaObjective(self.objective, metric, second)

    def space(self) -> Space:
        """Find the space of what the objective suggests, by running it up to its first report (see `discover`).

        An objective that never reports is run to its end: as often as its largest choice has options, or more.
        """
        return discover(self._ask)

    def __call__(self, trial: Trial) -> Any:
        """Run the objective. Return its value, or two by their names.

        None where it pruned the trial: then what it reported last holds.

        Raises:
            SettingError: it returned more or fewer values than are optimised, or uses what Ikura's trials do not have.
            ValueError: it returned nothing, and has reported nothing.
            Exception: whatever it raises; so does pruning before the first report.
        """
        try:
            value = self.objective(TrainingTrial(trial, self.metric))
        except Exception as error:
            if _is_pruning(error) and trial.reports:
                return None
            raise
        if value is None and not trial.reports:
            raise ValueError("the objective returned None")
        return value if value is None else self._named(value)

    def _named(self, value: Any) -> Any:
        """Return one value as it is, and two by their names."""
        several = isinstance(value, list | tuple)
        if self.second is None:
            if several:
                raise SettingError(
                    f"objective: it returned {value!r:.60}, several values, and the study optimises one; two are where "
                    "each has a direction, as direction=['minimize', 'maximize']: give that, or return one"
                )
            return value
        if not several or len(value) != 2:
            raise SettingError(
                f"objective: it returned {value!r:.60}, and the study optimises {self.metric} and {self.second}; it "
                "must return both of them: return two values, or give one direction"
            )
        return dict(zip((self.metric, self.second), value, strict=True))

    def _ask(self, ask: Ask) -> None:
        try:
            self.objective(AskingTrial(ask))
        except Exception as error:
            if not _is_pruning(error):
                raise


def _is_pruning(error: Exception) -> bool:
    return any(kind.__name__ == "TrialPruned" for kind in type(error).__mro__)


class AskingTrial:
    """What an objective takes for its trial: it suggests what it is told, and ends where training begins."""

    number = 0

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.params: dict[str, Any] = {}
        self.user_attrs: dict[str, Any] = {}

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """Suggest a number. See `optuna.trial.Trial.suggest_float`."""
        if step is not None and log:
            raise SettingError(f"{name}: it has step={step} and log=True; only one of them is possible: leave one out")
        value = self._ask(name, numbers(low, high, step=step, log=log))
        return self._keep(name, on_step(float(value), low, step))

    def suggest_int(self, name: str, low: int, high: int, step: int = 1, log: bool = False) -> int:
        """Suggest an integer. See `optuna.trial.Trial.suggest_int`."""
        return self._keep(name, self._ask(name, integers(low, high, step=step, log=log)))

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """Suggest one of the choices. See `optuna.trial.Trial.suggest_categorical`."""
        options = stand_ins(choices)
        return self._keep(name, options[self._ask(name, Choice(*options))])

    def suggest_uniform(self, name: str, low: float, high: float) -> float:
        """Suggest a number, as Optuna once did."""
        return self.suggest_float(name, low, high)

    def suggest_loguniform(self, name: str, low: float, high: float) -> float:
        """Suggest a number on the log scale, as Optuna once did."""
        return self.suggest_float(name, low, high, log=True)

    def suggest_discrete_uniform(self, name: str, low: float, high: float, q: float) -> float:
        """Suggest a number in steps, as Optuna once did."""
        return self.suggest_float(name, low, high, step=q)

    def report(self, value: float, step: int) -> None:  # noqa: ARG002
        """Training has begun."""
        raise AskingEnded

    def should_prune(self) -> bool:
        """Training has begun."""
        raise AskingEnded

    def set_user_attr(self, key: str, value: Any) -> None:
        """Keep a note for the objective itself."""
        self.user_attrs[key] = value

    def set_system_attr(self, key: str, value: Any) -> None:
        """Forget it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if hasattr(Trial, name) or name in ("config", "seed", "epochs", "start", "stop"):
            raise SettingError(
                "space: none is given; only you know the hyperparameters of your training code: give a space"
            )
        if name in ("Int", "Float", "Choice", "Boolean", "Fixed"):
            raise SettingError(
                f"{name}: Keras Tuner's hyperparameters are asked for, and this is a trial; a build function of Keras "
                "Tuner's comes with its data: give ikura.frameworks.KerasTunerModel(build_model, x, y)"
            )
        raise SettingError(
            f"objective: it uses trial.{name}, which Ikura's trials do not have; they suggest, report and prune: leave "
            "it out, or run it in Optuna"
        )

    def _keep(self, name: str, value: Any) -> Any:
        return self.params.setdefault(name, value)


class TrainingTrial(AskingTrial):
    """What an objective takes for its trial while Ikura trains it."""

    def __init__(self, trial: Trial, metric: str) -> None:
        super().__init__(Answers(trial.config, trial.seed))
        self.number = trial.number
        self._trial = trial
        self._metric = metric
        self._last = -1
        self._first: int | None = None

    def report(self, value: float, step: int) -> None:
        """Report the metric after the epoch `step`; a step that does not follow those before is ignored."""
        step = int(step)
        if self._first is None:
            # Some count from 1.
            self._first = 1 if step == 1 else 0
        step -= self._first
        if step <= self._last:
            said, before = step + self._first, self._last + self._first
            warnings.warn(
                f"step {said} follows step {before}; steps must increase: its report is ignored", stacklevel=2
            )
            return
        self._last = step
        self._trial.report(step, **{self._metric: value})

    def should_prune(self) -> bool:
        """Tell whether training is to end before its last epoch: what ends there returns its value."""
        return self._trial.should_stop and self._last + 1 < self._trial.epochs
