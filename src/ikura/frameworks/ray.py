"""Training functions that were written for Ray Tune, as Ikura trains them."""

import inspect
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

from ikura.errors import SettingError
from ikura.frameworks.ray_session import Session, installed
from ikura.frameworks.ray_space import to_param_config, to_space
from ikura.space import Space
from ikura.workers import Trial


class RayTrainable:
    """A training function of Ray Tune's, unchanged, and its search space.

    Args:
        function: `function(config)` calls `ray.tune.report`, or returns or yields its metrics.
        param_space: as `tune.Tuner` takes it; dicts may be nested.

    Raises:
        SettingError: the function is a class.
    """

    def __init__(self, function: Callable[[dict[str, Any]], Any], param_space: Mapping[str, Any]) -> None:
        if inspect.isclass(function):
            raise SettingError(
                f"RayTrainable: {function.__name__} is a class; Ikura runs training functions: write function(config), "
                "which calls tune.report"
            )
        self.function = function
        self.param_space = param_space

    def space(self) -> Space:
        """Return the space of what is searched. Raises SpaceError for what Ikura cannot search."""
        return to_space(self.param_space)

    def __call__(self, trial: Trial) -> Any:
        """Run the function; each report is one epoch, counted from 0, or on from the checkpoint that it asked for.

        Return what it returned where that is a number. Raises TrialStopped from its report after the last epoch.
        """
        session = Session(trial)
        with installed(session):
            found = self.function(to_param_config(self.param_space, trial.config))
            for metrics in found if inspect.isgenerator(found) else [found]:
                if isinstance(metrics, Mapping):
                    session.report(metrics)
            return found if isinstance(found, Real) else None
