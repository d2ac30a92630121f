"""Build functions that were written for Keras Tuner, as Ikura trains them. Keras Tuner need not be installed."""

import copy
import importlib
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

from ikura.errors import SettingError
from ikura.frameworks.discovery import Ask, AskingEnded, discover
from ikura.frameworks.keras_hyperparameters import HyperParameters
from ikura.frameworks.ranges import Answers
from ikura.space import Space
from ikura.workers import Trial

OURS = ("epochs", "initial_epoch")
"""Arguments of `fit` that are Ikura's to give."""


class KerasTunerModel:
    """A model of Keras Tuner's, unchanged, and what it is fitted with.

    Args:
        build_model: `build_model(hp)` returns a compiled Keras model; or a HyperModel, whose `fit` may ask as well.
        fit_args: of `model.fit`, as `tuner.search` takes them.
        fit_kwargs: likewise; `epochs` are Ikura's to say.

    Raises:
        SettingError: `epochs` or `initial_epoch` is among the arguments.
    """

    def __init__(self, build_model: Any, /, *fit_args: Any, **fit_kwargs: Any) -> None:
        for name in OURS:
            if name in fit_kwargs:
                raise SettingError(
                    f"{name}: it is given for fit, as {fit_kwargs[name]!r}; Ikura says how far each trial is trained: "
                    "give epochs to ikura.tune"
                )
        self.build_model = build_model
        self.fit_args = fit_args
        self.fit_kwargs = fit_kwargs

    def space(self) -> Space:
        """Find the space by building the model a few times; nothing is trained (see `discover`)."""
        return discover(self._ask_all)

    def __call__(self, trial: Trial) -> Any:
        """Build the model, or go on with it, and fit it; each epoch's logs are reported.

        Return what a HyperModel's `fit` returned where that is a number.
        """
        hp = HyperParameters(Answers(trial.config, trial.seed))
        _begin_anew(trial.seed)
        model = self._build(hp)
        # What they remember is of one trial.
        callbacks = [*copy.deepcopy(list(self.fit_kwargs.get("callbacks", ()))), _reporting(trial)]
        more = self.fit_kwargs | {"epochs": trial.epochs, "callbacks": callbacks}
        found = self._fit(hp, model, *self.fit_args, **more)
        if isinstance(found, Mapping) and not trial.reports:
            trial.record(trial.stop - 1, found)
        return found if isinstance(found, Real) else None

    def _build(self, hp: HyperParameters) -> Any:
        return getattr(self.build_model, "build", self.build_model)(hp)

    @property
    def _own_fit(self) -> Callable[..., Any] | None:
        return getattr(self.build_model, "fit", None)

    def _fit(self, hp: HyperParameters, model: Any, *args: Any, **kwargs: Any) -> Any:
        return model.fit(*args, **kwargs) if self._own_fit is None else self._own_fit(hp, model, *args, **kwargs)

    def _ask_all(self, ask: Ask) -> None:
        hp = HyperParameters(ask)
        _begin_anew(0)
        self._build(hp)
        if self._own_fit is not None:
            self._own_fit(hp, _Untrained(), *self.fit_args, **self.fit_kwargs, epochs=1, callbacks=[])


class _Untrained:
    """A model that ends the run when something of it is called: what is asked for its arguments was asked before."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        raise AskingEnded


def _begin_anew(seed: int) -> None:
    """Forget the models that were built before, and draw the same for the same seed."""
    keras = importlib.import_module("keras")
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)


def _reporting(trial: Trial) -> Any:
    """Return the callback that reports; it is one of Keras's, which is not loaded before it must be."""
    return importlib.import_module("ikura.frameworks.keras").Reporting(trial)
